"""Naming a reviewer: who is asked to vote on what others disagree on, and what became of it.

A naming is decided under the rows of all datasets, since nobody is named too often over all of
them, and then the sample's. It is rare, and takes a few milliseconds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import bindparam, exists, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.naming import WAIT, Cast, Contest, Fate, Named, Reviewer, due, fate, today, whom
from core.votes import State, Vote, standing
from storage import folding, outbox
from storage.engine import Store, must
from storage.kinds import OutboxKind, Role
from storage.tables import (
    Away,
    Dataset,
    Naming,
    Post,
    Revision,
    Roster,
    Sample,
    Transition,
    VoteEvent,
)
from storage.votes import heard_before


class Answer(StrEnum):
    """What passing it on came to; `not_yours`: somebody else is asked, `over`: nobody is."""

    NEXT = "next"
    NOBODY = "nobody"
    NOT_YOURS = "not_yours"
    OVER = "over"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Passing:
    """A person wants someone else to be asked; `key` is the click's."""

    key: str
    sample: int
    revision: int
    user: str


@dataclass(frozen=True)
class Asked:
    """Whom a message names, for which revision, and what became of it."""

    sample: int
    revision: int
    user: str
    fate: Fate


def name_due(store: Store, dataset_id: int) -> list[int]:
    """Name one more reviewer for each contested sample that waited long enough.

    It is asked every second, so it locks nothing that is not due. Returns the samples for which
    somebody was named.
    """
    with store.read() as session:
        numbers = list(_choices(store, session, dataset_id))
    return [number for number in numbers if _name(store, number)]


def _name(store: Store, number: int) -> bool:
    with store.write() as session:
        sample = _locked(session, number)
        return _name_next(store, session, sample) is not None


def _locked(session: Session, number: int) -> Sample:
    """The sample's row, and before it every dataset's: namings take turns."""
    session.exec(select(Dataset).order_by(col(Dataset.id)).with_for_update(key_share=True)).all()
    return folding.lock(session, number)


def _name_next(store: Store, session: Session, sample: Sample) -> str | None:
    now = store.now()
    user = _choices(store, session, sample.dataset_id, only=sample.id).get(sample.id or 0)
    if user is not None:
        _let_go(store, session, sample, now)
        row = Naming(sample_id=sample.id or 0, revision=sample.current, user_id=user, at=now)
        session.add(row)
        session.flush()
        outbox.want(
            session,
            OutboxKind.NAME,
            f"name:{row.id}",
            now,
            dataset_id=sample.dataset_id,
            sample_id=sample.id,
            revision=sample.current,
        )
    return user


def _let_go(store: Store, session: Session, sample: Sample, now: datetime) -> None:
    """Who was named and is away by now is not waited for either when they are back."""
    here = _field(store, session, sample.dataset_id).here
    session.execute(
        update(Naming)
        .where(
            col(Naming.sample_id) == sample.id,
            col(Naming.revision) == sample.current,
            col(Naming.declined_at).is_(None),
            col(Naming.user_id).not_in(here),
        )
        .values(declined_at=now)
    )
    folding.want_messages(session, sample, now)


def pass_on(store: Store, passing: Passing) -> tuple[Answer, str | None]:
    """Let a named person be asked no more, and name the next one; says whom it is up to now."""
    with store.write() as session:
        sample = _locked(session, passing.sample)
        if heard_before(session, passing.key, store.now()):
            return Answer.DUPLICATE, None
        waiting = _waiting(store, session, sample, passing.revision)
        if waiting is None:
            return Answer.OVER, None
        if waiting.user_id != passing.user:
            return Answer.NOT_YOURS, waiting.user_id
        waiting.declined_at = store.now()
        session.add(waiting)
        session.flush()
        folding.want_messages(session, sample, store.now())
        user = _name_next(store, session, sample)
        return (Answer.NEXT if user else Answer.NOBODY), user


def _waiting(store: Store, session: Session, sample: Sample, revision: int) -> Naming | None:
    """Who is waited for; there is one at most."""
    rows = session.exec(
        select(Naming).where(Naming.sample_id == sample.id, Naming.revision == revision)
    ).all()
    return next((row for row in rows if _fate(store, session, sample, row) is Fate.WAITS), None)


def asked(store: Store, key: str) -> Asked:
    """What the message with a key (`name:NUMBER`) has to say."""
    with store.read() as session:
        number = int(key.partition(":")[2])
        row: Naming = must(session.get(Naming, number), f"There is no naming {number}.")
        sample = session.get_one(Sample, row.sample_id)
        became = _fate(store, session, sample, row)
        return Asked(row.sample_id, row.revision, row.user_id, became)


def _fate(store: Store, session: Session, sample: Sample, row: Naming) -> Fate:
    contest = None
    if (sample.state, sample.current) == (State.CONTESTED, row.revision):
        since = session.scalars(select(_SINCE).where(Transition.sample_id == sample.id)).one()
        contest = Contest(since, _field(store, session, sample.dataset_id).here)
    votes = _votes(session, [row.sample_id])[row.sample_id]
    return fate(_named(row), _casts(votes, row.revision), contest)


@dataclass(frozen=True)
class _Field:
    """Who reviews a dataset, is in its channel and not away; and since when namings count."""

    here: Mapping[str, Role]
    began: datetime


def _field(store: Store, session: Session, dataset_id: int) -> _Field:
    dataset = session.get_one(Dataset, dataset_id)
    zone = store.recipe(dataset_id, dataset.number).schedule.zone
    day, _ = today(store.now(), zone)
    away = select(Away.user_id).where(Away.dataset_id == dataset_id, Away.day == day)
    rows = session.exec(
        select(Roster.user_id, Roster.role).where(
            Roster.dataset_id == dataset_id,
            col(Roster.present),
            col(Roster.user_id).not_in(away),
        )
    ).all()
    return _Field({user: Role(role) for user, role in rows}, _began(store, session))


def _began(store: Store, session: Session) -> datetime:
    """When the earliest began of the days that it is now in the datasets' time zones.

    Who is not named too often since then was not on any of these days.
    """
    rows = session.exec(select(Dataset.id, Dataset.number)).all()
    zones = {store.recipe(number or 0, version).schedule.zone for number, version in rows}
    return min(today(store.now(), zone)[1] for zone in zones)


def _reviewers(session: Session, dataset_id: int, field: _Field) -> Iterator[Reviewer]:
    """Those who are there, with how often each was named."""
    times = select(Naming.user_id, func.count()).group_by(col(Naming.user_id))
    in_dataset = times.join(Sample, col(Sample.id) == col(Naming.sample_id)).where(
        Sample.dataset_id == dataset_id
    )
    lately = dict(list(session.exec(times.where(col(Naming.at) >= field.began)).all()))
    ever = dict(list(session.exec(in_dataset).all()))
    for user, role in field.here.items():
        curator = role is Role.CURATOR
        yield Reviewer(user, curator, lately.get(user, 0), ever.get(user, 0))


@dataclass(frozen=True)
class _Dispute:
    """A revision that has been contested for a while, and all that a naming looks at."""

    sample: int
    since: datetime
    named: Sequence[Named]
    casts: Sequence[Cast]
    excluded: Set[str]


def _choices(
    store: Store, session: Session, dataset_id: int, *, only: int | None = None
) -> dict[int, str]:
    """Whom to name now, by sample."""
    now = store.now()
    disputes = _disputes(session, dataset_id, now, only)
    if not disputes or session.get_one(Dataset, dataset_id).paused:
        return {}
    field = _field(store, session, dataset_id)
    waiting = [
        dispute
        for dispute in disputes
        if due(dispute.named, dispute.casts, Contest(dispute.since, field.here), now)
    ]
    if not waiting:
        return {}
    reviewers = list(_reviewers(session, dataset_id, field))
    chosen = {d.sample: whom(d.sample, reviewers, d.excluded) for d in waiting}
    return {sample: user for sample, user in chosen.items() if user is not None}


_SINCE = func.max(Transition.at).filter(col(Transition.new) == State.CONTESTED)
_CONTESTED = (
    columns(col(Sample.id), col(Sample.current), col(Revision.author), _SINCE)
    .join(Transition, col(Transition.sample_id) == col(Sample.id))
    .join(
        Revision,
        (col(Revision.sample_id) == Sample.id) & (col(Revision.number) == Sample.current),
    )
    .where(
        col(Sample.dataset_id) == bindparam("dataset"),
        col(Sample.state) == State.CONTESTED,
        exists().where(  # in whose thread it is said
            col(Post.sample_id) == Sample.id,
            col(Post.revision) == Sample.current,
            col(Post.kind) == OutboxKind.CARD,
        ),
    )
    .group_by(col(Sample.id), col(Sample.current), col(Revision.author))
    .order_by(col(Sample.id))
)


def _disputes(session: Session, dataset_id: int, now: datetime, only: int | None) -> list[_Dispute]:
    wanted = _CONTESTED if only is None else _CONTESTED.where(col(Sample.id) == only)
    rows = [row for row in session.execute(wanted, {"dataset": dataset_id}) if row[3] + WAIT <= now]
    numbers = [row[0] for row in rows]
    votes, named = _votes(session, numbers), _namings(session, numbers)
    return [
        _dispute(number, since, revision, author, votes[number], named[number])
        for number, revision, author, since in rows
    ]


def _dispute(
    sample: int,
    since: datetime,
    revision: int,
    author: str | None,
    votes: Sequence[tuple[Vote, datetime]],
    namings: Sequence[Naming],
) -> _Dispute:
    named = [_named(row) for row in namings if row.revision == revision]
    voted = {vote.user for vote in standing(v for v, _ in votes) if vote.revision == revision}
    excluded = voted | {one.user for one in named} | ({author} if author else set())
    return _Dispute(sample, since, named, _casts(votes, revision), excluded)


def _votes(session: Session, samples: list[int]) -> dict[int, list[tuple[Vote, datetime]]]:
    """The vote events of some samples, each with when the store heard of it."""
    found: dict[int, list[tuple[Vote, datetime]]] = defaultdict(list)
    if samples:
        events = columns(col(VoteEvent.sample_id), col(VoteEvent.seen_at), *folding.VOTE_COLUMNS)
        for sample, seen, *vote in session.execute(
            events.where(col(VoteEvent.sample_id).in_(samples))
        ):
            found[sample].append((Vote(*vote), seen))
    return found


def _casts(votes: Sequence[tuple[Vote, datetime]], revision: int) -> list[Cast]:
    return [
        Cast(vote.user, vote.verdict, seen)
        for vote, seen in votes
        if vote.revision == revision and vote.present and vote.counted
    ]


def _namings(session: Session, samples: list[int]) -> dict[int, list[Naming]]:
    found: dict[int, list[Naming]] = defaultdict(list)
    if samples:
        for row in session.exec(select(Naming).where(col(Naming.sample_id).in_(samples))):
            found[row.sample_id].append(row)
    return found


def _named(row: Naming) -> Named:
    return Named(row.user_id, row.at, row.declined_at)
