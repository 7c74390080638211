#!/bin/sh
# A test of a program that asks Gemini, here two calls of curl, against an emulator that runs at $1:
#     scripted.sh http://127.0.0.1:9099
set -eu
gemini="$1/v1beta/models/gemini-2.5-flash:generateContent?key=emulator-api-key"
ask() { curl -s -d "{\"contents\":[{\"parts\":[{\"text\":\"$1\"}]}]}" "$gemini"; }

# What the model is to answer: a text where the prompt has "weather", then a server that is busy, twice.
curl -sf -o /dev/null -d '[
    {"match": {"text": "weather"}, "answer": {"text": "Sunny."}},
    {"answer": {"error": {"status": 503}}, "times": 2}
]' "$1/emulator/v1/scripts"

ask "What is the weather?" | grep -q '"text": "Sunny."'
ask "And now?" | grep -q '"status": "UNAVAILABLE"'
ask "And now?" | grep -q '"status": "UNAVAILABLE"'
ask "And now?" | grep -q 'The emulator answers'

# What the program asked.
curl -sf "$1/emulator/v1/asked" | grep -q '"text": "What is the weather?"'
echo "4 passed"
