"""Asks for everything that google-generativeai has, over the transport of its argument, and prints what came as JSON."""

import datetime
import pathlib
import sys

import google.generativeai as genai
from google.generativeai import caching
from steps import step, told

genai.configure(transport=sys.argv[1])
model = genai.GenerativeModel("gemini-2.5-flash")


def get_weather(city: str) -> str:
    """Says how the weather is in a city."""
    return f"sunny in {city}"


@step
def generate():
    answer = model.generate_content("Hello.")
    return [answer.text, answer.candidates[0].finish_reason.name, answer.usage_metadata.total_token_count]


@step
def stream():
    return [chunk.text for chunk in model.generate_content("Hello.", stream=True)]


@step
def count():
    return model.count_tokens("Hello.").total_tokens


@step
def embed():
    answer = genai.embed_content("models/gemini-embedding-001", ["a", "b"], output_dimensionality=2)
    return [len(vector) for vector in answer["embedding"]]


@step
def chat():
    chat = model.start_chat()
    chat.send_message("One.")
    chat.send_message("Two.")
    return len(chat.history)


@step
def tools():
    able = genai.GenerativeModel("gemini-2.5-flash", tools=[get_weather])
    chat = able.start_chat(enable_automatic_function_calling=True)
    answer = chat.send_message("How is the weather in Rome?")
    call = chat.history[1].parts[0].function_call
    return [call.name, dict(call.args), answer.text]


@step
def schema():
    form = {"type": "OBJECT", "properties": {"city": {"type": "STRING"}}, "required": ["city"]}
    config = genai.GenerationConfig(response_mime_type="application/json", response_schema=form)
    return model.generate_content("Name Rome.", generation_config=config).text


@step
def refusal():
    genai.GenerativeModel("gemini-0-none").generate_content("Hello.")


@step
def files_without_key():
    genai.upload_file("guide.txt")


@step
def files():
    """Its uploads want a key, and the document of the methods."""
    genai.configure(api_key="emulator-api-key", transport=sys.argv[1])
    pathlib.Path("guide.txt").write_text("The lighthouse of Lime Rock is white. Its keeper was Ida Lewis.\n")
    file = genai.upload_file("guide.txt", display_name="guide")
    got = genai.get_file(file.name)
    asked = ["Who was the keeper?", file]
    answer = genai.GenerativeModel("gemini-2.5-flash").generate_content(asked)
    listed = [each.name for each in genai.list_files()] == [file.name]
    genai.delete_file(file.name)
    return [got.state.name, got.size_bytes, "Ida Lewis" in answer.text, listed]


@step
def caches():
    text = "The lighthouse of Lime Rock is white. Its keeper was Ida Lewis. " * 2000
    lives = datetime.timedelta(minutes=10)
    cache = caching.CachedContent.create(model="models/gemini-2.5-flash", contents=[text], ttl=lives)
    answer = genai.GenerativeModel.from_cached_content(cache).generate_content("Who was the keeper?")
    cache.delete()
    counted = answer.usage_metadata.cached_content_token_count == cache.usage_metadata.total_token_count
    return [counted, len(list(caching.CachedContent.list()))]


told()
