"""Prints the Gemini models as JSON, by google-generativeai with Application Default Credentials."""

import json

import google.generativeai as genai

print("models:", json.dumps([model.name for model in genai.list_models()]))
