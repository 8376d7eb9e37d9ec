"""Requests to teachers: a budget is reserved before each call and settled after (rule 7)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select

from storage import samples
from storage.datasets import Dataset
from storage.engine import LOCKED, Store
from storage.kinds import RequestState
from storage.samples import New
from storage.tables import Dataset as DatasetRow
from storage.tables import Request, Sample


@dataclass(frozen=True)
class Wanted:
    """A call about to be made; `most_usd` is an upper bound of its cost, None without a price."""

    teacher: str
    ask: str
    prompt: str
    prompt_hash: str
    parameters: dict[str, Any]
    seeds: tuple[str, ...]
    most_usd: Decimal | None
    person: str | None = None


@dataclass(frozen=True)
class Paid:
    """What a call came to; `error` is set when there was no reply."""

    input_tokens: int = 0
    output_tokens: int = 0
    usage: dict[str, Any] | None = None
    cost_usd: Decimal | None = None
    reply: str | None = None
    stop: str | None = None
    error: str | None = None


def reserve(store: Store, dataset: Dataset, wanted: Wanted, *, day_begins: datetime) -> int | None:
    """Reserve a call's upper bound; None when the day's or the total budget does not hold it."""
    now = store.now()
    with store.write() as session:
        session.get(DatasetRow, dataset.id, with_for_update=LOCKED)
        if not _affordable(session, dataset, wanted.most_usd or Decimal(0), day_begins):
            return None
        row = Request(
            dataset_id=dataset.id,
            teacher=wanted.teacher,
            ask=wanted.ask,
            prompt=wanted.prompt,
            prompt_hash=wanted.prompt_hash,
            parameters=wanted.parameters,
            seeds=list(wanted.seeds),
            person=wanted.person,
            state=RequestState.RESERVED,
            reserved_usd=None if wanted.most_usd is None else str(wanted.most_usd),
            at=now,
        )
        session.add(row)
        session.flush()
        return row.id or 0


def _affordable(session: Session, dataset: Dataset, most: Decimal, day_begins: datetime) -> bool:
    budget = dataset.recipe.budget
    limits = ((budget.per_day_usd, day_begins), (budget.total_usd, None))
    return all(
        limit is None or _spent(session, dataset.id, since) + most <= limit
        for limit, since in limits
    )


def settle(
    store: Store, dataset_id: int, request_id: int, paid: Paid, news: Iterable[New] = ()
) -> list[int]:
    """Write what a call cost and the samples it gave, in one transaction."""
    now = store.now()
    with store.write() as session:
        row = session.get_one(Request, request_id, with_for_update=LOCKED)
        row.state = RequestState.FAILED if paid.error else RequestState.SETTLED
        row.input_tokens, row.output_tokens = paid.input_tokens, paid.output_tokens
        row.usage, row.reply, row.stop, row.error = paid.usage, paid.reply, paid.stop, paid.error
        row.cost_usd = None if paid.cost_usd is None else str(paid.cost_usd)
        row.settled_at = now
        session.add(row)
        session.flush()
        return samples.insert(session, dataset_id, news, now)


def _spent(session: Session, dataset_id: int, since: datetime | None) -> Decimal:
    rows = select(Request.state, Request.reserved_usd, Request.cost_usd).where(
        Request.dataset_id == dataset_id
    )
    if since is not None:
        rows = rows.where(col(Request.at) >= since)
    # A reservation whose outcome is unknown counts as spent.
    amounts = (
        reserved if state is RequestState.RESERVED else cost
        for state, reserved, cost in session.exec(rows)
    )
    return sum((Decimal(amount or 0) for amount in amounts), Decimal(0))


def spent(store: Store, dataset_id: int, since: datetime | None = None) -> Decimal:
    """US dollars spent or reserved, since a time or ever."""
    with store.read() as session:
        return _spent(session, dataset_id, since)


def replayed(store: Store, dataset_id: int, teacher: str) -> int:
    """How many replies of a replayed file were taken; its position."""
    with store.read() as session:
        return session.exec(
            select(func.count())
            .select_from(Request)
            .where(
                Request.dataset_id == dataset_id,
                Request.teacher == teacher,
                Request.state == RequestState.SETTLED,
            )
        ).one()


def asked_by(store: Store, dataset_id: int, person: str, since: datetime) -> int:
    """How many samples a person's commands brought since a time (for `per_person_day`)."""
    with store.read() as session:
        return session.exec(
            select(func.count())
            .select_from(Sample)
            .join(Request, col(Request.id) == col(Sample.request_id))
            .where(
                Sample.dataset_id == dataset_id,
                Request.person == person,
                col(Request.at) >= since,
            )
        ).one()
