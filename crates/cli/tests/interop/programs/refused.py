"""Calls the Gemini API over gRPC without the scope that opens it, and prints what google-api-core makes of it."""

import google.auth
import google.generativeai as genai

credentials, _ = google.auth.default()
genai.configure(credentials=credentials)
try:
    list(genai.list_models())
except Exception as error:
    print(type(error).__name__, int(error.code), error.reason, error.domain, sep=" ")
