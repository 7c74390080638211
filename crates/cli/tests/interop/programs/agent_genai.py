"""google-genai as it is: a key and an address from the environment, and nothing else. Prints what came as JSON."""

import io
import json

from google import genai

client = genai.Client()
MODEL = "gemini-2.5-flash"
sent = client.files.upload(file=io.BytesIO(b"a file"), config={"mime_type": "text/plain"})
print(
    json.dumps(
        {
            "list": next(iter(client.models.list())).name,
            "generate": client.models.generate_content(model=MODEL, contents="Hello.").text,
            "stream": "".join(c.text for c in client.models.generate_content_stream(model=MODEL, contents="Hello.")),
            "embed": len(client.models.embed_content(model="gemini-embedding-001", contents="a").embeddings),
            "upload": [sent.size_bytes, client.files.get(name=sent.name).mime_type],
        }
    )
)
