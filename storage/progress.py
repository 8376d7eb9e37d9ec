"""How far a run is, for the message that says so and for a person's daily limit."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, func, select

from core.votes import State
from storage import outbox
from storage.engine import Store
from storage.kinds import RequestState
from storage.run_tables import Request, Run
from storage.tables import Dataset, Post, Sample


@dataclass(frozen=True)
class Progress:
    """How far a run is; `cost_usd` leaves out what has no known price.

    `candidates` counts what was wanted: answers for contrast and mended samples, too, as far as the
    run told of them. `samples` are the candidates alone, wherever they are by now.
    `posted` counts those of its samples that are in review or beyond. `stopped` says why it ended,
    "" if it got what it wanted, None while it goes on.
    """

    run: int
    dataset_id: int
    dataset: str
    person: str | None
    about: str
    wanted: int
    candidates: int
    samples: int
    discarded: int
    posted: int
    cost_usd: Decimal
    cancelled: bool
    stopped: str | None
    at: datetime


def refresh(store: Store, run_id: int) -> None:
    """Have the message rendered again, if it is posted."""
    with store.write() as session:
        post = session.exec(select(Post.id, Post.dataset_id).where(Post.run_id == run_id)).first()
        if post is not None and post[0] is not None:
            outbox.want_update(session, post[0], post[1], store.now())


def of_run(store: Store, run_id: int) -> Progress:
    """How far a run is now."""
    with store.read() as session:
        row = session.get_one(Run, run_id)
        counted = _samples(session, run_id)
        discarded = counted.pop(State.DISCARDED, 0)
        return Progress(
            run=run_id,
            dataset_id=row.dataset_id,
            dataset=session.get_one(Dataset, row.dataset_id).name,
            person=row.person,
            about=str(row.wish.get("about") or ""),
            wanted=int(row.wish["wanted"]),
            candidates=max(row.candidates, sum(counted.values())),
            samples=sum(counted.values()),
            discarded=discarded,
            posted=sum(counted.values()) - counted.get(State.CANDIDATE, 0),
            cost_usd=_cost(session, run_id),
            cancelled=row.cancelled_at is not None,
            stopped=row.stopped if row.ended_at is not None else None,
            at=row.at,
        )


def coming(store: Store, dataset_id: int, person: str) -> int:
    """How many candidates a person's runs are still to bring (for `per_person_day`)."""
    with store.read() as session:
        rows = session.exec(
            select(Run).where(
                Run.dataset_id == dataset_id, Run.person == person, col(Run.ended_at).is_(None)
            )
        ).all()
        return sum(
            max(row.wish["wanted"] - sum(_samples(session, row.id or 0).values()), 0)
            for row in rows
        )


def candidates(store: Store, run_id: int) -> list[int]:
    """The samples that a run brought and nobody has posted yet, by number."""
    with store.read() as session:
        rows = session.exec(
            select(Sample.id)
            .join(Request, col(Request.id) == col(Sample.request_id))
            .where(Request.run_id == run_id, Sample.state == State.CANDIDATE)
            .order_by(col(Sample.id))
        ).all()
    return [number for number in rows if number]


def _samples(session: Session, run_id: int) -> dict[State, int]:
    rows = session.exec(
        select(Sample.state, func.count())
        .join(Request, col(Request.id) == col(Sample.request_id))
        .where(Request.run_id == run_id)
        .group_by(col(Sample.state))
    ).all()
    return {State(state): number for state, number in rows}


def _cost(session: Session, run_id: int) -> Decimal:
    """What was paid, and what is reserved for requests whose outcome is not known."""
    paid = session.exec(select(func.sum(Request.cost_usd)).where(Request.run_id == run_id)).one()
    held = session.exec(
        select(func.sum(Request.reserved_usd)).where(
            Request.run_id == run_id, Request.state == RequestState.RESERVED
        )
    ).one()
    return Decimal(paid or 0) + Decimal(held or 0)
