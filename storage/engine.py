"""The engine: one recipe for SQLite and PostgreSQL (measured in facts/runtime.md §5).

A write transaction on SQLite begins IMMEDIATE: a deferred one loses its lock at the first upgrade.
On PostgreSQL the verbs lock rows themselves, always in this order: dataset, samples (by number, all
of them first), batch, outbox. Locks are FOR NO KEY UPDATE, so that rows which merely refer to a
locked one can be inserted.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Table, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError
from sqlalchemy.sql.dml import ReturningInsert
from sqlmodel import Session, SQLModel, create_engine, select

from core import recipe as recipes
from core.errors import UsageError, WinnowError
from core.recipe import Recipe
from storage import run_tables as run_tables  # sample.request_id needs its table
from storage import tables

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql

Clock = Callable[[], datetime]
BUSY_MS = 5000
LOCKED: dict[str, Any] = {"key_share": True}
"""Of `session.get(…, with_for_update=LOCKED)`."""
_READING: dict[str, dict[str, Any]] = {
    "sqlite": {"winnow_read": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}
_CONNECTIONS = {"pool_size": 10, "max_overflow": 20}
"""Ten workers of Socket Mode, Bolt's five, the sender, jobs; each may want a recipe beside."""
_ADDRESS_HINT = "Use sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME."


class Store:
    """A database and a clock; the verbs take it as their first argument."""

    def __init__(self, engine: Engine, now: Clock) -> None:
        self.engine = engine
        self.now = now
        self._reader = engine.execution_options(**_READING[engine.dialect.name])
        self.recipe = lru_cache(maxsize=256)(self._recipe)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One transaction that may write; commits at the end, rolls back on any error."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent look that writes nothing and blocks nobody."""
        with Session(self._reader, expire_on_commit=False) as session, session.begin():
            yield session

    def _recipe(self, dataset_id: int, number: int) -> Recipe:
        with self.read() as session:
            version = session.exec(
                select(tables.RecipeVersion).where(
                    tables.RecipeVersion.dataset_id == dataset_id,
                    tables.RecipeVersion.number == number,
                )
            ).one()
        return recipes.parse(version.text, version.path)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def address(url: str) -> URL:
    """Check a database address.

    Raises:
        UsageError: names WINNOW_DATABASE_URL and the accepted forms, never the password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("WINNOW_DATABASE_URL is no database address.", _ADDRESS_HINT) from error
    if parsed.get_backend_name() not in {"sqlite", "postgresql"}:
        raise UsageError(
            f"WINNOW_DATABASE_URL names {parsed.get_backend_name()}, which Winnow cannot use.",
            _ADDRESS_HINT,
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UsageError("WINNOW_DATABASE_URL names no file.", _ADDRESS_HINT)
    return parsed


def open_store(url: str, now: Clock) -> Store:
    """Open a database; its schema is looked at by `storage.schema`.

    Raises:
        UsageError: a wrong address, or a server or file that cannot be reached.
    """
    parsed = address(url)
    try:
        if parsed.get_backend_name() == "sqlite":
            engine = create_engine(parsed, connect_args={"timeout": BUSY_MS / 1000}, **_CONNECTIONS)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        else:
            engine = create_engine(parsed, pool_pre_ping=True, **_CONNECTIONS)
        with engine.connect():
            pass
    except (NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(
            f"The driver of {parsed.drivername} is not installed.",
            "Install winnow-bot[postgres] and write postgresql+psycopg://…",
        ) from error
    except DatabaseError as error:
        raise UsageError(
            f"The database {parsed.render_as_string(hide_password=True)} cannot be opened: "
            f"{str(error.orig).strip().splitlines()[0]}.",
            "Check WINNOW_DATABASE_URL.",
        ) from error
    return Store(engine, now)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_MS}",
        # Fewer checkpoints and a warmer cache: 1.52 → 1.44 ms of CPU a vote (bench/reactions.py).
        "wal_autocheckpoint=4000",
        "cache_size=-16000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    reads = connection.get_execution_options().get("winnow_read", False)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def inserting(dialect: str, table: type[SQLModel]) -> "sqlite.Insert | postgresql.Insert":
    """An INSERT that can say what happens on a conflict, in the database's own dialect."""
    if dialect == "postgresql":
        from sqlalchemy.dialects import postgresql  # 2 MB that SQLite does without

        return postgresql.Insert(_table(table))
    return sqlite.Insert(_table(table))


def _table(table: type[SQLModel]) -> Table:
    found: Table = table.__table__  # type: ignore[attr-defined]
    return found


def add_new(session: Session, table: type[SQLModel], **values: Any) -> bool:  # noqa: ANN401
    """Insert a row unless one with its key is there; tells whether it was new."""
    new = _new(session.get_bind().dialect.name, table)
    return session.connection().execute(new, values).first() is not None


@cache
def _new(dialect: str, table: type[SQLModel]) -> ReturningInsert[Any]:
    # Not `rowcount`: on PostgreSQL it does not tell (SQLAlchemy 2.1, psycopg 3.3).
    return inserting(dialect, table).on_conflict_do_nothing().returning(*_table(table).primary_key)


def must(row: Any, error: str, hint: str = "") -> Any:  # noqa: ANN401
    """The row, or a clear sentence that there is none."""
    if row is None:
        raise WinnowError(error, hint)
    return row
