"""Rewritings that reviewers wish for in a thread: wished, shown privately, taken or left."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal

from sqlmodel import Session, col, func, select

from core.records import Record, from_json, to_json
from storage import folding, outbox
from storage.datasets import role_of
from storage.engine import LOCKED, Store
from storage.kinds import OutboxKind
from storage.run_tables import Rewrite
from storage.tables import Comment, Sample
from storage.votes import heard_before


class Stage(StrEnum):
    """What became of a wish."""

    WISHED = "wished"
    SHOWN = "shown"
    ACCEPTED = "accepted"
    DROPPED = "dropped"
    FAILED = "failed"


@dataclass(frozen=True)
class Wish:
    """What a person wants changed in a revision, as they said it in its thread."""

    key: str
    sample: int
    revision: int
    user: str
    text: str
    channel: str
    ts: str
    thread_ts: str
    at: datetime


@dataclass(frozen=True)
class Rewritten:
    """A wish, what became of it, and the teacher's new record once there is one."""

    id: int
    sample: int
    revision: int
    user: str
    wish: str
    channel: str
    thread_ts: str
    stage: Stage
    record: Record | None


def wish(
    store: Store, wish: Wish, *, strangers: bool = False
) -> int | Literal["stranger", "not_allowed", "duplicate"]:
    """Write a wish down; its number, or why it is none.

    The words are kept as a comment, whoever says them. Who may not vote is told so once, unless
    `strangers` is false: then nothing is written, so that the roster can be looked at again.
    """
    with store.write() as session:
        sample = folding.lock(session, wish.sample)
        allowed = role_of(session, sample.dataset_id, wish.user) is not None
        if not allowed and not strangers:
            return "stranger"
        if heard_before(session, wish.key, store.now()):
            return "duplicate"
        _keep_words(session, wish)
        if not allowed:
            outbox.tell_once(
                session,
                sample.dataset_id,
                wish.user,
                "not_counted",
                store.now(),
                channel=wish.channel,
            )
            return "not_allowed"
        row = Rewrite(
            sample_id=wish.sample,
            revision=wish.revision,
            user_id=wish.user,
            wish=wish.text,
            key=wish.key,
            channel=wish.channel,
            thread_ts=wish.thread_ts,
            state=Stage.WISHED,
            at=store.now(),
        )
        session.add(row)
        session.flush()
        return row.id or 0


def _keep_words(session: Session, wish: Wish) -> None:
    row = session.exec(
        select(Comment).where(Comment.channel == wish.channel, Comment.ts == wish.ts)
    ).first()
    row = row or Comment(
        sample_id=wish.sample,
        revision=wish.revision,
        user_id=wish.user,
        channel=wish.channel,
        ts=wish.ts,
    )
    row.text, row.at = wish.text, wish.at
    session.add(row)


def get(store: Store, rewrite_id: int) -> Rewritten | None:
    """A wish by its number."""
    with store.read() as session:
        row = session.get(Rewrite, rewrite_id)
        return None if row is None else _read(row)


def _read(row: Rewrite) -> Rewritten:
    return Rewritten(
        id=row.id or 0,
        sample=row.sample_id,
        revision=row.revision,
        user=row.user_id,
        wish=row.wish,
        channel=row.channel,
        thread_ts=row.thread_ts,
        stage=Stage(row.state),
        record=from_json(row.record) if row.record else None,
    )


def written(store: Store, rewrite_id: int, record: Record, request_id: int | None) -> None:
    """The teacher's record is there: have it shown to the person who wished for it."""
    with store.write() as session:
        row = session.get_one(Rewrite, rewrite_id, with_for_update=LOCKED)
        if row.state != Stage.WISHED:
            return
        row.state, row.record, row.request_id = Stage.SHOWN, to_json(record), request_id
        session.add(row)
        sample = session.get_one(Sample, row.sample_id)
        outbox.want(
            session,
            OutboxKind.REWRITE,
            f"rewrite:{rewrite_id}",
            store.now(),
            dataset_id=sample.dataset_id,
            sample_id=row.sample_id,
            args={"rewrite": rewrite_id},
        )


def failed(store: Store, rewrite_id: int, why: str) -> None:
    """No record came: tell the person why."""
    with store.write() as session:
        row = session.get_one(Rewrite, rewrite_id, with_for_update=LOCKED)
        _fail(store, session, row, "rewrite_failed", why=why)


def _fail(store: Store, session: Session, row: Rewrite, text: str, **values: str) -> None:
    if row.state != Stage.WISHED:
        return
    row.state = Stage.FAILED
    session.add(row)
    sample = session.get_one(Sample, row.sample_id)
    outbox.want(
        session,
        OutboxKind.TELL,
        f"rewrite:{row.id}:failed",
        store.now(),
        dataset_id=sample.dataset_id,
        args={
            "channel": row.channel,
            "user": row.user_id,
            "thread_ts": row.thread_ts,
            "text": text,
            **values,
        },
    )


def lapse(store: Store, begun_before: datetime) -> int:
    """Give up wishes whose process must have died; how many."""
    with store.write() as session:
        rows = session.exec(
            select(Rewrite).where(Rewrite.state == Stage.WISHED, col(Rewrite.at) < begun_before)
        ).all()
        for row in rows:
            _fail(store, session, row, "rewrite_lost")
        return len(rows)


def close(store: Store, rewrite_id: int, stage: Stage) -> bool:
    """It was accepted or dropped; false when it had been closed before."""
    with store.write() as session:
        row = session.get(Rewrite, rewrite_id, with_for_update=LOCKED)
        if row is None or row.state != Stage.SHOWN:
            return False
        row.state = stage
        session.add(row)
        return True


def wished_by(store: Store, dataset_id: int, user: str, since: datetime) -> int:
    """How many rewritings a person wished for since a time (for `per_person_day`)."""
    with store.read() as session:
        return session.exec(
            select(func.count())
            .select_from(Rewrite)
            .join(Sample, col(Sample.id) == col(Rewrite.sample_id))
            .where(
                Sample.dataset_id == dataset_id, Rewrite.user_id == user, col(Rewrite.at) >= since
            )
        ).one()
