"""Numbers about a dataset, for `winnow stats`, the card of an export and the weekly summary."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.agreement import Agreement, agreement
from core.exports.about import Origin, Reviewer, pseudonyms
from core.votes import IN_REVIEW, Outcome, State, Verdict, Vote, ballot, settlement
from storage import folding, samples
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import FactKind, Role
from storage.tables import Fact, Reason, Roster, Sample, VoteEvent

Tally = dict[str, int]


@dataclass(frozen=True)
class Stats:
    """Counts by name, each {approved, rejected, open}; `open` counts all that is in review.

    `reasons` is how often each reason was given for a ❌, the most frequent first.
    """

    states: dict[str, int]
    categories: dict[str, Tally]
    reviewers: dict[str, Tally]
    teachers: dict[str, Tally]
    agreement: Agreement
    corrected: int
    reasons: dict[str, int]


def stats(store: Store, dataset: Dataset) -> Stats:
    """Count samples, votes and agreement.

    For a reviewer, `approved` and `rejected` are the verdicts in force on current revisions, and
    `open` is what is in review and still without their verdict.
    """
    with store.read() as session:
        rows = session.exec(select(Sample).where(Sample.dataset_id == dataset.id)).all()
        folded = list(folding.outcomes(store, session, dataset.id))
        return Stats(
            states={s.value: n for s, n in samples.count(store, dataset.id).items()},
            categories=_tally((row.category, row.state) for row in rows),
            reviewers=_reviewers(session, dataset.id, folded),
            teachers=_tally((row.origin.get("teacher", "import"), row.state) for row in rows),
            agreement=agreement(_units(session, dataset.id)),
            corrected=sum(row.current > 0 and row.state is State.APPROVED for row in rows),
            reasons=_reasons(session, dataset.id),
        )


def _reasons(session: Session, dataset_id: int) -> dict[str, int]:
    """Of each person and revision the last reason, whatever became of the ❌ and the sample."""
    rows = session.exec(
        select(Reason)
        .join(Sample, col(Sample.id) == col(Reason.sample_id))
        .where(Sample.dataset_id == dataset_id)
        .order_by(col(Reason.at), col(Reason.id))
    ).all()
    last = {(row.sample_id, row.revision, row.user_id): row.reason for row in rows}
    return dict(sorted(Counter(last.values()).items(), key=lambda item: (-item[1], item[0])))


@dataclass(frozen=True)
class Behind:
    """Who and what stands behind the records of an export, as the world may see it."""

    roster: tuple[Reviewer, ...]
    origins: tuple[Origin, ...]
    agreement: Agreement


def behind(store: Store, dataset: Dataset, revisions: Mapping[int, int]) -> Behind:
    """Gather what an export says of its records, given as sample to revision.

    The roster holds those whose verdict or settlement stands on one of these revisions. All that
    ever voted or settled on the dataset are numbered by when they first did, so that nobody's
    pseudonym changes from one version to the next.
    """
    with store.read() as session:
        return Behind(
            roster=tuple(_roster(session, dataset.id, revisions)),
            origins=tuple(_origins(session, dataset.id, revisions)),
            agreement=agreement(_units(session, dataset.id)),
        )


def _roster(session: Session, dataset_id: int, revisions: Mapping[int, int]) -> Iterable[Reviewer]:
    people = session.exec(select(Roster).where(Roster.dataset_id == dataset_id)).all()
    roles = {row.user_id: row.role for row in people}
    given = _verdicts(session, dataset_id, revisions)
    settled = _settled(session, dataset_id, revisions)
    for user, name in pseudonyms(_deciders(session, dataset_id)).items():
        if given[user] or settled[user]:
            curator = settled[user] or roles.get(user) is Role.CURATOR
            role: Literal["curator", "reviewer"] = "curator" if curator else "reviewer"
            yield Reviewer(name, role, given[user], settled[user])


def _deciders(session: Session, dataset_id: int) -> list[str]:
    """All that ever voted or settled, in the order in which the store first heard of it."""
    voted = session.exec(
        select(VoteEvent.user_id, func.min(VoteEvent.seen_at), func.min(VoteEvent.id))
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(Sample.dataset_id == dataset_id, col(VoteEvent.counted).is_(True))
        .group_by(VoteEvent.user_id)
    ).all()
    settled = session.exec(
        select(Fact.user_id, func.min(Fact.at), func.min(Fact.id))
        .join(Sample, col(Sample.id) == col(Fact.sample_id))
        .where(Sample.dataset_id == dataset_id, Fact.kind == FactKind.SETTLE)
        .group_by(col(Fact.user_id))
    ).all()
    ordered = sorted([*voted, *settled], key=lambda row: (row[1], row[2]))
    return list(dict.fromkeys(user for user, _, _ in ordered if user))


def _settled(session: Session, dataset_id: int, revisions: Mapping[int, int]) -> Counter[str]:
    """How many of these revisions each curator's settlement decides."""
    given: Counter[str] = Counter()
    events: dict[int, list[folding.Event]] = defaultdict(list)
    for row in session.exec(
        select(Fact)
        .join(Sample, col(Sample.id) == col(Fact.sample_id))
        .where(Sample.dataset_id == dataset_id)
    ):
        event = folding.Event(row.kind, row.revision, row.user_id, row.value, row.reason, row.at)
        events[row.sample_id].append(event)
    for number, revision in revisions.items():
        facts = folding.gather(revision, (), events.get(number, ()))
        if found := settlement(facts.settlements, revision):
            given[found.user] += 1
    return given


def _verdicts(session: Session, dataset_id: int, revisions: Mapping[int, int]) -> Counter[str]:
    """How many of these revisions each person approved or rejected."""
    votes: dict[int, list[Vote]] = defaultdict(list)
    rows = session.execute(
        columns(col(VoteEvent.sample_id), *folding.VOTE_COLUMNS)
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(col(Sample.dataset_id) == dataset_id)
    )
    for sample_id, *row in rows:
        votes[sample_id].append(Vote(*row))
    given: Counter[str] = Counter()
    for sample_id, revision in revisions.items():
        verdicts = ballot(votes[sample_id], revision).verdicts
        given.update(user for user, verdict in verdicts.items() if verdict is not Verdict.SKIP)
    return given


def _origins(session: Session, dataset_id: int, revisions: Mapping[int, int]) -> Iterable[Origin]:
    rows = session.exec(
        select(Sample.id, Sample.origin).where(Sample.dataset_id == dataset_id)
    ).all()
    keys = ("teacher", "ask", "prompt", "prompt_hash")
    ways = Counter(
        tuple(str(origin.get(key, "")) for key in keys)
        for sample_id, origin in rows
        if sample_id in revisions and "teacher" in origin
    )
    for way, records in sorted(ways.items(), key=lambda item: (-item[1], item[0])):
        teacher, ask, prompt, prompt_hash = way
        yield Origin(teacher, ask, prompt, prompt_hash, records)


def _blank() -> Tally:
    return {"approved": 0, "rejected": 0, "open": 0}


def _tally(pairs: Iterable[tuple[str, State]]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(_blank)
    for name, state in pairs:
        key = "open" if state in IN_REVIEW else state.value
        if key in _blank():
            tallies[name][key] += 1
    return dict(sorted(tallies.items()))


def _reviewers(
    session: Session, dataset_id: int, folded: list[tuple[Sample, Outcome]]
) -> dict[str, Tally]:
    people = session.exec(select(Roster.user_id).where(Roster.dataset_id == dataset_id)).all()
    tallies: dict[str, Tally] = defaultdict(_blank, {user: _blank() for user in people})
    for _, outcome in folded:
        for user, verdict in outcome.ballot.verdicts.items():
            if verdict in {Verdict.APPROVE, Verdict.REJECT}:
                key = "approved" if verdict is Verdict.APPROVE else "rejected"
                tallies[user][key] += 1
        if outcome.state in IN_REVIEW:
            for user in people:
                tallies[user]["open"] += user not in outcome.ballot.verdicts
    return dict(sorted(tallies.items()))


def _units(session: Session, dataset_id: int) -> list[list[str]]:
    """The independent verdicts on each revision: a corrector's own two say nothing new."""
    rows = session.execute(
        columns(col(VoteEvent.sample_id), *folding.VOTE_COLUMNS)
        .join(Sample, col(Sample.id) == col(VoteEvent.sample_id))
        .where(col(Sample.dataset_id) == dataset_id, col(VoteEvent.token).not_like("correction:%"))
    )
    by_revision: dict[tuple[int, int], list[Vote]] = defaultdict(list)
    for sample_id, *row in rows:
        vote = Vote(*row)
        by_revision[sample_id, vote.revision].append(vote)
    units = []
    for (_, revision), votes in sorted(by_revision.items()):
        verdicts = ballot(votes, revision).verdicts.values()
        said = [v.value for v in verdicts if v in {Verdict.APPROVE, Verdict.REJECT}]
        units.append(said)
    return units


def rewrite_folds(store: Store, dataset: Dataset, *, fix: bool) -> list[tuple[int, State, State]]:
    """Fold every posted sample again; returns (sample, cached, folded) where the two differ.

    With `fix` the cache is written anew, as a transition of its own.
    """
    with store.read() as session:
        wrong = [
            (sample.id or 0, sample.state, outcome.state)
            for sample, outcome in folding.outcomes(store, session, dataset.id)
            if sample.state is not outcome.state
        ]
    for number, _, _ in wrong if fix else ():
        with store.write() as session:
            folding.refold(store, session, folding.lock(session, number), "doctor")
    return wrong
