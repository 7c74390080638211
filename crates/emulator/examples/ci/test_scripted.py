"""Run by pytest: a program that lets Gemini call a function of its own, against scripted answers."""

import json
import subprocess
import urllib.request

import pytest


@pytest.fixture
def google(tmp_path):
    """Starts an offline Google; yields its address."""
    command = ["hallpass", "emulator", "--listen", "127.0.0.1:0", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as emulator:
        yield json.loads(emulator.stdout.readline())["url"]
        emulator.terminate()


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(url, data) as reply:
        return json.load(reply)


def answer(google, question):
    """The program under test: asks, calls `degrees` where the model wants it, returns the text."""
    url = f"{google}/v1beta/models/gemini-3.5-flash:generateContent?key=emulator-api-key"
    tools = [{"functionDeclarations": [{"name": "degrees"}]}]
    contents = [{"role": "user", "parts": [{"text": question}]}]
    while True:
        content = call(url, {"contents": contents, "tools": tools})["candidates"][0]["content"]
        names = [part["functionCall"]["name"] for part in content["parts"] if "functionCall" in part]
        if not names:
            return content["parts"][-1]["text"]
        answers = [{"functionResponse": {"name": name, "response": {"value": 21}}} for name in names]
        contents += [content, {"role": "user", "parts": answers}]


def test_the_function_is_called_and_its_answer_sent_back(google):
    wanted = {"text": "Rome", "tool": "degrees"}
    call(f"{google}/emulator/v1/scripts", [
        {"match": wanted, "answer": {"calls": [{"name": "degrees", "args": {"city": "Rome"}}]}},
        {"match": {"text": '"value":21'}, "answer": {"text": "It is warm."}},
    ])
    assert answer(google, "How is Rome?") == "It is warm."
    asked = call(f"{google}/emulator/v1/asked")["asked"]
    assert [one["text"] for one in asked] == ["How is Rome?", '{"value":21}']


def test_a_busy_server_reaches_the_program(google):
    call(f"{google}/emulator/v1/scripts", {"answer": {"error": {"status": 503}}})
    with pytest.raises(urllib.error.HTTPError, match="503"):
        answer(google, "How is Rome?")
