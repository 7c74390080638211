"""google-genai: the median of a generate call in µs, frames per second, and KiB for each open stream."""

import statistics
import sys
import time

from google import genai

base, frames, held = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
client = genai.Client(api_key="AQ.bench", http_options={"base_url": base})


def call():
    began = time.perf_counter()
    answer = client.models.generate_content(model="gemini-bench", contents="Why is the sky blue?")
    assert answer.text
    return time.perf_counter() - began


for _ in range(20):
    call()
call_us = min(statistics.median(call() for _ in range(200)) for _ in range(5)) * 1e6


def read(count):
    began = time.perf_counter()
    got = sum(1 for _ in stream(f"gemini-stream-{count}"))
    assert got >= count - 1
    return count / (time.perf_counter() - began)


def stream(model):
    return client.models.generate_content_stream(model=model, contents="Why is the sky blue?")


# A tenth: it takes seconds, and the rate is the same.
speed = max(read(frames // 10) for _ in range(3))


def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS:"))


clients, streams = [], []


def hold():
    # A client's pool has a hundred connections.
    if len(streams) % 90 == 0:
        clients.append(genai.Client(api_key="AQ.bench", http_options={"base_url": base}))
    opened = clients[-1].models.generate_content_stream(model="gemini-hold", contents="a")
    next(opened)
    streams.append(opened)


hold()
before = resident()
for _ in range(held):
    hold()
print(f"google-genai {genai.__version__} (Python)|{call_us}|{speed}|{(resident() - before) / held}", flush=True)
import os

os._exit(0)
