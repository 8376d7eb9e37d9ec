"""`winnow generate` killed at random instants: nothing is paid twice, nothing paid is lost.

WINNOW_KILLS is how often (`make test-kills`: 20, in a run of 300 requests); the default keeps
`make test` short.
"""

import json
import os
import random
import subprocess
import time
from collections import Counter
from decimal import Decimal

import pytest
from sqlmodel import select

from bot.cli import main
from core.votes import State
from storage import datasets, requests, samples
from storage.engine import open_store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Sample

KILLS = int(os.environ.get("WINNOW_KILLS", "2"))
REQUESTS = 15 * KILLS
LATENCY = 0.15
RECIPE = """\
name: paid
goal: Answers questions about a small backup box.
format: instruction
language: en
channel: "#support-en"
teachers: [{{model: "openai:support-en@{base}/openai/v1", price: {{input: 1, output: 5}}}}]
prompt: mine.md
per_call: 1
target: 10000
checks: {{default: off}}
budget: {{total_usd: 100}}
"""
# So short that the server keeps nothing of it: `price` knows no discount for what is cached.
PROMPT = """\
---
name: mine
language: en
ask: meta
description: Short.
variables: [count, example, broken]
---
# System
Write examples as JSON: {{ example }}
# Prompt
Write exactly {{ count }} example.
# Correction
{{ broken }} Write {{ count }} again.
"""


class Paying:
    """A dataset whose teacher keeps a ledger, and processes that generate for it."""

    def __init__(self, sandbox, folder, database, environ) -> None:
        self.sandbox, self.folder, self.environ = sandbox, folder, environ
        self.store = open_store(database, sandbox.now)
        self.dataset = datasets.get(self.store, "paid")
        self.before = self._ledger()

    def _ledger(self):
        status, ledger = self.sandbox.ask("/sandbox/ledger")
        assert status == 200
        return ledger

    @property
    def calls(self):
        return self._ledger()["calls"][len(self.before["calls"]) :]

    @property
    def charged(self):
        """What the teacher charged, once nothing is under way there."""
        time.sleep(2 * LATENCY)
        return Decimal(self._ledger()["cost_usd"]) - Decimal(self.before["cost_usd"])

    def rows(self):
        with self.store.read() as session:
            return session.exec(select(Request)).all()

    def settled(self):
        costs = [row.cost_usd for row in self.rows() if row.state is not RequestState.RESERVED]
        return sum((cost for cost in costs if cost is not None), Decimal(0))

    def starts(self, wanted):
        command = [self.environ["WINNOW"], "generate", "paid", "-n", str(wanted), "--json"]
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True
        )

    def lacking(self):
        return REQUESTS - samples.count(self.store, self.dataset.id)[State.CANDIDATE]

    def dies(self, seconds):
        """A process that is killed so many seconds after its first request."""
        sent = len(self.calls)
        process = self.starts(self.lacking())
        while len(self.calls) == sent:
            assert process.poll() is None
            time.sleep(0.02)
        time.sleep(seconds)
        process.kill()
        process.communicate()


@pytest.fixture
def paying(sandbox, tmp_path, sqlite_url, monkeypatch, winnow_script):
    (tmp_path / "recipe.yml").write_text(RECIPE.format(base=sandbox.base))
    (tmp_path / "mine.md").write_text(PROMPT)
    environ = os.environ | {"WINNOW_DATABASE_URL": sqlite_url, "WINNOW": str(winnow_script)}
    with monkeypatch.context() as here:
        here.chdir(tmp_path)
        here.setenv("WINNOW_DATABASE_URL", sqlite_url)
        assert main(["recipe", "add", "recipe.yml"]) == 0
    sandbox.ask("/sandbox/teacher", {"latency": LATENCY})
    found = Paying(sandbox, tmp_path, sqlite_url, environ)
    yield found
    sandbox.ask("/sandbox/teacher", {"latency": 0})
    found.store.close()


def test_killed_at_random_instants_nothing_is_paid_twice(paying):
    draw = random.Random(KILLS)  # noqa: S311 - a test, no secret
    for _ in range(KILLS):
        paying.dies(draw.uniform(0, 2 * LATENCY))
        charged = paying.charged
        assert paying.settled() <= charged <= requests.spent(paying.store, paying.dataset.id)
    before, settled = paying.charged, paying.settled()
    lacking = paying.lacking()
    made = json.loads(paying.starts(lacking).communicate()[0])
    assert (made["candidates"], made["stopped"]) == (lacking, "")
    assert paying.settled() - settled == paying.charged - before
    states = Counter(row.state for row in paying.rows())
    assert states[RequestState.OWED] == states[RequestState.ANSWERED] == 0
    assert len(paying.calls) <= states.total()
    with paying.store.read() as session:
        brought = Counter(session.exec(select(Sample.request_id)))
    read = [row.id for row in paying.rows() if row.state is RequestState.SETTLED]
    assert brought == Counter(read)
