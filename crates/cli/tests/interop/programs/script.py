"""Signs in with `load_creds` and prints the Gemini models as JSON, by google-generativeai over gRPC."""

import json

import google.generativeai as genai
from load_creds import load_creds

genai.configure(credentials=load_creds())
print("models:", json.dumps([model.name for model in genai.list_models()]))
