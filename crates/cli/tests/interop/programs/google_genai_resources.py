"""Makes, uses and deletes what google-genai keeps at Google, with the emulator's key, and prints what came as JSON."""

import pathlib

from google import genai
from google.genai import types
from steps import step, told

MODEL = "gemini-2.5-flash"
client = genai.Client(api_key="emulator-api-key")
pathlib.Path("guide.txt").write_text("The lighthouse of Lime Rock is white. Its keeper was Ida Lewis.\n")
QUESTION = "Who was the keeper?"


def done(ask, ended):
    """Asks until it has ended; ten times at most."""
    for _ in range(10):
        answer = ask()
        if ended(answer):
            return answer
    raise TimeoutError("it did not end")


@step
def files():
    file = client.files.upload(file="guide.txt", config={"display_name": "guide"})
    got = client.files.get(name=file.name)
    answer = client.models.generate_content(model=MODEL, contents=[QUESTION, file])
    listed = [each.name for each in client.files.list()] == [file.name]
    client.files.delete(name=file.name)
    return [got.state.name, got.size_bytes, got.mime_type, "Ida Lewis" in answer.text, listed, len(client.files.list())]


@step
def file_that_is_gone():
    client.files.get(name="files/gone")


@step
def file_search():
    store = client.file_search_stores.create(config={"display_name": "my documents"})
    operation = client.file_search_stores.upload_to_file_search_store(
        file_search_store_name=store.name, file="guide.txt", config={"display_name": "guide.txt"}
    )
    done(lambda: client.operations.get(operation), lambda it: it.done)
    tool = types.Tool(file_search=types.FileSearch(file_search_store_names=[store.name]))
    config = types.GenerateContentConfig(tools=[tool])
    answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=config)
    cited = answer.candidates[0].grounding_metadata.grounding_chunks[0].retrieved_context.title
    documents = [each.state.name for each in client.file_search_stores.documents.list(parent=store.name)]
    client.file_search_stores.delete(name=store.name, config={"force": True})
    return ["Ida Lewis" in answer.text, cited, documents, len(client.file_search_stores.list())]


@step
def caches():
    text = "The lighthouse of Lime Rock is white. Its keeper was Ida Lewis. " * 2000
    config = {"contents": [text], "ttl": "600s", "display_name": "guide"}
    cache = client.caches.create(model=MODEL, config=config)
    config = types.GenerateContentConfig(cached_content=cache.name)
    answer = client.models.generate_content(model=MODEL, contents=QUESTION, config=config)
    longer = client.caches.update(name=cache.name, config={"ttl": "1200s"})
    listed = [each.name for each in client.caches.list()] == [cache.name]
    client.caches.delete(name=cache.name)
    counted = answer.usage_metadata.cached_content_token_count == cache.usage_metadata.total_token_count
    return [counted, longer.expire_time > cache.expire_time, listed, len(client.caches.list())]


@step
def batches():
    requests = [{"contents": [{"role": "user", "parts": [{"text": text}]}]} for text in ("One.", "Two.")]
    job = client.batches.create(model=MODEL, src=requests, config={"display_name": "two"})
    job = done(lambda: client.batches.get(name=job.name), lambda it: it.done)
    texts = [each.response.text.rsplit(" ", 1)[1] for each in job.dest.inlined_responses]
    listed = [each.name for each in client.batches.list()] == [job.name]
    client.batches.delete(name=job.name)
    return [job.state.name, texts, listed]


@step
def interactions():
    first = client.interactions.create(model=MODEL, input="One.")
    second = client.interactions.create(model=MODEL, input="Two.", previous_interaction_id=first.id)
    kinds = [event.event_type for event in client.interactions.create(model=MODEL, input="Three.", stream=True)]
    return [first.status, second.status, kinds[0], kinds[-1]]


told()
