"""What of a dataset still needs one person, and what that person voted on: "One by one".

Everything here is read anew at each tap, so nothing is kept of where a person is: the place is the
first sample that still needs them. A look takes the same few queries however many samples there
are, since one vote's fold concerns one person only.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.votes import State, Verdict, Vote, ballot, standing
from storage import samples
from storage.engine import Store
from storage.folding import VOTE_COLUMNS
from storage.kinds import OutboxKind
from storage.samples import Shown
from storage.tables import Batch, Post, Revision, Sample, VoteEvent

NEEDING = (State.OPEN, State.CONTESTED)
"""What one more vote may decide."""


@dataclass(frozen=True)
class Look:
    """A sample as one person reviews it.

    Attributes:
        shown: its current revision; None when no sample needs the person.
        verdict: what the person says of that revision.
        position: its number in its batch, from 1, and the batch's size.
        waiting: how many samples need the person, this one included if it does.
        before: the sample that they voted on last before this one.
        given: on how many samples they gave each verdict; told at the end, when none is `shown`.
    """

    shown: Shown | None
    verdict: Verdict | None
    position: tuple[int, int] | None
    waiting: int
    before: int | None
    given: Mapping[Verdict, int]


def look(
    store: Store, dataset_id: int, user: str, *, batch: int | None = None, sample: int | None = None
) -> Look:
    """The first sample that needs a person, by batch and position; or the `sample` they go back to.

    With a `batch` (its key) nothing outside it counts.
    """
    scope = _scope(dataset_id, batch)
    with store.read() as session:
        waiting = _waiting(session, user, scope)
        number = sample if sample is not None else next(iter(waiting), None)
        if number is None:
            return _end(_voted(_votes(session, user, scope)))
        row = session.get_one(Sample, number)
        votes = _votes(session, user, [Sample.id == number])
        past = _votes(session, user, scope if batch is not None else [*scope, _RECENT])
        return Look(
            shown=samples.shown(store, session, row),
            verdict=_verdict(votes.get(number, ()), row.current, user),
            position=_position(session, row),
            waiting=len(waiting),
            before=_before(list(_voted(past)), number),
            given={},
        )


def _end(past: Mapping[int, Verdict]) -> Look:
    return Look(
        shown=None,
        verdict=None,
        position=None,
        waiting=0,
        before=_before(list(past), None),
        given={kind: list(past.values()).count(kind) for kind in _MEANT},
    )


def waiting_for(store: Store, dataset_id: int, user: str, *, batch: int | None = None) -> int:
    """How many samples need a person."""
    with store.read() as session:
        return len(_waiting(session, user, _scope(dataset_id, batch)))


def dataset_of(store: Store, batch: int) -> int:
    """The dataset that a batch belongs to."""
    with store.read() as session:
        return session.get_one(Batch, batch).dataset_id


_RECENT: Any = col(VoteEvent.id) > select(func.max(VoteEvent.id)).scalar_subquery() - 1_000
"""How far "back" reaches outside a batch, in votes of everybody, so that a tap does not cost more
with every vote there ever was."""
_MEANT = (Verdict.APPROVE, Verdict.REJECT, Verdict.SKIP)
_Votes = Mapping[int, Sequence[Vote]]


def _scope(dataset_id: int, batch: int | None) -> list[Any]:
    one = [] if batch is None else [Sample.batch_id == batch]
    return [Sample.dataset_id == dataset_id, *one]


def _votes(session: Session, user: str, scope: list[Any]) -> dict[int, list[Vote]]:
    """A person's vote events by sample."""
    cast = (
        columns(col(VoteEvent.sample_id), *VOTE_COLUMNS)
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(col(VoteEvent.user_id) == user, *scope)
    )
    votes: dict[int, list[Vote]] = defaultdict(list)
    for number, *row in session.execute(cast):
        votes[number].append(Vote(*row))
    return votes


def _waiting(session: Session, user: str, scope: list[Any]) -> list[int]:
    """Posted, undecided, not the person's own text, and without their verdict; in order."""
    undecided = [*scope, col(Sample.state).in_(NEEDING)]
    votes = _votes(session, user, undecided)
    posted = exists().where(
        col(Post.sample_id) == col(Sample.id), col(Post.kind) == OutboxKind.CARD
    )
    rows = session.execute(
        columns(col(Sample.id), col(Sample.current))
        .join(Revision, col(Revision.sample_id) == col(Sample.id))
        .where(
            *undecided,
            col(Revision.number) == col(Sample.current),
            col(Revision.author).is_distinct_from(user),
            posted,
        )
        .order_by(col(Sample.batch_id), col(Sample.id))
    ).all()
    return [number for number, now in rows if _verdict(votes.get(number, ()), now, user) is None]


def _verdict(votes: Sequence[Vote], revision: int, user: str) -> Verdict | None:
    return ballot(votes, revision).verdicts.get(user)


def _voted(votes: _Votes) -> dict[int, Verdict]:
    """What a person last said of each sample, on whatever revision; the latest first."""
    last = {
        number: max(meant, key=lambda vote: vote.at)
        for number, cast in votes.items()
        if (meant := [vote for vote in standing(cast) if vote.counted and vote.verdict in _MEANT])
    }
    newest = sorted(last, key=lambda number: (last[number].at, number), reverse=True)
    return {number: last[number].verdict for number in newest}


def _before(past: list[int], number: int | None) -> int | None:
    """The one after `number` in the list, which begins with the latest; else the latest."""
    following = past.index(number) + 1 if number in past else 0
    return past[following] if following < len(past) else None


def _position(session: Session, sample: Sample) -> tuple[int, int]:
    size, place = session.exec(
        select(func.count(), func.count().filter(col(Sample.id) <= sample.id)).where(
            Sample.batch_id == sample.batch_id
        )
    ).one()
    return place, size
