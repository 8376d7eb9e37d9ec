"""Folding a sample's events into its state, in the transaction that appended one of them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, exists, or_
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.votes import (
    DECIDED,
    Facts,
    Outcome,
    Policy,
    Settlement,
    State,
    Verdict,
    Vote,
    fold,
    stands,
)
from storage import outbox
from storage.engine import LOCKED, Store, must
from storage.kinds import FactKind, OutboxKind
from storage.tables import (
    Batch,
    Dataset,
    Export,
    ExportItem,
    Fact,
    Post,
    Sample,
    Transition,
    VoteEvent,
)

VOTE_COLUMNS: tuple[Any, ...] = (
    VoteEvent.user_id,
    VoteEvent.revision,
    VoteEvent.verdict,
    VoteEvent.token,
    VoteEvent.at,
    VoteEvent.present,
    VoteEvent.counted,
    VoteEvent.source,
)
_FACT_COLUMNS: tuple[Any, ...] = (
    Fact.kind,
    Fact.revision,
    Fact.user_id,
    Fact.value,
    Fact.reason,
    Fact.at,
)
# Every vote runs these: building a statement anew costs more than running it.
_LOCKED_SAMPLE = (
    select(Sample)
    .where(col(Sample.id) == bindparam("sample"))
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)
_VOTES = columns(*VOTE_COLUMNS).where(col(VoteEvent.sample_id) == bindparam("sample"))
_FACTS = columns(*_FACT_COLUMNS).where(col(Fact.sample_id) == bindparam("sample"))
_MESSAGES = columns(col(Post.id), col(Post.revision)).where(
    col(Post.sample_id) == bindparam("sample"),
    or_(*(col(Post.kind) == kind for kind in (OutboxKind.CARD, OutboxKind.NAME))),
)
_UNDECIDED = columns(
    exists().where(col(Sample.batch_id) == bindparam("batch"), col(Sample.state).not_in(DECIDED))
)
_BATCH_POSTS = columns(col(Post.id)).where(
    col(Post.batch_id) == bindparam("batch"),
    col(Post.kind).in_(bindparam("kinds", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Event:
    """A fact's row."""

    kind: FactKind
    revision: int
    user: str | None
    value: str | None
    reason: str
    at: datetime


def lock(session: Session, sample_id: int) -> Sample:
    """The sample's row, held until the transaction ends; every write verb begins with it."""
    row = session.scalars(_LOCKED_SAMPLE, {"sample": sample_id}).first()
    sample: Sample = must(row, f"There is no sample {sample_id}.")
    return sample


def votes_of(session: Session, sample_id: int) -> list[Vote]:
    """All vote events of a sample."""
    return [Vote(*row) for row in session.connection().execute(_VOTES, {"sample": sample_id})]


def facts_of(session: Session, sample: Sample) -> Facts:
    """All that the fold looks at."""
    rows = session.connection().execute(_FACTS, {"sample": sample.id})
    return gather(sample.current, votes_of(session, sample.id or 0), [Event(*row) for row in rows])


def gather(current: int, votes: Sequence[Vote], events: Sequence[Event]) -> Facts:
    """The same from rows that were loaded already."""
    frozen: dict[str, FactKind] = {}
    for event in sorted(events, key=lambda e: (e.at, e.kind is FactKind.UNFREEZE)):
        if event.kind in {FactKind.FREEZE, FactKind.UNFREEZE}:
            frozen[event.value or ""] = event.kind

    def concerned(kind: FactKind) -> frozenset[int]:
        return frozenset(event.revision for event in events if event.kind is kind)

    return Facts(
        current=current,
        votes=votes,
        settlements=[_settlement(event) for event in events if event.kind in _SETTLING],
        causes=frozenset(cause for cause, kind in frozen.items() if kind is FactKind.FREEZE),
        overdue=concerned(FactKind.OVERDUE),
        expired=concerned(FactKind.EXPIRE),
        withdrawn=concerned(FactKind.WITHDRAW),
    )


def outcomes(store: Store, session: Session, dataset_id: int) -> Iterator[tuple[Sample, Outcome]]:
    """Fold every sample of a dataset that was posted, in three queries.

    Yields:
        Samples by number; one that was never posted (a candidate, discarded, imported) has no fold.
    """
    votes: dict[int, list[Vote]] = defaultdict(list)
    events: dict[int, list[Event]] = defaultdict(list)
    of_dataset = select(Sample.id).where(Sample.dataset_id == dataset_id)
    cast = columns(col(VoteEvent.sample_id), *VOTE_COLUMNS)
    for number, *row in session.execute(cast.where(col(VoteEvent.sample_id).in_(of_dataset))):
        votes[number].append(Vote(*row))
    happened = columns(col(Fact.sample_id), *_FACT_COLUMNS)
    for number, *row in session.execute(happened.where(col(Fact.sample_id).in_(of_dataset))):
        events[number].append(Event(*row))
    posted = select(Sample).where(
        Sample.dataset_id == dataset_id, col(Sample.batch_id).is_not(None)
    )
    for sample in session.exec(posted.order_by(col(Sample.id))).all():
        number = sample.id or 0
        facts = gather(sample.current, votes.get(number, ()), events.get(number, ()))
        yield sample, fold(policy_of(store, sample), facts)


_SETTLING = {FactKind.SETTLE, FactKind.UNSETTLE}


def _settlement(event: Event) -> Settlement:
    verdict = Verdict(event.value or "") if event.kind is FactKind.SETTLE else None
    return Settlement(event.user or "", event.revision, verdict, event.at, event.reason)


def policy_of(store: Store, sample: Sample) -> Policy:
    """The policy that the sample was posted under."""
    review = store.recipe(sample.dataset_id, sample.recipe).review
    return Policy(review.lead, review.max_votes)


def outcome_of(store: Store, session: Session, sample: Sample) -> Outcome:
    """Fold without writing."""
    return fold(policy_of(store, sample), facts_of(session, sample))


def refold(
    store: Store, session: Session, sample: Sample, cause: str, *, card: int | None = None
) -> Outcome:
    """Fold again, write the state, and want what follows from a change.

    A sample that was never posted keeps its state: no vote made it. `card` is the message of the
    current revision, where the caller knows it.
    """
    now = store.now()
    policy, facts = policy_of(store, sample), facts_of(session, sample)
    outcome = fold(policy, facts)
    if sample.batch_id is None:
        return outcome
    old = sample.state
    if outcome.state is not old:
        move(session, sample, outcome.state, cause, now)
        _refresh_batch(session, sample.batch_id, sample.dataset_id, now)
        _tell_withdrawn(session, sample, old, (policy, facts, outcome), now)
        if outcome.state is State.FROZEN and outcome.flags:
            outbox.tell_curators(
                session,
                sample.dataset_id,
                "frozen",
                now,
                key=f"{sample.id}:{now}",
                sample=sample.id,
            )
        if outcome.state is State.APPROVED:
            _say_target(store, session, sample.dataset_id, now)
    if card is not None and State.CONTESTED not in {old, outcome.state}:
        outbox.want_update(session, card, sample.dataset_id, now)
    else:  # a contested sample may have messages that name somebody, too
        want_messages(session, sample, now)
    return outcome


def freeze(
    store: Store,
    session: Session,
    sample: Sample,
    cause: str,
    at: datetime,
    *,
    channel: str | None = None,
) -> None:
    """Hold an undecided sample for a cause, once; to be lifted by posting it again.

    With a `channel`, all its samples share the cause, and the curators are told of them together.
    """
    if cause in facts_of(session, sample).causes:
        return
    old = sample.state
    append_fact(session, sample, FactKind.FREEZE, at, value=cause)
    refold(store, session, sample, cause)
    if sample.state is State.FROZEN and old is not State.FROZEN:
        what = "channel_frozen" if channel else "frozen"
        key = f"{channel or sample.id}:{at}"
        about = {} if channel else {"sample": sample.id}
        outbox.tell_curators(session, sample.dataset_id, what, store.now(), key=key, **about)


def append_fact(
    session: Session,
    sample: Sample,
    kind: FactKind,
    at: datetime,
    *,
    user: str | None = None,
    value: str | None = None,
    reason: str = "",
) -> None:
    """Append an event that is no vote; it concerns the current revision."""
    session.add(
        Fact(
            sample_id=sample.id or 0,
            kind=kind,
            revision=sample.current,
            user_id=user,
            value=value,
            reason=reason,
            at=at,
        )
    )
    session.flush()


def move(session: Session, sample: Sample, new: State, cause: str, now: datetime) -> None:
    """Write a state and the transition to it."""
    session.add(
        Transition(sample_id=sample.id or 0, old=sample.state, new=new, cause=cause, at=now)
    )
    sample.state = new
    session.add(sample)
    session.flush()


def want_messages(session: Session, sample: Sample, now: datetime, *, every: bool = False) -> None:
    """Have the messages about the current revision (or about `every` one) rendered again."""
    for post_id, revision in session.connection().execute(_MESSAGES, {"sample": sample.id}).all():
        if every or revision == sample.current:
            outbox.want_update(session, post_id or 0, sample.dataset_id, now, soon=every)


def _refresh_batch(session: Session, batch_id: int, dataset_id: int, now: datetime) -> None:
    # Locked before its samples are looked at: of the last two votes, one must see the other.
    batch = session.get_one(Batch, batch_id, with_for_update=LOCKED)
    run = session.connection().execute
    closed = not run(_UNDECIDED, {"batch": batch_id}).scalar()
    changed = closed is (batch.closed_at is None)
    if changed:
        batch.closed_at = now if closed else None
        session.add(batch)
        session.flush()
    # Decided cards shrink when their batch ends, and grow again when one reopens.
    kinds = [OutboxKind.HEADER, OutboxKind.CARD] if changed else [OutboxKind.HEADER]
    for post_id in run(_BATCH_POSTS, {"batch": batch_id, "kinds": kinds}).scalars().all():
        outbox.want_update(session, post_id or 0, dataset_id, now)


def last_export(session: Session, dataset_id: int) -> Export | None:
    """The last published version."""
    return session.exec(
        select(Export).where(Export.dataset_id == dataset_id).order_by(col(Export.version).desc())
    ).first()


def _tell_withdrawn(
    session: Session,
    sample: Sample,
    old: State,
    folded: tuple[Policy, Facts, Outcome],
    now: datetime,
) -> None:
    """Tell the curators when what the last version holds of a sample may leave no more."""
    policy, facts, outcome = folded
    rows = session.exec(
        select(Export.version, ExportItem.revision)
        .join(ExportItem, col(ExportItem.export_id) == col(Export.id))
        .where(ExportItem.sample_id == sample.id)
        .order_by(col(Export.version))
    ).all()
    last = last_export(session, sample.dataset_id) if rows else None
    if last is None or rows[-1][0] != last.version:
        return
    exported = rows[-1][1]
    outlives = stands(policy, facts, exported)
    left = old is State.APPROVED or outlives
    leaves = outcome.state is State.APPROVED or (outlives and not outcome.flags)
    if left and not leaves:
        outbox.tell_curators(
            session,
            sample.dataset_id,
            "withdrawn",
            now,
            key=f"{sample.id}:{now}",
            sample=sample.id,
            versions=[version for version, revision in rows if revision == exported],
        )


def _say_target(store: Store, session: Session, dataset_id: int, now: datetime) -> None:
    recipe = store.recipe(dataset_id, session.get_one(Dataset, dataset_id).number)
    approved = session.exec(
        select(func.count())
        .select_from(Sample)
        .where(Sample.dataset_id == dataset_id, Sample.state == State.APPROVED)
    ).one()
    if approved >= recipe.target:
        outbox.tell_curators(
            session, dataset_id, "target", now, key=str(recipe.target), approved=approved
        )
