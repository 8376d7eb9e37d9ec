"""What a person's App Home shows: where they belong, their own votes, what a curator settles.

A Home must be published within Slack's three seconds for several datasets of a thousand samples
each, so these read a few rows of many samples, and whole samples only for the page that is shown.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select as columns
from sqlalchemy import tuple_
from sqlmodel import Session, col, func, select

from core.records import Record, from_json
from core.votes import State, Verdict, Vote, ballot, standing
from storage import folding, samples
from storage.engine import Store
from storage.kinds import FactKind, Role
from storage.samples import Shown
from storage.tables import Fact, Revision, Roster, Sample, VoteEvent

TO_SETTLE = (State.FROZEN, State.QUEUED, State.CONTESTED)
"""What a curator may settle, in the order in which to do it."""
_JUDGED = {Verdict.APPROVE, Verdict.REJECT}
_DECISIONS = {State.APPROVED: Verdict.APPROVE, State.REJECTED: Verdict.REJECT}


def roles(store: Store, user: str) -> dict[int, Role]:
    """What a person may do, by dataset; empty for someone who reviews nowhere."""
    with store.read() as session:
        rows = session.exec(select(Roster.dataset_id, Roster.role).where(Roster.user_id == user))
        return {dataset_id: Role(role) for dataset_id, role in rows.all()}


def curators(store: Store) -> list[str]:
    """The curators of all datasets, sorted."""
    with store.read() as session:
        found = session.exec(select(Roster.user_id).where(Roster.role == Role.CURATOR).distinct())
        return sorted(found.all())


def waiting_records(store: Store, dataset_id: int, *, most: int) -> list[Record]:
    """Some of what reviewers have to read now, to tell from how long one sample takes."""
    with store.read() as session:
        rows = session.exec(
            select(Revision.record)
            .join(
                Sample,
                (col(Sample.id) == Revision.sample_id) & (col(Sample.current) == Revision.number),
            )
            .where(
                Sample.dataset_id == dataset_id,
                col(Sample.state).in_([State.OPEN, State.CONTESTED]),
            )
            .order_by(col(Sample.id))
            .limit(most)
        ).all()
    return [from_json(text) for text in rows]


@dataclass(frozen=True)
class Cast:
    """A verdict that a person gave and that stands, and where its sample is now.

    `corrected` tells that the sample has another revision by now; `record` is the current one's.
    """

    sample: int
    verdict: Verdict
    at: datetime
    state: State
    corrected: bool
    record: Record


@dataclass(frozen=True)
class Mine:
    """One person's own part in a dataset.

    Attributes:
        this_week: ✅ and ❌ that they gave since a time and that stand; those that a correction
            brings by itself count as the correction, not as votes.
        in_all: the same without the time.
        corrections: revisions that they wrote and did not withdraw.
        decided: of their verdicts on current revisions, those whose sample is decided.
        agreed: of these, those that say what was decided.
        last: their last verdicts, the newest first.
    """

    this_week: int
    in_all: int
    corrections: int
    decided: int
    agreed: int
    last: tuple[Cast, ...]


@dataclass(frozen=True)
class _Given:
    sample: int
    revision: int
    current: int
    state: State
    verdict: Verdict
    at: datetime


def mine(store: Store, dataset_id: int, user: str, since: datetime, *, most: int = 5) -> Mine:
    """Count what a person did; `most` of their last verdicts come with their samples."""
    with store.read() as session:
        given = _given(session, dataset_id, user)
        told = [g for g in given if g.revision == g.current and g.state in _DECISIONS]
        return Mine(
            this_week=sum(g.at > since for g in given),
            in_all=len(given),
            corrections=_corrections(session, dataset_id, user),
            decided=len(told),
            agreed=sum(_DECISIONS[g.state] is g.verdict for g in told),
            last=tuple(_casts(session, given[:most])),
        )


def _given(session: Session, dataset_id: int, user: str) -> list[_Given]:
    """All verdicts of a person that stand, the newest first; a correction's own are left out."""
    rows = session.execute(
        columns(
            col(VoteEvent.sample_id), col(Sample.current), col(Sample.state), *folding.VOTE_COLUMNS
        )
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(
            col(Sample.dataset_id) == dataset_id,
            col(VoteEvent.user_id) == user,
            col(VoteEvent.token).not_like("correction:%"),
        )
    )
    votes: dict[tuple[int, int, State, int], list[Vote]] = defaultdict(list)
    for sample, current, state, *row in rows:
        vote = Vote(*row)
        votes[sample, current, state, vote.revision].append(vote)
    given = []
    for (sample, current, state, revision), cast in votes.items():
        verdict = ballot(cast, revision).verdicts.get(user)
        if verdict in _JUDGED:
            at = max(vote.at for vote in standing(cast) if vote.verdict is verdict)
            given.append(_Given(sample, revision, current, state, verdict, at))
    return sorted(given, key=lambda g: (g.at, g.sample, g.revision), reverse=True)


def _corrections(session: Session, dataset_id: int, user: str) -> int:
    withdrawn = select(Fact.id).where(
        Fact.sample_id == Revision.sample_id,
        Fact.kind == FactKind.WITHDRAW,
        Fact.revision == Revision.number,
    )
    return session.exec(
        select(func.count())
        .select_from(Revision)
        .join(Sample, col(Sample.id) == col(Revision.sample_id))
        .where(Sample.dataset_id == dataset_id, Revision.author == user, ~withdrawn.exists())
    ).one()


def _casts(session: Session, given: Sequence[_Given]) -> Iterable[Cast]:
    records = _records(session, {(g.sample, g.current) for g in given})
    for g in given:
        yield Cast(
            sample=g.sample,
            verdict=g.verdict,
            at=g.at,
            state=g.state,
            corrected=g.revision != g.current,
            record=records[g.sample, g.current],
        )


def _records(session: Session, which: Collection[tuple[int, int]]) -> dict[tuple[int, int], Record]:
    """Records by sample and revision."""
    rows = session.exec(
        select(Revision.sample_id, Revision.number, Revision.record).where(
            tuple_(col(Revision.sample_id), col(Revision.number)).in_(sorted(which))
        )
    ).all()
    return {(sample, number): from_json(text) for sample, number, text in rows}


def to_settle(store: Store, dataset_id: int) -> dict[int, State]:
    """The samples that a curator may settle, in the order in which to do it, with their states."""
    with store.read() as session:
        rows = session.exec(
            select(Sample.id, Sample.state).where(
                Sample.dataset_id == dataset_id, col(Sample.state).in_(TO_SETTLE)
            )
        ).all()
    found = {number or 0: State(state) for number, state in rows}
    ordered = sorted(found, key=lambda number: (TO_SETTLE.index(found[number]), number))
    return {number: found[number] for number in ordered}


def shown(store: Store, numbers: Sequence[int]) -> list[Shown]:
    """Some samples for one page, in the order given."""
    with store.read() as session:
        rows = session.exec(select(Sample).where(col(Sample.id).in_(numbers))).all()
        found = {row.id: samples.shown(store, session, row) for row in rows}
    return [found[number] for number in numbers if number in found]
