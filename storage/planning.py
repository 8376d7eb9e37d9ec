"""What core.planning counts with: the records there are, and the requests made before."""

from collections import Counter

from sqlmodel import col, func, select

from core.planning import Cell
from core.votes import IN_REVIEW, State
from storage.engine import Store
from storage.tables import Request, Sample

_COVERING = (State.CANDIDATE, *IN_REVIEW, State.APPROVED)


def covered(store: Store, dataset_id: int) -> Counter[Cell]:
    """Records per cell that are approved or may still be: candidates and what is in review."""
    with store.read() as session:
        rows = session.exec(
            select(Sample.category, Sample.difficulty, Sample.language, func.count())
            .where(Sample.dataset_id == dataset_id, col(Sample.state).in_(_COVERING))
            .group_by(col(Sample.category), col(Sample.difficulty), col(Sample.language))
        ).all()
    return Counter({Cell(*cell): number for *cell, number in rows})


def asked(store: Store, dataset_id: int) -> Counter[str]:
    """Requests made so far, by teacher, whatever became of them."""
    with store.read() as session:
        rows = session.exec(
            select(Request.teacher, func.count())
            .where(Request.dataset_id == dataset_id)
            .group_by(col(Request.teacher))
        ).all()
    return Counter(dict(rows))
