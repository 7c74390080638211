"""LiteLLM as it is: a key and an address from the environment. Prints what came as JSON."""

import json
import os

os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # else it asks GitHub
import litellm  # noqa: E402

ask = {"model": "gemini/gemini-2.5-flash", "messages": [{"role": "user", "content": "Hello."}]}
stream = litellm.completion(stream=True, **ask)
print(
    json.dumps(
        {
            "chat": litellm.completion(**ask).choices[0].message.content,
            "stream": "".join(chunk.choices[0].delta.content or "" for chunk in stream),
        }
    )
)
