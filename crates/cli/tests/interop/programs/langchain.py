"""Asks Gemini through langchain-google-genai, with the emulator's key, and prints what came as JSON."""

import os

from langchain_core.messages import HumanMessage, ToolMessage
from langchain_core.tools import tool
from langchain_google_genai import ChatGoogleGenerativeAI, GoogleGenerativeAIEmbeddings
from steps import step, told

os.environ["GOOGLE_API_KEY"] = "emulator-api-key"
model = ChatGoogleGenerativeAI(model="gemini-3.1-pro-preview")


@tool
def get_weather(city: str) -> str:
    """Says how the weather is in a city."""
    return f"sunny in {city}"


@step
def invoke():
    answer = model.invoke("Hello.")
    return [answer.text, answer.usage_metadata["total_tokens"]]


@step
def stream():
    return "".join(chunk.text for chunk in model.stream("Hello."))


@step
def tools():
    able = model.bind_tools([get_weather])
    turns = [HumanMessage("How is the weather in Rome?")]
    asked = able.invoke(turns)
    turns.append(asked)
    for call in asked.tool_calls:
        turns.append(ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"]))
    return [[call["args"] for call in asked.tool_calls], able.invoke(turns).text]


@step
def schema():
    form = {"title": "Place", "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    return model.with_structured_output(form).invoke("Name Rome.")


@step
def embed():
    embeddings = GoogleGenerativeAIEmbeddings(model="gemini-embedding-001", output_dimensionality=2)
    return [len(vector) for vector in embeddings.embed_documents(["a", "b"])]


told()
