"""Asks several of Google's APIs through httplib2, and prints the answers as JSON."""

import json

import google.auth
import google_auth_httplib2
from googleapiclient.discovery import build

credentials, _ = google.auth.default()
user = build("oauth2", "v2", credentials=credentials).userinfo().get().execute()
services = build("serviceusage", "v1", credentials=credentials).services()
gemini = build("generativelanguage", "v1beta", credentials=credentials, static_discovery=False).models()
prompt = {"contents": [{"parts": [{"text": "Hello."}]}]}
name = "projects/demo-project/services/generativelanguage.googleapis.com"
http = google_auth_httplib2.AuthorizedHttp(credentials)
reply, body = http.request("https://generativelanguage.googleapis.com/v1beta/models")
answer = {
    "user": user["id"],
    "service": services.get(name=name).execute()["state"],
    "status": reply.status,
    "models": len(json.loads(body)["models"]),
    "listed": len(gemini.list(pageSize=5).execute()["models"]),
    "tokens": gemini.countTokens(model="models/gemini-2.5-flash", body=prompt).execute()["totalTokens"],
}
print(json.dumps(answer))
