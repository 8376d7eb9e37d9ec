"""Settlements by curators, and what stops a sample without anybody's vote: freezing, time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from core.errors import WinnowError
from core.votes import IN_REVIEW, State, Verdict
from storage import folding, outbox
from storage.datasets import role_of
from storage.engine import Store
from storage.kinds import FactKind, OutboxKind, Role
from storage.tables import Fact, Post, Sample
from storage.votes import heard_before

_SETTLED_FROM = (State.CONTESTED, State.QUEUED, State.FROZEN)


@dataclass(frozen=True)
class Ruling:
    """A curator's verdict on a revision, with the reason; verdict None takes a settlement back."""

    key: str
    sample: int
    revision: int
    user: str
    verdict: Verdict | None
    reason: str
    channel: str
    at: datetime


def settle(store: Store, ruling: Ruling) -> State:
    """Write a settlement and decide; tells those it overrules. Returns the new state.

    Raises:
        WinnowError: not a curator, another revision by now, or a sample that needs no settling.
    """
    with store.write() as session:
        sample = folding.lock(session, ruling.sample)
        if heard_before(session, ruling.key, store.now()):
            return sample.state
        _may_settle(store, session, sample, ruling)
        kind = FactKind.SETTLE if ruling.verdict else FactKind.UNSETTLE
        folding.append_fact(
            session,
            sample,
            kind,
            ruling.at,
            user=ruling.user,
            value=ruling.verdict and ruling.verdict.value,
            reason=ruling.reason,
        )
        outcome = folding.refold(store, session, sample, kind.value)
        opposite = Verdict.REJECT if ruling.verdict is Verdict.APPROVE else Verdict.APPROVE
        for user in outcome.ballot.who(opposite) if ruling.verdict else ():
            outbox.tell_once(
                session,
                sample.dataset_id,
                user,
                f"overruled:{ruling.key}",
                store.now(),
                channel=ruling.channel,
                sample=sample.id,
                verdict=ruling.verdict,
                reason=ruling.reason,
            )
        return sample.state


def _may_settle(store: Store, session: Session, sample: Sample, ruling: Ruling) -> None:
    if role_of(session, sample.dataset_id, ruling.user) is not Role.CURATOR:
        raise WinnowError("Only a curator of this dataset settles a sample.")
    if ruling.revision != sample.current:
        raise WinnowError(
            f"Sample {sample.id} was corrected since: version {sample.current + 1} is current.",
            "Look at it, then settle again.",
        )
    if ruling.verdict and sample.state not in _SETTLED_FROM:
        raise WinnowError(f"Sample {sample.id} is {sample.state} and needs no settling.")
    if not ruling.verdict and folding.outcome_of(store, session, sample).settlement is None:
        raise WinnowError(f"Sample {sample.id} is not settled.")


def freeze(store: Store, channel: str, ts: str, cause: str, at: datetime) -> int | None:
    """The message of a sample's current revision is gone: keep its votes, hold its decision."""
    with store.write() as session:
        post = session.exec(
            select(Post).where(Post.channel == channel, Post.ts == ts, Post.kind == OutboxKind.CARD)
        ).first()
        if post is None or post.sample_id is None:
            return None
        sample = folding.lock(session, post.sample_id)
        newest = session.exec(
            select(func.max(Post.id)).where(
                Post.sample_id == sample.id,
                Post.kind == OutboxKind.CARD,
                Post.revision == sample.current,
            )
        ).one()
        if post.id != newest:
            return None
        folding.freeze(store, session, sample, cause, at)
        return sample.id


def freeze_channel(store: Store, channel: str, cause: str, at: datetime, *, lift: bool) -> int:
    """A whole channel cannot be read (or can again, `lift`); returns how many samples it holds."""
    held = select(Fact.sample_id).where(Fact.kind == FactKind.FREEZE, Fact.value == cause)
    concerned = col(Sample.id).in_(held) if lift else col(Sample.state).in_(IN_REVIEW)
    with store.read() as session:
        numbers = session.exec(
            select(Post.sample_id)
            .join(Sample, col(Sample.id) == col(Post.sample_id))
            .where(Post.channel == channel, concerned)
            .distinct()
            .order_by(col(Post.sample_id))
        ).all()
    for number in numbers:
        with store.write() as session:
            sample = folding.lock(session, number or 0)
            if not lift:
                folding.freeze(store, session, sample, cause, at, channel=channel)
            elif cause in folding.facts_of(session, sample).causes:
                folding.append_fact(session, sample, FactKind.UNFREEZE, at, value=cause)
                folding.refold(store, session, sample, "readable again")
    return len(numbers)


def pass_time(store: Store, dataset_id: int) -> list[int]:
    """Queue what waited too long, expire what may expire; returns the samples concerned.

    It is asked every second, so it locks nothing that is not due.
    """
    with store.read() as session:
        rows = session.execute(_WAITING, {"dataset": dataset_id}).all()
    now = store.now()
    due = [
        number
        for number, state, recipe, shown in rows
        if any(shown + after <= now for after in _limits(store, dataset_id, recipe, state))
    ]
    return [number for number in due if _age(store, number)]


_WAITING = (
    columns(col(Sample.id), col(Sample.state), col(Sample.recipe), func.min(Post.at))
    .join(Post, (col(Post.sample_id) == Sample.id) & (col(Post.revision) == Sample.current))
    .where(
        col(Sample.dataset_id) == bindparam("dataset"),
        col(Sample.state).in_([State.OPEN, State.CONTESTED, State.QUEUED]),
        col(Post.kind) == OutboxKind.CARD,
    )
    .group_by(col(Sample.id), col(Sample.state), col(Sample.recipe))
    .order_by(col(Sample.id))
)


def _limits(store: Store, dataset_id: int, recipe: int, state: State) -> list[timedelta]:
    review = store.recipe(dataset_id, recipe).review
    queue = None if state is State.QUEUED else review.queue_after
    return [after for after in (queue, review.expire_after) if after is not None]


def _age(store: Store, sample_id: int) -> bool:
    """Append what a sample's age brings; tells whether it brought anything."""
    now = store.now()
    with store.write() as session:
        sample = folding.lock(session, sample_id)
        review = store.recipe(sample.dataset_id, sample.recipe).review
        limits = {FactKind.OVERDUE: review.queue_after, FactKind.EXPIRE: review.expire_after}
        shown = _shown_since(session, sample)
        due = [
            kind for kind, after in limits.items() if _due(session, sample, kind, shown, after, now)
        ]
        for kind in due:
            folding.append_fact(session, sample, kind, now)
        if due:
            folding.refold(store, session, sample, due[-1].value)
        return bool(due)


def _shown_since(session: Session, sample: Sample) -> datetime | None:
    return session.exec(
        select(func.min(Post.at)).where(
            Post.sample_id == sample.id,
            Post.kind == OutboxKind.CARD,
            Post.revision == sample.current,
        )
    ).one()


def _due(
    session: Session,
    sample: Sample,
    kind: FactKind,
    shown: datetime | None,
    after: timedelta | None,
    now: datetime,
) -> bool:
    if shown is None or after is None or shown + after > now:
        return False
    said = session.exec(
        select(Fact.id).where(
            Fact.sample_id == sample.id, Fact.kind == kind, Fact.revision == sample.current
        )
    ).first()
    return said is None
