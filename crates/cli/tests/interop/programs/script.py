"""Signs in with `load_creds` and prints the Gemini models as JSON, by google-generativeai over REST."""

import json
import os

import google.generativeai as genai
from load_creds import load_creds

genai.configure(
    credentials=load_creds(),
    transport="rest",
    client_options={"api_endpoint": os.environ["EMULATOR"]},
)
print("models:", json.dumps([model.name for model in genai.list_models()]))
