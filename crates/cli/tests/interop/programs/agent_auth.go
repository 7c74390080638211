// golang.org/x/oauth2 as it is: the credential file of the environment, whose tokens come from the agent.
package main

import (
	"context"
	"encoding/json"
	"io"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

func main() {
	said := map[string]any{}
	ask(said)
	if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
		panic(err)
	}
}

func ask(said map[string]any) {
	credentials, err := google.FindDefaultCredentials(context.Background())
	if err != nil {
		said["refused"] = err.Error()
		return
	}
	client := oauth2.NewClient(context.Background(), credentials.TokenSource)
	reply, err := client.Get("http://" + os.Getenv("HALLPASS_EMULATOR_HOST") + "/v1beta/models")
	if err != nil {
		panic(err)
	}
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		panic(err)
	}
	said["status"] = reply.StatusCode
}
