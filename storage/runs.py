"""Runs of generation: which process works on each, how far it is, and what a dead one left.

A run holds its row and renews that while it works. Its process is known by host, pid and a word of
its own, since a restarted container has the pid of the one before it.
"""

import os
import secrets
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col, or_, select

from storage import outbox
from storage.engine import LOCKED, Store
from storage.kinds import OutboxKind, RequestState
from storage.run_tables import Request, Run
from storage.tables import Dataset

HOLD = timedelta(minutes=2)
"""A run that was not renewed for so long belongs to a process that died."""
DIED = "died"
BULK = "bulk"
"""In a run's wish: a provider's batch API has its requests, and the scheduler does its work."""
_WORD = secrets.token_hex(4)


@dataclass(frozen=True)
class RunState:
    """A run as the other rooms see it; `stopped` says why it ended, "" if it got what it wanted."""

    id: int
    dataset_id: int
    key: str | None
    wish: dict[str, Any]
    person: str | None
    channel: str | None
    candidates: int
    cancelled: bool
    ended: bool
    stopped: str | None
    at: datetime


def start(
    store: Store,
    dataset_id: int,
    wish: Mapping[str, Any],
    *,
    key: str | None = None,
    person: str | None = None,
    channel: str | None = None,
) -> int | None:
    """Begin a run, held by this process; in a channel, have a message there say how far it is.

    Args:
        store: the database.
        dataset_id: what it generates for.
        wish: what is wanted, as JSON.
        key: of the delivery that asked for it; one delivery begins one run.
        person: who asked, by Slack id.
        channel: where.

    Returns:
        Its number; None if the key has a run already.
    """
    now = store.now()
    with store.write() as session:
        session.get(Dataset, dataset_id, with_for_update=LOCKED)
        if key is not None and session.exec(select(Run.id).where(Run.key == key)).first():
            return None
        row = Run(
            dataset_id=dataset_id,
            key=key,
            wish=dict(wish),
            person=person,
            channel=channel,
            held_by=_here(),
            held_until=now + HOLD,
            at=now,
        )
        session.add(row)
        session.flush()
        if channel is not None:
            outbox.want(
                session,
                OutboxKind.PROGRESS,
                f"run:{row.id}",
                now,
                dataset_id=dataset_id,
                run_id=row.id,
                args={"channel": channel},
            )
        return row.id


def get(store: Store, run_id: int) -> RunState:
    """A run by its number."""
    with store.read() as session:
        return _state(session.get_one(Run, run_id))


def working(store: Store, dataset_id: int) -> list[RunState]:
    """The dataset's runs that have not ended, oldest first."""
    with store.read() as session:
        return [_state(row) for row in _open(session, dataset_id)]


def abandoned(store: Store, dataset_id: int | None = None) -> list[RunState]:
    """Runs that have not ended and whose process is dead; those of bulks are never."""
    now = store.now()
    with store.read() as session:
        rows = _open(session, dataset_id)
        return [_state(row) for row in rows if _is_dead(row, now) and not row.wish.get(BULK)]


def take(store: Store, run_id: int) -> bool:
    """Hold a run whose hold was let go, ran out, or belongs to a dead process; or one's own."""
    now = store.now()
    with store.write() as session:
        row = session.get_one(Run, run_id, with_for_update=LOCKED)
        if row.ended_at is not None or not (row.held_by == _here() or _is_dead(row, now)):
            return False
        row.held_by, row.held_until = _here(), now + HOLD
        session.add(row)
        return True


def renew(store: Store, run_id: int, candidates: int) -> None:
    """Say that its process lives, and how far it is."""
    _set(store, run_id, held_until=store.now() + HOLD, candidates=candidates)


def release(store: Store, run_id: int) -> None:
    """Let a run go without ending it; whoever comes next may take it."""
    _set(store, run_id, held_until=store.now())


def cancel(store: Store, run_id: int) -> bool:
    """Have a run stopped, whichever process works on it; false if it has ended."""
    return _set(store, run_id, Run.ended_at.is_(None), cancelled_at=store.now())  # type: ignore[union-attr]


def cancelled(store: Store, run_id: int) -> bool:
    """Whether somebody had it stopped."""
    with store.read() as session:
        at = session.exec(select(Run.cancelled_at).where(Run.id == run_id)).one()
    return at is not None


def end(store: Store, run_id: int, stopped: str, candidates: int) -> None:
    """Write how a run ended."""
    _set(store, run_id, ended_at=store.now(), stopped=stopped, candidates=candidates)


@dataclass(frozen=True)
class Left:
    """A request that a run left behind: to be sent, or its stored reply to be read."""

    id: int
    state: RequestState
    pending: dict[str, Any]
    reply: str
    stop: str | None
    model: str
    cost_usd: Decimal | None


def take_over(
    store: Store, dataset_id: int, run_id: int, fits: Callable[[dict[str, Any]], bool]
) -> list[Left]:
    """Give a run what dead and ended runs of its dataset, or it itself, left undone, oldest first.

    Stored replies are taken in any case, since they are paid and only to be read; of the requests
    that are still owed, those whose `pending` fits. What a dead process had sent stays reserved
    and counts as spent, but for lines of a replayed file: these are free again.
    """
    now = store.now()
    with store.write() as session:
        session.get(Dataset, dataset_id, with_for_update=LOCKED)
        for row in _open(session, dataset_id):
            # With a key it is a person's wish, which the bot goes on with itself.
            ours = row.id == run_id or row.key is not None or row.wish.get(BULK)
            if not ours and _is_dead(row, now):
                _bury(session, row, now)
        _free_lines(session, run_id, now)  # its own, if a process died that worked on it
        left = [one for one in _left(session, dataset_id, run_id) if _is_due(one, fits)]
        for one in left:
            one.run_id = run_id
            session.add(one)
        return [
            Left(
                id=one.id or 0,
                state=one.state,
                pending=one.pending or {},
                reply=one.reply or "",
                stop=one.stop,
                model=one.model or "",
                cost_usd=one.cost_usd,
            )
            for one in left
        ]


def _bury(session: Session, row: Run, now: datetime) -> None:
    row.ended_at, row.stopped = now, DIED
    session.add(row)
    _free_lines(session, row.id or 0, now)
    session.flush()


def _free_lines(session: Session, run_id: int, now: datetime) -> None:
    """The lines of a replayed file that a dead process was about to read are free again."""
    session.connection().execute(
        update(Request)
        .where(
            col(Request.run_id) == run_id,
            col(Request.state) == RequestState.RESERVED,
            col(Request.teacher).startswith("replay:"),
        )
        .values(
            state=RequestState.FAILED,
            cost_usd=0,
            pending=None,
            settled_at=now,
            error="The process died before it read this line.",
        )
    )


def _left(session: Session, dataset_id: int, run_id: int) -> Sequence[Request]:
    return session.exec(
        select(Request)
        .join(Run, col(Run.id) == col(Request.run_id))
        .where(
            Request.dataset_id == dataset_id,
            col(Request.bulk_id).is_(None),
            or_(col(Run.ended_at).is_not(None), col(Run.id) == run_id),
            or_(Request.state == RequestState.OWED, Request.state == RequestState.ANSWERED),
        )
        .order_by(col(Request.id))
    ).all()


def _is_due(row: Request, fits: Callable[[dict[str, Any]], bool]) -> bool:
    return row.state is RequestState.ANSWERED or fits(row.pending or {})


def _open(session: Session, dataset_id: int | None) -> Sequence[Run]:
    rows = select(Run).where(col(Run.ended_at).is_(None)).order_by(col(Run.id))
    if dataset_id is not None:
        rows = rows.where(Run.dataset_id == dataset_id)
    return session.exec(rows).all()


def _state(row: Run) -> RunState:
    return RunState(
        id=row.id or 0,
        dataset_id=row.dataset_id,
        key=row.key,
        wish=row.wish,
        person=row.person,
        channel=row.channel,
        candidates=row.candidates,
        cancelled=row.cancelled_at is not None,
        ended=row.ended_at is not None,
        stopped=row.stopped,
        at=row.at,
    )


def _set(store: Store, run_id: int, *which: Any, **values: object) -> bool:  # noqa: ANN401
    changed = update(Run).where(col(Run.id) == run_id, *which).values(**values)
    with store.write() as session:
        return session.connection().execute(changed.returning(col(Run.id))).first() is not None


def _here() -> str:
    return f"{socket.gethostname()}/{os.getpid()}/{_WORD}"


def _is_dead(row: Run, now: datetime) -> bool:
    """Whether nobody works on a run any more, as far as can be told from here."""
    if row.held_until <= now:
        return True
    host, pid, word = row.held_by.rsplit("/", 2)
    if host != socket.gethostname() or word == _WORD:
        return False
    return int(pid) == os.getpid() or not _lives(int(pid))


def _lives(pid: int) -> bool:
    if os.name != "posix":
        return True  # there, signal 0 is no question
    try:
        with suppress(PermissionError):
            os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
