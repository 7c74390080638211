"""Run by pytest: a program that signs in with google-auth-oauthlib, against an offline Google."""

import json
import subprocess
import urllib.request

import pytest
from google.auth.transport.requests import AuthorizedSession
from google_auth_oauthlib.flow import InstalledAppFlow

SCOPES = ["https://www.googleapis.com/auth/generative-language.retriever"]
MODELS = "https://generativelanguage.googleapis.com/v1/models"


@pytest.fixture
def google(tmp_path, monkeypatch):
    """Starts an offline Google and aims this process at it; yields its ready line."""
    options = ["--listen", "127.0.0.1:0", "--proxy", "127.0.0.1:0", "--dir", str(tmp_path)]
    command = ["hallpass", "emulator", *options, "--approve", "ada@example.com"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:
        ready = json.loads(emulator.stdout.readline())
        for name, value in ready["env"].items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("BROWSER", "curl -sLo /dev/null %s &")
        yield ready
        emulator.terminate()


def control(google, path, body):
    """Calls one of the emulator's control paths."""
    data = json.dumps(body).encode()
    urllib.request.urlopen(f"{google['url']}/emulator/v1/{path}", data).close()


def sign_in(google):
    flow = InstalledAppFlow.from_client_secrets_file(google["client_secret_file"], SCOPES)
    return flow.run_local_server(port=0)


def test_a_sign_in_lists_models(google):
    assert AuthorizedSession(sign_in(google)).get(MODELS).json()["models"]


def test_an_expired_token_is_refreshed(google):
    session = AuthorizedSession(sign_in(google))
    before = session.credentials.token
    control(google, "clock:advance", {"seconds": 7200})
    assert session.get(MODELS).status_code == 200
    assert session.credentials.token != before


def test_a_server_error_reaches_the_program(google):
    session = AuthorizedSession(sign_in(google))
    control(google, "faults", {"path": "/v1/models", "fault": {"kind": "respond", "status": 500}})
    assert session.get(MODELS).status_code == 500
