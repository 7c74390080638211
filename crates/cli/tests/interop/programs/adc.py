"""Finds Application Default Credentials and prints what the Gemini API answers to them."""

import json

import google.auth
from google.auth.transport.requests import AuthorizedSession

credentials, _ = google.auth.default()
reply = AuthorizedSession(credentials).get("https://generativelanguage.googleapis.com/v1/models")
print(json.dumps({"status": reply.status_code, "body": reply.json()}))
