// golang.org/x/oauth2 as it is: the credential file of the environment, whose tokens come from the agent.
package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func main() {
	background := context.Background()
	credentials := must(google.FindDefaultCredentials(background))
	var file struct{ Type string }
	must(0, json.Unmarshal(credentials.JSON, &file))
	token := must(credentials.TokenSource.Token())
	client := http.Client{Transport: &oauth2.Transport{Source: credentials.TokenSource}}
	reply := must(client.Get("http://" + os.Getenv("HALLPASS_EMULATOR_HOST") + "/v1beta/models"))
	var list struct{ Models []struct{ Name string } }
	must(0, json.NewDecoder(reply.Body).Decode(&list))
	said := map[string]any{
		"type":   file.Type,
		"token":  token.AccessToken[:5],
		"status": reply.StatusCode,
		"model":  list.Models[0].Name,
	}
	must(0, json.NewEncoder(os.Stdout).Encode(said))
}
