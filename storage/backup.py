"""A copy of the database that is whole, though the bot goes on writing."""

import sqlite3
from contextlib import closing
from pathlib import Path

from core.errors import UsageError, WinnowError
from storage.engine import Store


def backup(store: Store, path: Path) -> None:
    """Copy a SQLite database with SQLite's own backup, into a file that does not exist yet.

    Raises:
        UsageError: it is PostgreSQL, or the file exists.
        WinnowError: the copy could not be written.
    """
    if store.engine.dialect.name != "sqlite":
        raise UsageError(
            "winnow db backup copies SQLite files; this database is PostgreSQL.",
            f"Run: pg_dump --format=custom --file={path} and the database's address.",
        )
    try:
        path.open("xb").close()
    except FileExistsError as error:
        raise UsageError(f"{path} exists already.", "Name another file.") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        _copy(store, path)
    except sqlite3.Error as error:
        path.unlink()
        raise WinnowError(f"{path} could not be written: {error}.") from error


def _copy(store: Store, path: Path) -> None:
    with store.engine.connect() as connection, closing(sqlite3.connect(path)) as target:
        source = connection.connection.driver_connection
        if not isinstance(source, sqlite3.Connection):
            raise TypeError(f"{type(source).__name__} is no connection of sqlite3")
        source.backup(target)
