"""The Slack calls that transactions want, and who is performing them.

A row says *what* is wanted; how it looks is decided when it is sent, from the store as it is then.
A post is tried once; when nobody knows how that ended, its key is looked for in Slack first.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, case, exists, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from storage import kinds, tables
from storage.engine import Store, add_new, inserting
from storage.kinds import MESSAGES, OutboxKind, OutboxState
from storage.tables import Outbox

TALLY_DELAY = timedelta(seconds=1.2)
"""Votes that follow each other share one chat.update (tier 3: about 50 a minute)."""

LEASE = timedelta(seconds=30)
"""Time to look for a post and then to post; a claim that lapsed may be taken by anyone."""

_URGENT = 1
WAITING = (OutboxState.PENDING, OutboxState.CLAIMED, OutboxState.UNKNOWN)
"""Wanted and not yet ended, one way or the other."""
AT_MOST_ONCE = {OutboxKind.TELL, OutboxKind.UPLOAD, OutboxKind.REWRITE}


@dataclass(frozen=True)
class Errand:
    """One wanted Slack call, claimed by this process."""

    id: int
    key: str
    kind: OutboxKind
    generation: int
    attempts: int
    unknown: bool
    dataset_id: int | None
    sample_id: int | None
    batch_id: int | None
    post_id: int | None
    run_id: int | None
    revision: int | None
    args: dict[str, Any]
    at: datetime
    claimed_until: datetime | None = None


def want(
    session: Session,
    kind: OutboxKind,
    key: str,
    now: datetime,
    *,
    urgent: bool = False,
    **row: Any,  # noqa: ANN401 - columns of the table
) -> bool:
    """Write down a wanted call; the same key is wanted once. Tells whether it is new."""
    return add_new(
        session,
        Outbox,
        key=key,
        kind=kind,
        state=OutboxState.PENDING,
        priority=_URGENT if urgent else kinds.PRIORITY[kind],
        generation=1,
        attempts=0,
        args=row.pop("args", {}),
        not_before=row.pop("not_before", now),
        at=now,
        **row,
    )


def want_update(
    session: Session, post_id: int, dataset_id: int, now: datetime, *, soon: bool = False
) -> None:
    """Have a message rendered again; requests that come close together become one."""
    session.connection().execute(
        _again(session.get_bind().dialect.name),
        {
            "key": f"update:{post_id}",
            "kind": OutboxKind.UPDATE,
            "state": OutboxState.PENDING,
            "priority": _URGENT if soon else kinds.PRIORITY[OutboxKind.UPDATE],
            "generation": 1,
            "attempts": 0,
            "args": {},
            "post_id": post_id,
            "dataset_id": dataset_id,
            "not_before": now if soon else now + TALLY_DELAY,
            "at": now,
        },
    )


@cache
def _again(dialect: str) -> Insert:
    insert = inserting(dialect, Outbox)
    idle = col(Outbox.state).in_([OutboxState.DONE, OutboxState.FAILED])

    def sooner(column: Any) -> Any:  # noqa: ANN401 - SQL expressions
        # What waits already is not put off by being wanted again, but may be hurried.
        new = insert.excluded[column.key]
        return case((idle, new), (column > new, new), else_=column)

    return insert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "generation": Outbox.generation + 1,
            "not_before": sooner(col(Outbox.not_before)),
            "priority": sooner(col(Outbox.priority)),
            "attempts": case((idle, 0), else_=Outbox.attempts),
            "state": case((idle, OutboxState.PENDING.value), else_=Outbox.state),
        },
    )


def claim(store: Store, *, resting: frozenset[OutboxKind] = frozenset()) -> Errand | None:
    """Take the most urgent call that is due; `resting` kinds wait (Slack asked for a pause)."""
    while True:
        with store.write() as session:
            row = _next(session, store.now(), resting)
            if row is None:
                return None
            unknown = row.state is not OutboxState.PENDING
            row.attempts += 1
            row.claimed_until = store.now() + LEASE
            if not (unknown and row.kind in AT_MOST_ONCE):
                row.state = OutboxState.CLAIMED
                return _errand(row, unknown=unknown)
            row.state = OutboxState.FAILED
            row.error = "its outcome is unknown and it may not happen twice"


_UNDER_WAY = aliased(Outbox)


def _next(session: Session, now: datetime, resting: frozenset[OutboxKind]) -> Outbox | None:
    """Messages of one dataset go out one after the other, also when two processes send."""
    turn = or_(
        col(Outbox.kind).not_in(MESSAGES),
        ~exists().where(
            col(_UNDER_WAY.dataset_id) == col(Outbox.dataset_id),
            col(_UNDER_WAY.id) != col(Outbox.id),
            col(_UNDER_WAY.kind).in_(MESSAGES),
            col(_UNDER_WAY.state) == OutboxState.CLAIMED,
            col(_UNDER_WAY.claimed_until) > now,
        ),
    )
    due = (col(Outbox.state) != OutboxState.CLAIMED) & (col(Outbox.not_before) <= now)
    lapsed = (col(Outbox.state) == OutboxState.CLAIMED) & (col(Outbox.claimed_until) <= now)
    return session.exec(
        select(Outbox)
        .where(
            col(Outbox.state).in_(WAITING),
            or_(due, lapsed),
            turn,
            col(Outbox.kind).not_in(resting),
        )
        .order_by(col(Outbox.priority), col(Outbox.not_before), col(Outbox.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _errand(row: Outbox, *, unknown: bool) -> Errand:
    return Errand(
        id=row.id or 0,
        key=row.key,
        kind=row.kind,
        generation=row.generation,
        attempts=row.attempts,
        unknown=unknown,
        dataset_id=row.dataset_id,
        sample_id=row.sample_id,
        batch_id=row.batch_id,
        post_id=row.post_id,
        run_id=row.run_id,
        revision=row.revision,
        args=row.args,
        at=row.at,
        claimed_until=row.claimed_until,
    )


def held(store: Store, errand: Errand, long_enough: timedelta) -> bool:
    """Whether a claim is still ours and will be for so long: what is not done by then is another's.

    To be asked just before a call that may not happen twice.
    """
    until = errand.claimed_until
    if until is None or until < store.now() + long_enough:
        return False
    with store.read() as session:
        return session.exec(select(Outbox.id).where(*_ours(errand))).first() is not None


def done(store: Store, errand: Errand) -> None:
    """It happened; if it was wanted again meanwhile, it is due again."""
    with store.write() as session:
        finish(session, errand, store.now())


def finish(session: Session, errand: Errand, now: datetime) -> None:
    """The same inside the transaction that records what happened."""
    again = col(Outbox.generation) != errand.generation
    session.connection().execute(
        update(Outbox)
        .where(col(Outbox.id) == errand.id)
        .values(
            state=case((again, OutboxState.PENDING.value), else_=OutboxState.DONE.value),
            not_before=now + TALLY_DELAY,
            error=None,
        )
    )


def put_back(store: Store, errand: Errand, *, after: timedelta, unknown: bool, why: str) -> None:
    """Try again later; `unknown` when Slack may have done it all the same."""
    state = OutboxState.UNKNOWN if unknown else OutboxState.PENDING
    _let_go(store, errand, state=state, not_before=store.now() + after, error=why)


def give_up(store: Store, errand: Errand, why: str) -> None:
    """Slack refused for a reason that trying again does not mend."""
    _let_go(store, errand, state=OutboxState.FAILED, error=why)


def _let_go(store: Store, errand: Errand, **values: Any) -> None:  # noqa: ANN401 - columns
    """End a claim without success; one that lapsed and was taken over is no longer ours to end."""
    with store.write() as session:
        session.connection().execute(update(Outbox).where(*_ours(errand)).values(**values))


def _ours(errand: Errand) -> tuple[ColumnElement[bool], ...]:
    """Finds the row of an errand while this claim of it lasts."""
    return (
        col(Outbox.id) == errand.id,
        col(Outbox.state) == OutboxState.CLAIMED,
        col(Outbox.claimed_until) == errand.claimed_until,
    )


def waiting(store: Store, *, kinds: Collection[OutboxKind] = tuple(OutboxKind)) -> int:
    """How many calls (of some kinds) are wanted and not yet done."""
    with store.read() as session:
        rows = select(func.count()).where(
            col(Outbox.state).in_(WAITING), col(Outbox.kind).in_(kinds)
        )
        return session.exec(rows).one()


def tell_once(
    session: Session,
    dataset_id: int,
    user: str,
    what: str,
    now: datetime,
    *,
    channel: str,
    **args: Any,  # noqa: ANN401
) -> None:
    """A private word that a person gets once per dataset (or per thing that `what` names)."""
    if add_new(session, tables.Told, dataset_id=dataset_id, user_id=user, what=what, at=now):
        want(
            session,
            OutboxKind.TELL,
            f"tell:{dataset_id}:{user}:{what}",
            now,
            dataset_id=dataset_id,
            args={"user": user, "channel": channel, "text": what.partition(":")[0], **args},
        )


def tell_curators(
    session: Session,
    dataset_id: int,
    what: str,
    now: datetime,
    *,
    key: str,
    **args: Any,  # noqa: ANN401
) -> None:
    """A direct message to each curator of a dataset, once per `key`."""
    curators = session.exec(
        select(tables.Roster.user_id)
        .where(tables.Roster.dataset_id == dataset_id, tables.Roster.role == kinds.Role.CURATOR)
        .order_by(tables.Roster.user_id)
    ).all()
    for user in curators:
        want(
            session,
            OutboxKind.DIRECT,
            f"direct:{dataset_id}:{what}:{key}:{user}",
            now,
            dataset_id=dataset_id,
            args={"user": user, "text": what, **args},
        )


def tell(store: Store, dataset_id: int, user: str, text: str, *, key: str, **args: Any) -> None:  # noqa: ANN401
    """A private word of its own, at most once per `key`; `args` holds the channel, too."""
    with store.write() as session:
        want(
            session,
            OutboxKind.TELL,
            f"tell:{key}",
            store.now(),
            dataset_id=dataset_id,
            args={"user": user, "text": text, **args},
        )


def warn_curators(store: Store, dataset_id: int, what: str, *, key: str, **args: Any) -> None:  # noqa: ANN401
    """`tell_curators` as a verb of its own."""
    with store.write() as session:
        tell_curators(session, dataset_id, what, store.now(), key=key, **args)


def send(
    store: Store, kind: OutboxKind, dataset_id: int, *, key: str, args: dict[str, Any]
) -> None:
    """Want a summary or an upload, once per `key`."""
    with store.write() as session:
        want(session, kind, key, store.now(), dataset_id=dataset_id, args=args)


def first_time(store: Store, key: str) -> bool:
    """Note that something was asked for; false when it was before."""
    with store.write() as session:
        return add_new(session, tables.Inbox, key=key, at=store.now())
