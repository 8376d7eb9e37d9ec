"""Which reply of a replayed file a request takes: claimed with it, so that no two take the same."""

from collections.abc import Iterator
from itertools import count

from sqlmodel import Session, col, func, select

from storage.kinds import RequestState
from storage.run_tables import Request

LINE = "line"
"""In a request's parameters: the number of its reply in the file, from 0."""


class Lines:
    """The replies that are still free, inside a transaction that has locked the dataset.

    A request that failed gives its line back: the file is read on from there.
    """

    def __init__(self, session: Session, dataset_id: int) -> None:
        self._session = session
        self._dataset_id = dataset_id
        self._free: dict[str, Iterator[int]] = {}

    def next(self, teacher: str) -> int | None:
        """The line that the next request of a teacher takes; None where no file is replayed."""
        if not teacher.startswith("replay:"):
            return None
        if teacher not in self._free:
            self._free[teacher] = self._from_first(teacher)
        return next(self._free[teacher])

    def _from_first(self, teacher: str) -> Iterator[int]:
        line = col(Request.parameters)[LINE].as_integer()
        held = (
            Request.dataset_id == self._dataset_id,
            Request.teacher == teacher,
            col(Request.state).in_(
                [RequestState.RESERVED, RequestState.ANSWERED, RequestState.SETTLED]
            ),
        )
        number, last = self._session.exec(select(func.count(), func.max(line)).where(*held)).one()
        if last is None or last + 1 == number:
            return count(number)
        lines = self._session.exec(select(line).where(*held)).all()
        # Those of before lines were noted took the first ones.
        used = {*range(lines.count(None)), *lines}
        return (number for number in count() if number not in used)
