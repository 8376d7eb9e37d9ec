"""Comments: replies that change no text, kept for curators (and teachers, if the recipe says)."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from storage import folding, outbox
from storage.engine import Store
from storage.kinds import OutboxKind
from storage.tables import Comment, Inbox, Post, Revision, VoteEvent
from storage.votes import heard_before


@dataclass(frozen=True)
class Reply:
    """A person's reply in a sample's thread; `field` is the field it resembles, if any."""

    key: str
    sample: int
    user: str
    text: str
    channel: str
    ts: str
    at: datetime
    field: str | None = None


def thread_of(store: Store, channel: str, thread_ts: str) -> int | None:
    """The sample whose card began a thread."""
    with store.read() as session:
        return session.exec(
            select(Post.sample_id).where(
                Post.channel == channel, Post.ts == thread_ts, Post.kind == OutboxKind.CARD
            )
        ).first()


def comment(store: Store, reply: Reply) -> int | None:
    """Keep a reply as a comment; returns its number, None when there is nothing new in it.

    An edited reply is the same comment with another text.
    """
    with store.write() as session:
        sample = folding.lock(session, reply.sample)
        if heard_before(session, reply.key, store.now()):
            return None
        row = session.exec(
            select(Comment).where(Comment.channel == reply.channel, Comment.ts == reply.ts)
        ).first()
        if row is not None and row.text == reply.text:
            return None
        if overtaken(session, reply.sample, reply.channel, reply.ts, reply.at):
            return None
        row = row or Comment(
            sample_id=reply.sample,
            revision=sample.current,
            user_id=reply.user,
            channel=reply.channel,
            ts=reply.ts,
        )
        row.text, row.field, row.at = reply.text, reply.field, reply.at
        session.add(row)
        session.flush()
        if store.recipe(sample.dataset_id, sample.recipe).review.share_comments:
            outbox.want(
                session,
                OutboxKind.THREAD,
                f"shared:{sample.id}",
                store.now(),
                dataset_id=sample.dataset_id,
                sample_id=sample.id,
                args={"text": "comments_shared"},
            )
        return row.id


def overtaken(session: Session, sample_id: int, channel: str, ts: str, at: datetime) -> bool:
    """Whether a later wording of a reply was heard already: the event of an earlier one is late."""
    made = session.exec(
        select(Revision.number).where(
            Revision.sample_id == sample_id, Revision.channel == channel, Revision.ts == ts
        )
    ).all()
    as_correction = select(VoteEvent.at).where(
        VoteEvent.sample_id == sample_id,
        col(VoteEvent.token).in_([f"correction:{number}" for number in made]),
    )
    as_comment = select(Comment.at).where(Comment.channel == channel, Comment.ts == ts)
    heard_at = [*session.exec(as_correction), *session.exec(as_comment)]
    return any(time > at for time in heard_at)


def get(store: Store, comment_id: int) -> Reply | None:
    """A comment as it was written."""
    with store.read() as session:
        row = session.get(Comment, comment_id)
        if row is None:
            return None
        return Reply(
            key="",
            sample=row.sample_id,
            user=row.user_id,
            text=row.text,
            channel=row.channel,
            ts=row.ts,
            at=row.at,
            field=row.field,
        )


def heard(store: Store, keys: list[str]) -> set[str]:
    """Which of these deliveries were handled."""
    with store.read() as session:
        return set(session.exec(select(Inbox.key).where(col(Inbox.key).in_(keys))).all())
