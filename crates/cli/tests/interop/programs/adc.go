// Finds Application Default Credentials with golang.org/x/oauth2 and prints what the Gemini API answers to them.
package main

import (
	"context"
	"fmt"
	"io"

	"golang.org/x/oauth2/google"
)

func main() {
	client, err := google.DefaultClient(context.Background())
	if err != nil {
		panic(err)
	}
	reply, err := client.Get("https://generativelanguage.googleapis.com/v1/models")
	if err != nil {
		panic(err)
	}
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		panic(err)
	}
	fmt.Printf("{\"status\": %d, \"body\": %s}\n", reply.StatusCode, body)
}
