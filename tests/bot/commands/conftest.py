"""A dataset whose teacher is the sandbox's endpoint, asked over the wire by the real SDK."""

import asyncio
import json
import os
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib import request

import pytest
from aiohttp import web
from sqlmodel import select

from bot.cli import main
from core.teachers import Patience
from sandbox.teacher import add_routes
from storage import datasets
from storage.datasets import Dataset
from storage.engine import Store, open_store
from storage.run_tables import Request
from storage.tables import Sample

RECIPE = """\
name: desk
goal: Answers questions about a backup box.
format: instruction
language: en
channel: "#desk"
teachers: [{teacher}]
categories: {{setup: 0.5, backup: 0.5}}
{more}
"""
PRICE = "price: {input: 1, output: 5}"


@dataclass
class Endpoint:
    """The sandbox's teacher on a free port."""

    address: str

    def http(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with request.urlopen(request.Request(f"{self.address}{path}", data)) as answer:  # noqa: S310
            return json.load(answer)

    def fault(self, kind: str, **more: Any) -> None:
        self.http("/sandbox/teacher", {"fault": kind, **more})

    @property
    def calls(self) -> list[dict[str, Any]]:
        return self.http("/sandbox/ledger")["calls"]

    @property
    def charged(self) -> str:
        return self.http("/sandbox/ledger")["cost_usd"]

    def teacher(self, bank: str = "support-en", more: str = PRICE) -> str:
        """A teacher as the recipe writes it."""
        return f'{{model: "openai:{bank}@{self.address}/openai/v1", {more}}}'


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    loop = asyncio.new_event_loop()
    app = web.Application()
    add_routes(app, 7)
    runner = web.AppRunner(app)

    async def start() -> int:
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return runner.addresses[0][1]

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield Endpoint(f"http://127.0.0.1:{port}")
    asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)
    loop.close()


@pytest.fixture
def store(sqlite_url, clock) -> Iterator[Store]:
    with closing(open_store(sqlite_url, clock)) as opened:
        yield opened


@pytest.fixture
def write_recipe(tmp_path):
    """Writes a recipe, and files beside it; returns its path."""

    def write(teacher: str, more: str = "", **files: str | bytes) -> Path:
        path = tmp_path / "recipe.yml"
        path.write_text(RECIPE.format(teacher=teacher, more=more), "utf-8")
        for name, text in files.items():
            data = text if isinstance(text, bytes) else text.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(data)
        return path

    return write


@pytest.fixture
def dataset(store, write_recipe):
    """Adds a recipe; returns its dataset."""

    def add(teacher: str, more: str = "", **files: str | bytes) -> Dataset:
        path = write_recipe(teacher, more, **files)
        return datasets.add(store, path.read_text("utf-8"), path).dataset

    return add


@pytest.fixture
def logged(store):
    """The rows of the request log."""

    def rows():
        with store.read() as session:
            return session.exec(select(Request).order_by(Request.id)).all()

    return rows


@pytest.fixture
def kept(store):
    """Every sample, discarded ones included."""

    def rows():
        with store.read() as session:
            return session.exec(select(Sample).order_by(Sample.id)).all()

    return rows


@pytest.fixture
def hasty():
    """Gives a teacher up after two attempts and half a second."""
    return Patience(
        attempts=2,
        total=2.0,
        first_wait=0.01,
        longest_wait=0.02,
        connect=0.5,
        request=0.3,
        per_token=0,
    )


@pytest.fixture
def row():
    """One JSON line of a record in Alpaca's form; no two numbers give similar questions."""

    def make(number: int, **more: str) -> str:
        asked = " ".join(f"topic{number}x{part}" for part in range(8))
        record = {"instruction": f"{asked}?", "output": f"Answer {number}."}
        return json.dumps({**record, **more}, ensure_ascii=False) + "\n"

    return make


@dataclass
class Ran:
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def winnow(sqlite_url, tmp_path, monkeypatch, capsys):
    """Runs a command in the test's folder, on the test's database, without any token."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(("SLACK_", "OPENAI_", "WINNOW_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WINNOW_DATABASE_URL", sqlite_url)

    def run(*words: object) -> Ran:
        capsys.readouterr()
        status = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(status, said.out, said.err)

    return run


@pytest.fixture
def desk(winnow, write_recipe, endpoint):
    """The recipe `desk`, added; its teacher is the endpoint."""
    path = write_recipe(endpoint.teacher())
    assert winnow("recipe", "add", path).status == 0
    return path
