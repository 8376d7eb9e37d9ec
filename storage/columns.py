"""How the tables declare their columns."""

from enum import StrEnum
from typing import Any

from sqlalchemy import MetaData, Text
from sqlmodel import Field, SQLModel

from storage import types

# Names from day one: SQLite's batch migrations cannot drop a constraint that has none.
SQLModel.metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def id_() -> Any:  # noqa: ANN401 - sqlmodel's Field is untyped
    """A row's number, given by the database."""
    return Field(default=None, primary_key=True)


def text_(**more: Any) -> Any:  # noqa: ANN401
    """A text of any length."""
    return Field(sa_type=Text, **more)


def at_(**more: Any) -> Any:  # noqa: ANN401
    """An instant."""
    return Field(sa_type=types.UtcDateTime, **more)


def json_(**more: Any) -> Any:  # noqa: ANN401
    """A JSON value."""
    return Field(sa_type=types.Json, **more)


def usd_(**more: Any) -> Any:  # noqa: ANN401
    """An amount in US dollars."""
    return Field(sa_type=types.Usd, **more)


def choice_(kind: type[StrEnum], column: str) -> Any:  # noqa: ANN401
    """One of the values of `kind`."""
    return Field(sa_type=types.choice(kind, column))
