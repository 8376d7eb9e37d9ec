"""Batches: what the batcher takes from the candidates at one time, under one header message."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, true

from core.votes import DECIDED, IN_REVIEW, State
from storage import folding, outbox
from storage.datasets import Dataset
from storage.engine import LOCKED, Store, add_new
from storage.kinds import FactKind, OutboxKind
from storage.outbox import Errand
from storage.tables import Batch, Inbox, Outbox, Post, Sample
from storage.tables import Dataset as DatasetRow

_ABOUT_A_SAMPLE = (OutboxKind.CARD, OutboxKind.NAME)
_HEADER_DELAY = timedelta(seconds=8)
"""All cards of a batch share its header, which must not use up Slack's rate for chat.update."""


@dataclass(frozen=True)
class Opened:
    """A batch: its key and the samples in it, in the order of posting."""

    id: int
    number: int
    samples: tuple[int, ...]


@dataclass(frozen=True)
class Progress:
    """How far a batch and its dataset are."""

    number: int
    size: int
    decided: int
    approved: int
    target: int
    closed: bool
    positions: dict[int, int]
    short: tuple[tuple[int, str, str], ...]


def lacking(store: Store, dataset: Dataset, size: int) -> int:
    """How many candidates a batch of `size` lacks, within `max_open` and the target."""
    with store.read() as session:
        room = _room(session, dataset, size)
        return max(0, room - _count(session, dataset.id, [State.CANDIDATE]))


def _count(session: Session, dataset_id: int, states: list[State]) -> int:
    number: int = session.exec(
        select(func.count())
        .select_from(Sample)
        .where(Sample.dataset_id == dataset_id, col(Sample.state).in_(states))
    ).one()
    return int(number)


def _room(session: Session, dataset: Dataset, size: int) -> int:
    waiting = _count(session, dataset.id, list(IN_REVIEW))
    approved = _count(session, dataset.id, [State.APPROVED])
    recipe = dataset.recipe
    left = recipe.target - approved
    return max(0, min(size, recipe.schedule.max_open - waiting, left))


def open_batch(
    store: Store,
    dataset: Dataset,
    size: int,
    *,
    key: str | None = None,
    samples: Sequence[int] | None = None,
) -> Opened | None:
    """Take up to `size` candidates into review and want their cards; None when there is no room.

    A `key` (a due time, say) makes a second call with it do nothing. With `samples` only these are
    taken, whatever else waits.
    """
    wanted = true() if samples is None else col(Sample.id).in_(samples)
    now = store.now()
    with store.write() as session:
        session.get(DatasetRow, dataset.id, with_for_update=LOCKED)
        if key is not None and not add_new(session, Inbox, key=f"batch:{key}", at=now):
            return None
        room = _room(session, dataset, size)
        rows = session.exec(
            select(Sample)
            .where(Sample.dataset_id == dataset.id, Sample.state == State.CANDIDATE, wanted)
            .order_by(col(Sample.id))
            .limit(room)
            .with_for_update(key_share=True)
        ).all()
        if not rows:
            return None
        batch = _insert(session, dataset.id, now)
        for sample in rows:
            _release(session, dataset, batch, sample, now)
    return Opened(batch.id or 0, batch.number, tuple(sample.id or 0 for sample in rows))


def _insert(session: Session, dataset_id: int, now: datetime) -> Batch:
    last = session.exec(select(func.max(Batch.number)).where(Batch.dataset_id == dataset_id)).one()
    batch = Batch(dataset_id=dataset_id, number=(last or 0) + 1, at=now)
    session.add(batch)
    session.flush()
    outbox.want(
        session,
        OutboxKind.HEADER,
        f"header:{batch.id}",
        now,
        dataset_id=dataset_id,
        batch_id=batch.id,
    )
    return batch


def _release(
    session: Session, dataset: Dataset, batch: Batch, sample: Sample, now: datetime
) -> None:
    sample.batch_id = batch.id
    sample.recipe = dataset.number
    folding.move(session, sample, State.OPEN, f"batch:{batch.number}", now)
    want_card(session, sample, now, attempt=0)


def want_card(session: Session, sample: Sample, now: datetime, *, attempt: int) -> None:
    """Want the message of a sample's current revision; a new attempt is a new key."""
    outbox.want(
        session,
        OutboxKind.CARD,
        f"card:{sample.id}:{sample.current}:{attempt}",
        now,
        dataset_id=sample.dataset_id,
        sample_id=sample.id,
        batch_id=sample.batch_id,
        revision=sample.current,
    )


def post_again(store: Store, dataset: Dataset) -> list[int]:
    """Want new messages for samples whose message cannot be read; posting lifts that cause."""
    with store.read() as session:
        frozen = session.exec(
            select(Sample.id)
            .where(Sample.dataset_id == dataset.id, Sample.state == State.FROZEN)
            .order_by(col(Sample.id))
        ).all()
    return [number for number in frozen if number and _want_again(store, number)]


def _want_again(store: Store, sample_id: int) -> bool:
    with store.write() as session:
        sample = folding.lock(session, sample_id)
        if not folding.facts_of(session, sample).causes:
            return False
        attempts = session.exec(
            select(Outbox.state).where(
                Outbox.sample_id == sample_id,
                Outbox.revision == sample.current,
                Outbox.kind == OutboxKind.CARD,
            )
        ).all()
        if not set(attempts) & set(outbox.WAITING):
            want_card(session, sample, store.now(), attempt=len(attempts))
        return True


def posted(store: Store, errand: Errand, channel: str, ts: str, thread_ts: str | None) -> None:
    """Record where a message went, and want what follows: seeds, and the line left behind."""
    now = store.now()
    with store.write() as session:
        about = errand.kind in _ABOUT_A_SAMPLE and errand.sample_id is not None
        sample = folding.lock(session, errand.sample_id or 0) if about else None
        add_new(
            session,
            Post,
            key=errand.key,
            kind=errand.kind,
            dataset_id=errand.dataset_id,
            sample_id=errand.sample_id,
            batch_id=errand.batch_id,
            run_id=errand.run_id,
            revision=errand.revision,
            channel=channel,
            ts=ts,
            thread_ts=thread_ts,
            replies=0,
            at=now,
        )
        if sample is not None and errand.kind is OutboxKind.NAME:
            # Whoever voted while it was on its way did not find it.
            folding.want_messages(session, sample, now)
        elif sample is not None:
            _follow(store, session, sample, errand, {"channel": channel, "ts": ts}, now)
        outbox.finish(session, errand, now)


def _follow(
    store: Store,
    session: Session,
    sample: Sample,
    errand: Errand,
    place: dict[str, str],
    now: datetime,
) -> None:
    if not errand.key.endswith(":0"):
        _thaw(store, session, sample, now)
    outbox.want(
        session,
        OutboxKind.SEED,
        f"seed:{errand.key}",
        now,
        dataset_id=errand.dataset_id,
        args=place,
    )
    if errand.revision:
        folding.want_messages(session, sample, now, every=True)


def _thaw(store: Store, session: Session, sample: Sample, now: datetime) -> None:
    """A message posted anew lifts what kept the one before it from being read, and no flag."""
    causes = folding.facts_of(session, sample).causes
    for cause in sorted(causes):
        folding.append_fact(session, sample, FactKind.UNFREEZE, now, value=cause)
    if causes:
        folding.refold(store, session, sample, "posted again")


def touch(store: Store, batch_id: int) -> None:
    """Have a batch's header rendered again before long: votes that decide nothing show there."""
    later = store.now() + _HEADER_DELAY
    with store.write() as session:
        headers = session.exec(
            select(Post.id, Post.dataset_id).where(
                Post.batch_id == batch_id, Post.kind == OutboxKind.HEADER
            )
        ).all()
        for post_id, dataset_id in headers:
            outbox.want_update(session, post_id or 0, dataset_id, later)


def progress(store: Store, batch_id: int) -> Progress:
    """What the header of a batch shows; `short` are (sample, channel, ts) one ✅ or ❌ short."""
    with store.read() as session:
        batch = session.get_one(Batch, batch_id)
        rows = session.exec(
            select(Sample).where(Sample.batch_id == batch_id).order_by(col(Sample.id))
        ).all()
        recipe = store.recipe(batch.dataset_id, rows[0].recipe if rows else 1)
        short = []
        for sample in rows:
            if sample.state in {State.OPEN, State.CONTESTED}:
                ballot = folding.outcome_of(store, session, sample).ballot
                lead = abs(ballot.approvals - ballot.rejections)
                post = _current_post(session, sample)
                if post is not None and lead == recipe.review.lead - 1:
                    short.append((sample.id or 0, post.channel, post.ts))
        return Progress(
            number=batch.number,
            size=len(rows),
            decided=sum(sample.state in DECIDED for sample in rows),
            approved=_count(session, batch.dataset_id, [State.APPROVED]),
            target=recipe.target,
            closed=batch.closed_at is not None,
            positions={sample.id or 0: n for n, sample in enumerate(rows, 1)},
            short=tuple(short),
        )


def _current_post(session: Session, sample: Sample) -> Post | None:
    return session.exec(
        select(Post)
        .where(
            Post.sample_id == sample.id,
            Post.kind == OutboxKind.CARD,
            Post.revision == sample.current,
        )
        .order_by(col(Post.id).desc())
    ).first()


def unposted(store: Store, sample_id: int, why: str) -> None:
    """Slack refused a sample's message: hold the sample, with that cause."""
    with store.write() as session:
        sample = folding.lock(session, sample_id)
        folding.freeze(store, session, sample, why, store.now())
