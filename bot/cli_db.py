"""`winnow db …`: these open the database without asking for a current schema."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot import printing
from bot.cli_options import Json
from bot.settings import load

if TYPE_CHECKING:
    from storage.engine import Store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@contextmanager
def _opened() -> Iterator["Store"]:
    from bot import clock
    from storage.engine import open_store

    store = open_store(load().database_url, clock.system)
    try:
        yield store
    finally:
        store.close()


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the schema to this version."""
    from storage import schema

    with _opened() as store:
        before = schema.current(store)
        schema.upgrade(store)
        after = schema.current(store)
    text = f"The schema is {after}" + ("." if before == after else f"; it was {before or 'empty'}.")
    printing.answer(as_json, {"before": before, "schema": after}, lambda: printing.line(text))


@app.command()
def current(as_json: Json = False) -> None:
    """Show the schema, and the one needed."""
    from storage import schema

    with _opened() as store:
        found = schema.current(store)
    needed = schema.head()
    text = f"The database has {found or 'no schema'}; this version needs {needed}."
    printing.answer(as_json, {"schema": found, "needed": needed}, lambda: printing.line(text))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that does not exist yet.")],
    as_json: Json = False,
) -> None:
    """Copy a SQLite database while it is in use.

    For PostgreSQL there is pg_dump.
    """
    from storage.backup import backup as copy

    with _opened() as store:
        copy(store, file)
    size = file.stat().st_size
    text = f"{file}: {size:,} bytes."
    printing.answer(as_json, {"path": str(file), "bytes": size}, lambda: printing.line(text))
