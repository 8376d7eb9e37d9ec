"""Messages that the bot has in Slack: where each one is, and what it shows."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select

from core.votes import IN_REVIEW
from storage.engine import Store
from storage.kinds import OutboxKind
from storage.tables import Post, Sample


@dataclass(frozen=True)
class Posted:
    """A message of the bot; `replies` is the number of replies when its thread was last read."""

    id: int
    key: str
    kind: OutboxKind
    dataset_id: int
    sample_id: int | None
    batch_id: int | None
    revision: int | None
    channel: str
    ts: str
    thread_ts: str | None
    replies: int
    at: datetime
    run_id: int | None = None


def _posted(row: Post) -> Posted:
    return Posted(**row.model_dump(exclude={"read_at"}))


def get(store: Store, post_id: int) -> Posted:
    """A message by its key."""
    with store.read() as session:
        return _posted(session.get_one(Post, post_id))


def find(store: Store, channel: str, ts: str) -> Posted | None:
    """The message at a place in Slack."""
    with store.read() as session:
        row = session.exec(select(Post).where(Post.channel == channel, Post.ts == ts)).first()
        return _posted(row) if row else None


def by_key(store: Store, key: str) -> Posted | None:
    """The message with a key; None while it is not posted."""
    with store.read() as session:
        row = session.exec(select(Post).where(Post.key == key)).first()
        return _posted(row) if row else None


def of_sample(store: Store, sample_id: int) -> list[Posted]:
    """The cards of a sample, oldest first."""
    with store.read() as session:
        rows = session.exec(
            select(Post)
            .where(Post.sample_id == sample_id, Post.kind == OutboxKind.CARD)
            .order_by(col(Post.id))
        ).all()
        return [_posted(row) for row in rows]


def of_batch(store: Store, batch_id: int) -> list[Posted]:
    """Header and cards of a batch, in order of posting."""
    with store.read() as session:
        rows = session.exec(
            select(Post).where(Post.batch_id == batch_id).order_by(col(Post.id))
        ).all()
        return [_posted(row) for row in rows]


def read_again(store: Store, dataset_id: int, since: datetime) -> list[Posted]:
    """The cards to compare with Slack: of samples in review, and of those posted since a time."""
    with store.read() as session:
        rows = session.exec(
            select(Post)
            .join(Sample, col(Sample.id) == col(Post.sample_id))
            .where(
                Post.dataset_id == dataset_id,
                Post.kind == OutboxKind.CARD,
                col(Sample.state).in_(IN_REVIEW) | (col(Post.at) >= since),
            )
            .order_by(col(Post.id))
        ).all()
        return [_posted(row) for row in rows]


def note_replies(store: Store, post_id: int, replies: int) -> None:
    """Remember how many replies a thread had when it was read."""
    with store.write() as session:
        row = session.get_one(Post, post_id)
        row.replies = replies
        session.add(row)
