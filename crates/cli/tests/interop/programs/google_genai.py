"""Asks for everything that google-genai has for text, with the emulator's key, and prints what came as JSON."""

import asyncio

from google import genai
from google.genai import types
from steps import step, told

MODEL = "gemini-2.5-flash"
client = genai.Client(api_key="emulator-api-key")


@step
def models():
    return [len(list(client.models.list())), client.models.get(model=MODEL).display_name]


@step
def generate():
    answer = client.models.generate_content(model=MODEL, contents="Hello.")
    return [answer.text, answer.candidates[0].finish_reason.name, answer.usage_metadata.total_token_count]


@step
def stream():
    return [chunk.text for chunk in client.models.generate_content_stream(model=MODEL, contents="Hello.")]


@step
def asynchronous():
    async def ask():
        chunks = await client.aio.models.generate_content_stream(model=MODEL, contents="Hello.")
        return "".join([chunk.text async for chunk in chunks])

    return asyncio.run(ask())


@step
def count():
    return client.models.count_tokens(model=MODEL, contents="Hello.").total_tokens


@step
def embed():
    config = types.EmbedContentConfig(output_dimensionality=2)
    answer = client.models.embed_content(model="gemini-embedding-001", contents=["a", "b"], config=config)
    return [len(embedding.values) for embedding in answer.embeddings]


@step
def chat():
    chat = client.chats.create(model=MODEL)
    first = chat.send_message("One.")
    second = chat.send_message("Two.")
    return [len(chat.get_history()), first.text != second.text]


def get_weather(city: str) -> str:
    """Says how the weather is in a city."""
    return f"sunny in {city}"


@step
def tools():
    """The SDK calls the function and sends its answer, with the signature, by itself."""
    config = types.GenerateContentConfig(tools=[get_weather])
    answer = client.models.generate_content(
        model="gemini-3.1-pro-preview", contents="How is the weather in Rome?", config=config
    )
    turns = answer.automatic_function_calling_history
    call = turns[1].parts[0]
    return [call.function_call.args, bool(call.thought_signature), answer.text]


@step
def schema():
    config = types.GenerateContentConfig(
        response_mime_type="application/json",
        response_schema={"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]},
    )
    return client.models.generate_content(model=MODEL, contents="Name Rome.", config=config).parsed


@step
def refusal():
    bad = genai.Client(api_key="not-a-key")
    bad.models.generate_content(model=MODEL, contents="Hello.")


@step
def without_key():
    import google.auth

    credentials, _ = google.auth.default()
    genai.Client(credentials=credentials)


told()
