"""The schema's history: upgrade, compare, and refuse to run on one that is behind."""

from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, inspect, text
from sqlmodel import SQLModel

from core.errors import UsageError
from storage.engine import Store

VERSION_TABLE = "winnow_version"
_MIGRATIONS = Path(__file__).parent / "migrations"

# Alembic is imported where something is migrated: it takes a third of a second, as long as all
# that most commands do.


def head() -> str:
    """The revision that this code expects; a migration's file is named by its revision."""
    return max(path.name.partition("_")[0] for path in _MIGRATIONS.glob("versions/0*_*.py"))


def current(store: Store) -> str | None:
    """The revision that the database has; None when it has no schema yet."""
    with store.engine.connect() as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608


def upgrade(store: Store, revision: str = "head") -> None:
    """Bring a database to a revision, all or nothing."""
    _run(store, revision, "upgrade")


def downgrade(store: Store, revision: str) -> None:
    """Take a database back to a revision; `base` leaves only the table of versions."""
    _run(store, revision, "downgrade")


def _run(store: Store, revision: str, verb: Literal["upgrade", "downgrade"]) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["engine"] = store.engine
    {"upgrade": command.upgrade, "downgrade": command.downgrade}[verb](config, revision)


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
