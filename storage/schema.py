"""The schema's history: upgrade, compare, and refuse to run on one that is behind."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlmodel import SQLModel

from core.errors import UsageError
from storage.engine import Store

VERSION_TABLE = "winnow_version"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def head() -> str:
    """The revision that this code expects."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def current(store: Store) -> str | None:
    """The revision that the database has; None when it has no schema yet."""
    with store.engine.connect() as connection:
        return MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE}
        ).get_current_revision()


def upgrade(store: Store, revision: str = "head") -> None:
    """Bring a database to a revision, all or nothing."""
    _run(store, revision, command.upgrade)


def downgrade(store: Store, revision: str) -> None:
    """Take a database back to a revision; `base` leaves only the table of versions."""
    _run(store, revision, command.downgrade)


def _run(store: Store, revision: str, verb: object) -> None:
    config = _config()
    config.attributes["engine"] = store.engine
    verb(config, revision)  # type: ignore[operator]


def ready(store: Store) -> None:
    """Create the schema in an empty database; refuse one that is behind or foreign.

    Raises:
        UsageError: names the command that mends it.
    """
    # In this order: another process may be creating the schema at this moment.
    there = set(inspect(store.engine).get_table_names())
    found = current(store)
    if found == head():
        return
    if found is not None:
        raise UsageError(
            f"The database's schema is {found}, this Winnow needs {head()}.",
            "Back it up, then run: winnow db upgrade.",
        )
    if there & set(SQLModel.metadata.tables):
        raise UsageError(
            "The database holds tables of another program under Winnow's names.",
            "Point WINNOW_DATABASE_URL at an empty database.",
        )
    upgrade(store)
