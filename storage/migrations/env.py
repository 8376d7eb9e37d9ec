"""How Alembic runs here: in batches from the first revision, foreign keys off on SQLite.

SQLite rebuilds a table to change it; with foreign keys on, dropping the old one would delete or
refuse the rows that point to it. They are checked before the commit instead.
"""

from alembic import context
from sqlalchemy import Connection, Engine, func, select
from sqlmodel import SQLModel

from storage import run_tables as run_tables
from storage import tables as tables
from storage.schema import VERSION_TABLE

_LOCK = int.from_bytes(b"winnow")


def _migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        version_table=VERSION_TABLE,
    )
    context.run_migrations()


def run(engine: Engine) -> None:
    """Run all wanted revisions in one transaction."""
    if engine.dialect.name != "sqlite":
        with engine.begin() as connection:
            # Of two processes that start on an empty database, the second finds it done.
            connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            _migrate(connection)
        return
    with engine.connect() as connection:
        raw = connection.connection.dbapi_connection
        raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[union-attr]
        try:
            with connection.begin():
                _migrate(connection)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"the migration left dangling references: {broken[:3]}")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[union-attr]


run(context.config.attributes["engine"])
