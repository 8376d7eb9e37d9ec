"""Requests to teachers: money is set aside before each, its reply is stored, then read (rule 7).

A request is owed (planned, not yet paid for), reserved (sent, or about to be), answered (its reply
is stored) and settled (what its reply gave is stored), or failed. Each step takes many requests at
a time, in one transaction that locks the dataset; the money is summed up by the database.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, case, insert, type_coerce, update
from sqlalchemy import select as columns
from sqlmodel import Session, col, func, select

from storage import replayed
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import RequestState
from storage.run_tables import Request
from storage.tables import Dataset as DatasetRow
from storage.tables import Sample
from storage.types import Usd


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A request about to be made.

    Attributes:
        most_usd: an upper bound of its cost; None without a price.
        key: a hash of all that determines its answer.
        number: its call's.
        pending: what sending it and reading its reply need, as JSON.
        owed: its row, if it is in the log already.
    """

    teacher: str
    ask: str
    prompt: str
    prompt_hash: str
    parameters: dict[str, Any]
    seeds: tuple[str, ...]
    most_usd: Decimal | None
    key: str
    number: int = 0
    person: str | None = None
    pending: dict[str, Any] | None = None
    owed: int | None = None


@dataclass(frozen=True)
class Reserved:
    """A request for which money is set aside; `line` is that of a replayed file."""

    id: int
    line: int | None = None


class Denied(StrEnum):
    """Why a request may not be made: the budget does not hold it, or another run has it."""

    BUDGET = "budget"
    TAKEN = "taken"


@dataclass(frozen=True)
class Paid:
    """What a request came to; `error` is set when there was no reply."""

    input_tokens: int = 0
    output_tokens: int = 0
    usage: dict[str, Any] | None = None
    cost_usd: Decimal | None = None
    reply: str | None = None
    stop: str | None = None
    error: str | None = None
    cached_tokens: int = 0
    model: str | None = None


def reserve(
    store: Store,
    dataset: Dataset,
    wanted: Sequence[Wanted],
    *,
    day_begins: datetime,
    run_id: int | None = None,
) -> list[Reserved | Denied]:
    """Set money aside for requests, in their order, for as many as the budgets hold.

    After the first that they do not hold, none is reserved.
    """
    now = store.now()
    with store.write() as session:
        lock(session, dataset.id)
        left = room(session, dataset, day_begins)
        taken = _taken(session, dataset.id, wanted)
        lines = replayed.Lines(session, dataset.id)
        rows: list[tuple[dict[str, Any], int | None] | Denied] = []
        for one in wanted:
            if left is not None and left < (one.most_usd or 0):
                rows += [Denied.BUDGET] * (len(wanted) - len(rows))
                break
            if (one.owed or one.key) in taken:
                rows.append(Denied.TAKEN)
                continue
            left = None if left is None else left - (one.most_usd or 0)
            row = _row(dataset.id, run_id, one, now, RequestState.RESERVED)
            line = lines.next(one.teacher)
            if line is not None:
                row["parameters"] = {**one.parameters, replayed.LINE: line}
            rows.append((row, one.owed))
        return _reserve(session, rows)


def owe(store: Store, dataset_id: int, wanted: Sequence[Wanted], run_id: int) -> dict[str, int]:
    """Write requests down that are to be made later, but none whose key is in the log already.

    Returns:
        The numbers of those that were written, by their keys.
    """
    now = store.now()
    with store.write() as session:
        lock(session, dataset_id)
        return write_owed(session, dataset_id, wanted, run_id, now)


def write_owed(
    session: Session, dataset_id: int, wanted: Sequence[Wanted], run_id: int | None, now: datetime
) -> dict[str, int]:
    """The same inside a transaction that has locked the dataset."""
    if not wanted:
        return {}
    taken = _taken(session, dataset_id, wanted)
    new = [one for one in wanted if one.key not in taken]
    rows = [_row(dataset_id, run_id, one, now, RequestState.OWED) for one in new]
    return {one.key: number for one, number in zip(new, _insert(session, rows), strict=True)}


def answer(store: Store, answers: Sequence[tuple[int, Paid]]) -> None:
    """Store what came of reserved requests, before any of it is read; of others nothing changes."""
    if not answers:
        return
    now = store.now()
    rows = [_answered(number, paid, now) for number, paid in answers]
    with store.write() as session:
        session.connection().execute(_ANSWER, rows)


def give_back(store: Store, numbers: Collection[int]) -> None:
    """Nothing was sent of these reserved requests: they are owed again."""
    if not numbers:
        return
    unsent = update(Request).where(
        col(Request.id).in_(numbers), col(Request.state) == RequestState.RESERVED
    )
    with store.write() as session:
        session.connection().execute(unsent.values(state=RequestState.OWED, reserved_usd=None))


def room(session: Session, dataset: Dataset, day_begins: datetime) -> Decimal | None:
    """What the tighter of the two budgets leaves, inside a transaction; None without a budget."""
    budget = dataset.recipe.budget
    limits = ((budget.per_day_usd, day_begins), (budget.total_usd, None))
    left = [
        limit - _spent(session, dataset.id, since) for limit, since in limits if limit is not None
    ]
    return min(left, default=None)


def spent(store: Store, dataset_id: int, since: datetime | None = None) -> Decimal:
    """US dollars spent or reserved, since a time or ever."""
    with store.read() as session:
        return _spent(session, dataset_id, since)


def counted() -> Any:  # noqa: ANN401 - an SQL expression
    """What a request counts for: a reservation whose outcome is unknown counts as spent."""
    reserved = col(Request.state) == RequestState.RESERVED
    return case((reserved, col(Request.reserved_usd)), else_=col(Request.cost_usd))


def asked_by(store: Store, dataset_id: int, person: str, since: datetime) -> int:
    """How many samples a person's commands brought since a time (for `per_person_day`)."""
    with store.read() as session:
        return session.exec(
            select(func.count())
            .select_from(Sample)
            .join(Request, col(Request.id) == col(Sample.request_id))
            .where(
                Sample.dataset_id == dataset_id,
                Request.person == person,
                col(Request.at) >= since,
            )
        ).one()


def lock(session: Session, dataset_id: int) -> None:
    """Have a dataset's money, numbers and records to oneself until the transaction ends."""
    session.connection().execute(_LOCK, {"dataset": dataset_id})


_LOCK = (
    columns(col(DatasetRow.id))
    .where(col(DatasetRow.id) == bindparam("dataset"))
    .with_for_update(key_share=True)
)
_OUTCOME: dict[str, Any] = {
    name: bindparam(name)
    for name in (
        "state", "input_tokens", "cached_tokens", "output_tokens", "usage", "cost_usd", "reply",
        "stop", "error", "model", "settled_at",
    )
}  # fmt: skip
_ANSWER = (
    update(Request)
    .where(col(Request.id) == bindparam("which"), col(Request.state) == RequestState.RESERVED)
    .values(**_OUTCOME)
)
_NEW = insert(Request).returning(col(Request.id), sort_by_parameter_order=True)


def _row(
    dataset_id: int, run_id: int | None, one: Wanted, now: datetime, state: RequestState
) -> dict[str, Any]:
    return {
        "dataset_id": dataset_id,
        "run_id": run_id,
        "number": one.number,
        "key": one.key,
        "teacher": one.teacher,
        "ask": one.ask,
        "prompt": one.prompt,
        "prompt_hash": one.prompt_hash,
        "parameters": one.parameters,
        "seeds": list(one.seeds),
        "person": one.person,
        "state": state,
        "pending": one.pending,
        "reserved_usd": one.most_usd if state is RequestState.RESERVED else None,
        "input_tokens": 0,
        "cached_tokens": 0,
        "output_tokens": 0,
        "at": now,
    }


def _taken(session: Session, dataset_id: int, wanted: Sequence[Wanted]) -> set[int | str | None]:
    """The keys that are in the log already, and the owed requests that are no longer owed."""
    found: set[int | str | None] = set()
    if keys := [one.key for one in wanted if one.owed is None]:
        there = (Request.dataset_id == dataset_id, col(Request.key).in_(keys))
        found.update(session.exec(select(Request.key).where(*there)).all())
    if owed := [one.owed for one in wanted if one.owed is not None]:
        gone = (col(Request.id).in_(owed), Request.state != RequestState.OWED)
        found.update(session.exec(select(Request.id).where(*gone)).all())
    return found


def _reserve(
    session: Session, rows: Sequence[tuple[dict[str, Any], int | None] | Denied]
) -> list[Reserved | Denied]:
    planned = [row for row in rows if not isinstance(row, Denied)]
    numbers = iter(_insert(session, [row for row, owed in planned if owed is None]))
    reserved: list[Reserved | Denied] = []
    for row in rows:
        if isinstance(row, Denied):
            reserved.append(row)
            continue
        values, owed = row
        if owed is not None:
            again = update(Request).where(col(Request.id) == owed)
            session.connection().execute(again.values(**values))
        line = values["parameters"].get(replayed.LINE)
        reserved.append(Reserved(next(numbers) if owed is None else owed, line))
    return reserved


def _insert(session: Session, rows: list[dict[str, Any]]) -> list[int]:
    if not rows:
        return []
    return [number or 0 for number in session.connection().execute(_NEW, rows).scalars()]


def _answered(number: int, paid: Paid, now: datetime) -> dict[str, Any]:
    failed = paid.error is not None
    return {
        **vars(paid),
        "which": number,
        "state": RequestState.FAILED if failed else RequestState.ANSWERED,
        "settled_at": now if failed else None,
    }


def _spent(session: Session, dataset_id: int, since: datetime | None) -> Decimal:
    total = columns(type_coerce(func.sum(counted()), Usd)).where(
        col(Request.dataset_id) == dataset_id
    )
    if since is not None:
        total = total.where(col(Request.at) >= since)
    return session.execute(total).scalar() or Decimal(0)
