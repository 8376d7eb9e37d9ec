"""Samples: candidates come in, the batcher takes them out, discarded ones keep their reason."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy import insert as sql_insert
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.records import Record, from_json, to_json
from core.votes import IN_REVIEW, Outcome, State
from storage import folding, reasons
from storage.engine import LOCKED, Store, must
from storage.kinds import OutboxKind
from storage.tables import Dataset, Post, Revision, Sample


@dataclass(frozen=True)
class New:
    """A sample to store; with a `reason` it is discarded, and `record` may be missing then."""

    record: Record | None
    category: str
    language: str
    origin: dict[str, Any]
    difficulty: str | None = None
    request_id: int | None = None
    reason: str | None = None
    explanation: str | None = None
    raw: str | None = None
    imported_by: str | None = None
    parent_id: int | None = None
    family: int | None = None


@dataclass(frozen=True)
class Known:
    """A record that new ones must not repeat; `family` is the first sample of its line."""

    sample: int
    family: int
    record: Record


@dataclass(frozen=True)
class Shown:
    """A sample as people see it: its current record and what the votes come to.

    `recipe` is the version it was posted under; `reasons` are those of who rejects the current
    revision, by person.
    """

    id: int
    dataset_id: int
    state: State
    category: str
    difficulty: str | None
    language: str
    origin: dict[str, Any]
    revision: int
    record: Record
    author: str | None
    outcome: Outcome
    batch_id: int | None
    before: Record | None = None
    posts: dict[int, tuple[str, str]] = field(default_factory=dict)
    recipe: int = 1
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> tuple[str, str] | None:
        """Channel and ts of the message that shows the current revision."""
        return self.posts.get(self.outcome.revision)


def add(store: Store, dataset_id: int, news: Iterable[New]) -> list[int]:
    """Store new samples in one transaction; returns their numbers in order."""
    with store.write() as session:
        # A run that settles at the same time must see them all, or none of them.
        session.get(Dataset, dataset_id, with_for_update=LOCKED)
        return insert(session, dataset_id, news, store.now())


_NEW = sql_insert(Sample).returning(col(Sample.id), sort_by_parameter_order=True)


def insert(session: Session, dataset_id: int, news: Iterable[New], now: datetime) -> list[int]:
    """The same inside a transaction that stores more."""
    kept = list(news)
    if not kept:
        return []
    rows = [_row(dataset_id, new, now) for new in kept]
    numbers = [number or 0 for number in session.connection().execute(_NEW, rows).scalars()]
    revisions = [
        {"sample_id": number, "number": 0, "record": to_json(new.record), "at": now}
        for number, new in zip(numbers, kept, strict=True)
        if new.record is not None
    ]
    if revisions:
        session.connection().execute(sql_insert(Revision), revisions)
    return numbers


def _row(dataset_id: int, new: New, now: datetime) -> dict[str, Any]:
    state = State.APPROVED if new.imported_by else State.CANDIDATE
    return {
        "dataset_id": dataset_id,
        "state": State.DISCARDED if new.reason else state,
        "current": 0,
        "category": new.category,
        "difficulty": new.difficulty,
        "language": new.language,
        "request_id": new.request_id,
        "origin": new.origin,
        "reason": new.reason,
        "explanation": new.explanation,
        "raw": new.raw,
        "imported_by": new.imported_by,
        "parent_id": new.parent_id,
        "family": new.family,
        "recipe": 1,
        "at": now,
    }


def known(store: Store, dataset_id: int) -> list[Record]:
    """Every record that a new one must not repeat: candidates, in review, approved, rejected."""
    with store.read() as session:
        return [one.record for one in since(session, dataset_id, 0)]


def repeatable(store: Store, dataset_id: int) -> list[Known]:
    """The same, with their samples and families."""
    with store.read() as session:
        return since(session, dataset_id, 0)


def since(session: Session, dataset_id: int, number: int) -> list[Known]:
    """The same, of samples after `number`, each with its family."""
    rows = session.connection().execute(_SINCE, {"dataset": dataset_id, "number": number}).all()
    return [Known(row.id, row.family or row.id, from_json(row.record)) for row in rows]


_SINCE = (
    columns(col(Sample.id), col(Sample.family), col(Revision.record))
    .join(Revision, col(Revision.sample_id) == col(Sample.id))
    .where(
        col(Sample.dataset_id) == bindparam("dataset"),
        col(Sample.id) > bindparam("number"),
        col(Sample.state) != State.DISCARDED,
    )
    .order_by(col(Revision.sample_id), col(Revision.number))
)


def families(session: Session, numbers: Collection[int]) -> dict[int, int]:
    """Of each of these samples, the first of its line."""
    if not numbers:
        return {}
    rows = session.exec(select(Sample.id, Sample.family).where(col(Sample.id).in_(numbers)))
    return {number: family or number for number, family in rows if number is not None}


def variants(session: Session, numbers: Collection[int]) -> dict[int, int]:
    """How many variants each of these samples has that are not discarded or rejected."""
    if not numbers:
        return {}
    rows = session.exec(
        select(Sample.parent_id, func.count())
        .where(
            col(Sample.parent_id).in_(numbers),
            col(Sample.family).is_not(None),
            col(Sample.state).not_in([State.DISCARDED, State.REJECTED]),
        )
        .group_by(col(Sample.parent_id))
    )
    return {number: variants for number, variants in rows if number is not None}


def count(store: Store, dataset_id: int) -> dict[State, int]:
    """How many samples stand in each state; every state is there."""
    with store.read() as session:
        rows = session.exec(
            select(Sample.state, func.count())
            .where(Sample.dataset_id == dataset_id)
            .group_by(col(Sample.state))
        ).all()
    found = {State(state): number for state, number in rows}
    return {state: found.get(state, 0) for state in State}


def record_at(session: Session, sample_id: int, number: int) -> Record:
    """The record of one revision."""
    row = session.get(Revision, (sample_id, number))
    return from_json(must(row, f"Sample {sample_id} has no revision {number}.").record)


def show(store: Store, sample_id: int, revision: int | None = None) -> Shown:
    """A sample for rendering: a revision (the current one unless told) and the sample's outcome."""
    with store.read() as session:
        row: Sample = must(session.get(Sample, sample_id), f"There is no sample {sample_id}.")
        return shown(store, session, row, revision)


def shown(store: Store, session: Session, row: Sample, revision: int | None = None) -> Shown:
    """The same inside a transaction."""
    number = row.current if revision is None else revision
    version: Revision = must(
        session.get(Revision, (row.id, number)), f"Sample {row.id} has no revision {number}."
    )
    posts = session.exec(
        select(Post)
        .where(Post.sample_id == row.id, Post.kind == OutboxKind.CARD)
        .order_by(col(Post.id))
    ).all()
    base = version.base
    outcome = folding.outcome_of(store, session, row)
    current = number == row.current
    return Shown(
        id=row.id or 0,
        dataset_id=row.dataset_id,
        state=row.state,
        category=row.category,
        difficulty=row.difficulty,
        language=row.language,
        origin=row.origin,
        revision=number,
        record=from_json(version.record),
        author=version.author,
        outcome=outcome,
        batch_id=row.batch_id,
        before=record_at(session, row.id or 0, base) if base is not None else None,
        posts={post.revision or 0: (post.channel, post.ts) for post in posts},
        recipe=row.recipe,
        reasons=reasons.standing(session, row.id or 0, number, outcome.ballot) if current else {},
    )


def in_state(store: Store, dataset_id: int, states: Iterable[State]) -> list[Shown]:
    """All samples in some states, oldest first."""
    with store.read() as session:
        rows = session.exec(
            select(Sample)
            .where(Sample.dataset_id == dataset_id, col(Sample.state).in_(list(states)))
            .order_by(col(Sample.id))
        ).all()
        return [shown(store, session, row) for row in rows]


def in_review(store: Store, dataset_id: int) -> int:
    """How many samples wait for reviewers or curators."""
    counts = count(store, dataset_id)
    return sum(counts[state] for state in IN_REVIEW)


def restore(store: Store, sample_id: int) -> State:
    """Bring a discarded sample back among the candidates.

    Raises:
        WinnowError: it is not discarded, or what the teacher sent was no record.
    """
    with store.write() as session:
        sample = folding.lock(session, sample_id)
        if sample.state is not State.DISCARDED:
            must(None, f"Sample {sample_id} is {sample.state}, not discarded.")
        if session.get(Revision, (sample_id, 0)) is None:
            must(None, f"Sample {sample_id} is no record: {sample.explanation}")
        folding.move(session, sample, State.CANDIDATE, "restored", store.now())
        return sample.state
