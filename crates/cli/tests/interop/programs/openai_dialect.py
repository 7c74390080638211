"""Uses Gemini through OpenAI's SDK as its documentation shows it; prints what came, as JSON.

Nothing here knows of hallpass: the address and the key are in OPENAI_BASE_URL and OPENAI_API_KEY.
"""

import json

import openai
from pydantic import BaseModel

client = openai.OpenAI(max_retries=0)
MODEL = "gemini-3-flash-preview"
seen = {}

models = client.models.list()
seen["models"] = [model.id for model in models]
seen["model"] = client.models.retrieve(f"models/{MODEL}").id

answer = client.chat.completions.create(
    model=MODEL,
    messages=[
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "Why is the sky blue?"},
    ],
    max_completion_tokens=500,
)
seen["text"] = answer.choices[0].message.content
seen["finish_reason"] = answer.choices[0].finish_reason
seen["total_tokens"] = answer.usage.total_tokens

stream = client.chat.completions.create(
    model=MODEL,
    messages=[{"role": "user", "content": "Why is the sky blue?"}],
    stream=True,
    stream_options={"include_usage": True},
)
chunks = list(stream)
seen["streamed"] = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
seen["pieces"] = sum(1 for c in chunks if c.choices and c.choices[0].delta.content)
seen["streamed_usage"] = chunks[-1].usage.total_tokens

tools = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "The weather of a city.",
            "strict": True,
            "parameters": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": False,
            },
        },
    }
]
messages = [{"role": "user", "content": "What is the weather in 'Bern' and in 'Basel'?"}]
answer = client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
seen["calls"] = [
    [call.function.name, json.loads(call.function.arguments)]
    for call in answer.choices[0].message.tool_calls
]
seen["calls_end"] = answer.choices[0].finish_reason
# The message goes back as it came, with what only Google understands.
messages.append(answer.choices[0].message)
for call in reversed(answer.choices[0].message.tool_calls):
    messages.append({"role": "tool", "tool_call_id": call.id, "content": json.dumps({"sky": "clear"})})
answer = client.chat.completions.create(model=MODEL, messages=messages, tools=tools)
seen["after_calls"] = answer.choices[0].message.content

with client.chat.completions.stream(
    model=MODEL, messages=messages[:1], tools=tools
) as stream:
    for _ in stream:
        pass
    final = stream.get_final_completion()
seen["streamed_calls"] = [
    json.loads(call.function.arguments) for call in final.choices[0].message.tool_calls
]


class City(BaseModel):
    name: str
    people: int


parsed = client.chat.completions.parse(
    model=MODEL,
    messages=[{"role": "user", "content": "Describe 'Bern' with 140000 people."}],
    response_format=City,
)
seen["parsed"] = isinstance(parsed.choices[0].message.parsed, City)

picture = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
answer = client.chat.completions.create(
    model=MODEL,
    messages=[
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": picture, "detail": "low"}},
            ],
        }
    ],
    reasoning_effort="low",
)
seen["picture_tokens"] = answer.usage.prompt_tokens

vectors = client.embeddings.create(model="gemini-embedding-001", input=["a", "b"], dimensions=8)
seen["vectors"] = [len(vector.embedding) for vector in vectors.data]
floats = client.embeddings.create(
    model="gemini-embedding-001", input="a", dimensions=8, encoding_format="float"
)
seen["same"] = all(
    abs(a - b) < 1e-6 for a, b in zip(vectors.data[0].embedding, floats.data[0].embedding)
)

try:
    client.chat.completions.create(
        model="no-such-model", messages=[{"role": "user", "content": "a"}]
    )
except openai.NotFoundError as error:
    seen["unknown_model"] = error.code
try:
    client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": "a"}], logit_bias={"1": 1}
    )
except openai.BadRequestError as error:
    seen["refused"] = error.param
print(json.dumps(seen))
