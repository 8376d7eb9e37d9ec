"""What a dataset's requests cost, as far as their prices are known."""

from decimal import Decimal

from sqlalchemy import select as columns
from sqlalchemy import type_coerce
from sqlmodel import Session, col, func, select

from core.votes import State
from storage import requests
from storage.engine import Store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Sample
from storage.types import Usd


def cost(store: Store, dataset_id: int) -> Decimal | None:
    """US dollars so far; None where a price is unknown.

    A request whose outcome is unknown counts with what was reserved for it (DESIGN.md, rule 7).
    """
    with store.read() as session:
        return _cost(session, dataset_id)


def per_sample(store: Store, dataset_id: int) -> Decimal | None:
    """US dollars per sample that passed the checks; None without any, or without a price."""
    with store.read() as session:
        total = _cost(session, dataset_id)
        passed = session.exec(
            select(func.count())
            .select_from(Sample)
            .where(
                Sample.dataset_id == dataset_id,
                col(Sample.request_id).is_not(None),
                Sample.state != State.DISCARDED,
            )
        ).one()
    return total / passed if total is not None and passed else None


def _cost(session: Session, dataset_id: int) -> Decimal | None:
    amount = requests.counted()
    made = (
        col(Request.dataset_id) == dataset_id,
        col(Request.state) != RequestState.OWED,
    )
    total, known, number = session.execute(
        columns(type_coerce(func.sum(amount), Usd), func.count(amount), func.count()).where(*made)
    ).one()
    return (total or Decimal(0)) if known == number else None
