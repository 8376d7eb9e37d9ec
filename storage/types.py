"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Enum
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in UTC; SQLite drops the zone and would read back another instant."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive values and store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime has no instant")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> datetime | None:
        """Attach UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


_PARTS = Decimal(10) ** 12
"""A cached token of a cheap model costs 25 of a millionth of a millionth of a dollar."""


class Usd(TypeDecorator[Decimal]):
    """An amount in US dollars, held as a whole number of 10⁻¹² $ so that SQL sums it exactly.

    What is finer is rounded up: an amount is never held for less than it is.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(
        self,
        value: Decimal | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> int | None:
        """Count the parts."""
        if value is None:
            return None
        return int((value * _PARTS).to_integral_value(ROUND_CEILING))

    def process_result_value(
        self,
        value: int | None,
        dialect: Dialect,  # noqa: ARG002 - SQLAlchemy passes it
    ) -> Decimal | None:
        """Read the parts as dollars."""
        return None if value is None else (Decimal(value) / _PARTS).normalize()


Json = JSON(none_as_null=True)


def choice(kind: type[StrEnum], column: str) -> Any:  # noqa: ANN401 - sqlmodel takes any SQL type
    """A text column that holds one of the values of `kind`; the database's check is named so."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
        length=24,
        name=column,
    )
