"""What calls are planned with: how the samples stand, the calls made, those under way."""

from collections import Counter, defaultdict
from typing import Any

from sqlalchemy import select as columns
from sqlmodel import col, func, or_, select

from core.expecting import Standing
from core.planning import Cell
from core.recipe_ways import WAYS
from core.votes import IN_REVIEW, State
from storage.engine import Store
from storage.kinds import BulkState, RequestState
from storage.run_tables import Bulk, Request, Run
from storage.tables import Sample

_UNDECIDED = (State.CANDIDATE, *IN_REVIEW)
_UNREAD = (RequestState.OWED, RequestState.RESERVED, RequestState.ANSWERED)


def standing(store: Store, dataset_id: int) -> Standing:
    """How the samples stand, per cell."""
    cell = (col(Sample.category), col(Sample.difficulty), col(Sample.language))
    written = col(Sample.request_id).is_not(None)
    elsewhere = col(Sample.imported_by).is_not(None)
    with store.read() as session:
        rows = session.execute(
            columns(*cell, col(Sample.state), written, elsewhere, func.count())
            .where(col(Sample.dataset_id) == dataset_id)
            .group_by(*cell, col(Sample.state), written, elsewhere)
        ).all()
    found: dict[str, Counter[Cell]] = defaultdict(Counter)
    came = passed = 0
    for *place, state, by_teacher, imported, number in rows:
        found["undecided" if state in _UNDECIDED else state][Cell(*place)] += number
        if imported and state is State.APPROVED:
            found["imported"][Cell(*place)] += number
        came += number * by_teacher
        passed += number * (by_teacher and state is not State.DISCARDED)
    return Standing(
        approved=found[State.APPROVED],
        rejected=found[State.REJECTED],
        undecided=found["undecided"],
        imported=found["imported"],
        came=came,
        passed=passed,
    )


def asked(store: Store, dataset_id: int) -> Counter[str]:
    """Calls made so far, by teacher, whatever became of them."""
    with store.read() as session:
        rows = session.exec(
            select(Request.teacher, func.count(col(Request.number).distinct()))
            .where(*_planned(dataset_id))
            .group_by(col(Request.teacher))
        ).all()
    return Counter(dict(rows))


def next_number(store: Store, dataset_id: int) -> int:
    """The number of the next call; they count from 0."""
    with store.read() as session:
        last = session.exec(select(func.max(Request.number)).where(*_planned(dataset_id))).one()
    return 0 if last is None else last + 1


def _planned(dataset_id: int) -> tuple[Any, ...]:
    """A dataset's requests but those that have a sample rewritten as a person wished."""
    return Request.dataset_id == dataset_id, col(Request.ask).in_(WAYS)


def under_way(store: Store, dataset_id: int) -> list[dict[str, Any]]:
    """The calls, as JSON, of requests that a living run or an open bulk still works on."""
    with store.read() as session:
        rows = session.exec(
            select(col(Request.pending)["call"])
            .join(Run, col(Run.id) == col(Request.run_id), isouter=True)
            .join(Bulk, col(Bulk.id) == col(Request.bulk_id), isouter=True)
            .where(
                Request.dataset_id == dataset_id,
                col(Request.state).in_(_UNREAD),
                or_(
                    col(Run.ended_at).is_(None) & (col(Run.held_until) > store.now()),
                    col(Bulk.state).in_([BulkState.SUBMITTING, BulkState.SUBMITTED]),
                ),
            )
            .order_by(col(Request.id))
        ).all()
    return [call for call in rows if call]
