"""langchain-google-genai as it is: a key and an address from the environment. Prints what came as JSON."""

import json

from langchain_google_genai import ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings

model = ChatGoogleGenerativeAI(model="gemini-2.5-flash")
embeddings = GoogleGenerativeAIEmbeddings(model="gemini-embedding-001", output_dimensionality=2)
print(
    json.dumps(
        {
            "list": next(iter(model.client.models.list())).name,
            "generate": model.invoke("Hello.").text,
            "stream": "".join(chunk.text for chunk in model.stream("Hello.")),
            "embed": [len(vector) for vector in embeddings.embed_documents(["a", "b"])],
        }
    )
)
