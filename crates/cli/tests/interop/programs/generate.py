"""Prints, as JSON, what google-generativeai gets from each of its methods, over the transport of its argument."""

import json
import sys

import google.generativeai as genai

genai.configure(transport=sys.argv[1])
model = genai.GenerativeModel("gemini-2.5-flash")
whole = model.generate_content("Hello.")
stream = model.generate_content("Hello.", stream=True)
chunks = [chunk.text for chunk in stream]
embedded = genai.embed_content("models/gemini-embedding-001", "Hello.", output_dimensionality=2)
answer = {
    "text": whole.text,
    "finish": whole.candidates[0].finish_reason.name,
    "chunks": chunks,
    "tokens": model.count_tokens("Hello.").total_tokens,
    "numbers": len(embedded["embedding"]),
}
print(json.dumps(answer))
