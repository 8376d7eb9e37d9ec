"""Bulks: requests that a provider answers together, later, at half the price.

A bulk is written down before it is handed in and its requests are reserved in the same transaction;
they stay so until the provider has told what became of each. What it did not answer is owed again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from storage import requests
from storage.datasets import Dataset
from storage.engine import LOCKED, Store
from storage.kinds import BulkState, RequestState
from storage.run_tables import Bulk as BulkRow
from storage.run_tables import Contrast, Request
from storage.tables import Sample

MOST_TRIES = 3
"""How often a request is handed in before it counts as failed."""
_TRIES = "bulk_tries"
_UNDER_WAY = (BulkState.SUBMITTING, BulkState.SUBMITTED)


@dataclass(frozen=True)
class Bulk:
    """A bulk that has not ended.

    `sent_at` is when it was handed in, or was about to be. Without a `provider_id` nobody knows
    whether it arrived, unless it is known to be `unsent`.
    """

    id: int
    dataset_id: int
    run_id: int
    teacher: str
    provider_id: str | None
    sent_at: datetime
    unsent: bool


@dataclass(frozen=True)
class Owed:
    """A request of a bulk, `pending` being what sending and reading it need.

    `most_usd` is reserved for it; nothing is before it is in a bulk.
    """

    id: int
    key: str
    teacher: str
    pending: dict[str, Any]
    most_usd: Decimal | None


def under_way(store: Store, dataset_id: int) -> list[Bulk]:
    """The dataset's bulks that have not ended, oldest first."""
    with store.read() as session:
        rows = session.exec(
            select(BulkRow)
            .where(BulkRow.dataset_id == dataset_id, col(BulkRow.state).in_(_UNDER_WAY))
            .order_by(col(BulkRow.id))
        ).all()
    return [_bulk(row) for row in rows]


def known(store: Store) -> set[str]:
    """The providers' names of all bulks that were ever handed in."""
    with store.read() as session:
        names = session.exec(select(BulkRow.provider_id)).all()
    return {name for name in names if name is not None}


def owed(store: Store, run_id: int) -> list[Owed]:
    """A run's requests that are to be handed in, in the order they were planned."""
    with store.read() as session:
        return [_owed(row) for row in session.exec(_waiting(run_id))]


def held(store: Store, bulk_id: int) -> list[Owed]:
    """A bulk's requests whose outcome is not known yet."""
    with store.read() as session:
        return [_owed(row) for row in session.exec(_reserved(bulk_id))]


@dataclass(frozen=True)
class Answered:
    """A request whose stored reply is to be read."""

    id: int
    pending: dict[str, Any]
    reply: str
    stop: str | None
    model: str | None
    cost_usd: Decimal | None


def answered(store: Store, run_id: int, most: int) -> list[Answered]:
    """At most so many of a run's requests whose replies are not read yet, oldest first."""
    with store.read() as session:
        rows = session.exec(
            select(Request)
            .where(Request.run_id == run_id, Request.state == RequestState.ANSWERED)
            .order_by(col(Request.id))
            .limit(most)
        ).all()
    return [
        Answered(row.id or 0, row.pending or {}, row.reply or "", row.stop, row.model, row.cost_usd)
        for row in rows
    ]


def brought(store: Store, run_id: int) -> tuple[int, int]:
    """What a run brought so far: candidates and answers for contrast, and its number of calls."""
    of_run = select(Request.id).where(Request.run_id == run_id)
    with store.read() as session:
        kept = session.exec(
            select(func.count())
            .select_from(Sample)
            .where(col(Sample.request_id).in_(of_run), col(Sample.reason).is_(None))
        ).one()
        contrasts = session.exec(
            select(func.count()).select_from(Contrast).where(col(Contrast.request_id).in_(of_run))
        ).one()
        calls = session.exec(
            select(func.count(col(Request.number).distinct())).where(Request.run_id == run_id)
        ).one()
    return kept + contrasts, calls


def begin(
    store: Store,
    dataset: Dataset,
    run_id: int,
    teacher: str,
    wanted: Mapping[int, Decimal | None],
    *,
    day_begins: datetime,
) -> tuple[Bulk, list[int]] | None:
    """Reserve owed requests for a bulk and write it down, before it is handed in.

    Args:
        store: the database.
        dataset: whose budget pays.
        run_id: the run whose requests they are.
        teacher: the recipe's way of writing who is asked.
        wanted: requests by number, each with the most it may cost.
        day_begins: of the budget's day.

    Returns:
        The bulk and which requests the budget holds; None if it holds none, or none is owed.
    """
    now = store.now()
    with store.write() as session:
        requests.lock(session, dataset.id)
        room = requests.room(session, dataset, day_begins)
        taken: list[Request] = []
        for row in session.exec(_waiting(run_id).with_for_update(**LOCKED)):
            if (number := row.id or 0) not in wanted:
                continue
            most = wanted[number]
            if room is not None and (room := room - (most or 0)) < 0:
                break
            row.state, row.reserved_usd, row.at = RequestState.RESERVED, most, now
            taken.append(row)
        if not taken:
            return None
        bulk = BulkRow(
            dataset_id=dataset.id,
            run_id=run_id,
            teacher=teacher,
            state=BulkState.SUBMITTING,
            at=now,
        )
        session.add(bulk)
        session.flush()
        for row in taken:
            row.bulk_id = bulk.id
            session.add(row)
        return _bulk(bulk), [row.id or 0 for row in taken]


def submitted(store: Store, bulk_id: int, provider_id: str) -> None:
    """The provider has it, under this name."""
    with store.write() as session:
        row = session.get_one(BulkRow, bulk_id, with_for_update=LOCKED)
        row.state, row.provider_id = BulkState.SUBMITTED, provider_id
        session.add(row)


def sending(store: Store, bulk_id: int) -> None:
    """It is about to be handed in, perhaps once more: from here on it may have arrived."""
    with store.write() as session:
        row = session.get_one(BulkRow, bulk_id, with_for_update=LOCKED)
        row.error, row.submitted_at = None, store.now()
        session.add(row)


def unsent(store: Store, bulk_id: int, why: str) -> None:
    """It did not arrive; it is to be handed in again."""
    with store.write() as session:
        row = session.get_one(BulkRow, bulk_id, with_for_update=LOCKED)
        row.error = why
        session.add(row)


def refuse(store: Store, bulk_id: int, why: str) -> None:
    """The provider does not take it at all; its requests are owed as if it had never been."""
    with store.write() as session:
        for row in session.exec(_reserved(bulk_id).with_for_update(**LOCKED)).all():
            _owe(session, row, row.pending)
        _close(session, bulk_id, BulkState.FAILED, why, store.now())


def end(store: Store, bulk_id: int, why: Mapping[str, str], otherwise: str) -> None:
    """Close a bulk: what is still reserved in it was not answered and cost nothing.

    It is owed again, unless it was handed in `MOST_TRIES` times.

    Args:
        store: the database.
        bulk_id: which.
        why: what the provider told of requests, by their keys.
        otherwise: what is true of the others.
    """
    now = store.now()
    with store.write() as session:
        for row in session.exec(_reserved(bulk_id).with_for_update(**LOCKED)).all():
            pending = row.pending or {}
            tries = pending.get(_TRIES, 0) + 1
            if tries < MOST_TRIES:
                _owe(session, row, {**pending, _TRIES: tries})
            else:
                _fail(session, row, why.get(row.key, otherwise), now)
        _close(session, bulk_id, BulkState.ENDED, None, now)


def _owe(session: Session, row: Request, pending: dict[str, Any] | None) -> None:
    row.state, row.bulk_id, row.reserved_usd = RequestState.OWED, None, None
    row.pending = pending
    session.add(row)


def _fail(session: Session, row: Request, error: str, now: datetime) -> None:
    row.state, row.error, row.settled_at = RequestState.FAILED, error, now
    row.cost_usd, row.reserved_usd, row.pending = Decimal(0), None, None
    session.add(row)


def _close(
    session: Session, bulk_id: int, state: BulkState, error: str | None, now: datetime
) -> None:
    row = session.get_one(BulkRow, bulk_id, with_for_update=LOCKED)
    row.state, row.error, row.ended_at = state, error, now
    session.add(row)


def _waiting(run_id: int) -> SelectOfScalar[Request]:
    return (
        select(Request)
        .where(Request.run_id == run_id, Request.state == RequestState.OWED)
        .order_by(col(Request.id))
    )


def _reserved(bulk_id: int) -> SelectOfScalar[Request]:
    return (
        select(Request)
        .where(Request.bulk_id == bulk_id, Request.state == RequestState.RESERVED)
        .order_by(col(Request.id))
    )


def _bulk(row: BulkRow) -> Bulk:
    return Bulk(
        id=row.id or 0,
        dataset_id=row.dataset_id,
        run_id=row.run_id or 0,
        teacher=row.teacher,
        provider_id=row.provider_id,
        sent_at=row.submitted_at or row.at,
        unsent=row.submitted_at is None or row.error is not None,
    )


def _owed(row: Request) -> Owed:
    return Owed(row.id or 0, row.key, row.teacher, row.pending or {}, row.reserved_usd)
