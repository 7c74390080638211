"""Says what google-auth makes of each file in two folders: a token, or the error's class."""

import json
import pathlib
import sys

import google.auth
from google.auth.transport.requests import Request
from google.oauth2.credentials import Credentials

SCOPES = ["https://www.googleapis.com/auth/generative-language.retriever"]


def token_json(path):
    return Credentials.from_authorized_user_file(path, SCOPES)


def adc(path):
    return google.auth.load_credentials_from_file(path)[0]


def verdict(load, path):
    try:
        credentials = load(str(path))
        if not credentials.valid:
            credentials.refresh(Request())
    except Exception as error:
        return type(error).__name__
    return "the token in it" if credentials.token == "ya29.kept" else "a new token"


verdicts = {}
for folder, load in {"token_json": token_json, "adc": adc}.items():
    for path in sorted(pathlib.Path(sys.argv[1], folder).glob("*.json")):
        verdicts[f"{folder}/{path.stem}"] = verdict(load, path)
print(json.dumps(verdicts))
