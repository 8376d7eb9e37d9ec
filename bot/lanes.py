"""What waits for each teacher, and what is under way with it."""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from bot.pending import Pending
from core.recipe import TeacherSpec
from core.teachers import Engine
from core.teachers.base import Outcome, Teacher
from core.teachers.replay import ReplayTeacher


@dataclass(frozen=True)
class Queued:
    """A request that waits for its turn; `owed` is its number, if it is in the request log."""

    pending: Pending
    owed: int | None = None


@dataclass(frozen=True)
class Sent:
    """A request under way; `most` is what was set aside for it, None where no price is known."""

    id: int
    pending: Pending
    most: Decimal | None


class Lanes:
    """The queues before an engine; whatever is put in goes out in this order, as there is room.

    Which teacher is asked is decided when a call is planned, and stays so: shares come out as
    planned, by weight or by what the experts approve, though teachers differ in speed. A fast one
    waits once a whole round of requests waits for the others; only one that is closed is not
    waited for.
    """

    def __init__(
        self,
        engine: Engine,
        teachers: Mapping[str, Teacher],
        specs: Sequence[TeacherSpec],
        folder: Path,
    ) -> None:
        """`folder` is the recipe's; replayed files are relative to it."""
        self._engine = engine
        self._teachers = teachers
        self._folder = folder
        self._specs = {spec.model: spec for spec in specs}
        self._waiting: dict[str, deque[Queued]] = {spec.model: deque() for spec in specs}
        self._sent: dict[str, Sent] = {}
        self._busy: Counter[str] = Counter()
        self._lines: dict[str, list[int]] = {}

    @property
    def specs(self) -> list[TeacherSpec]:
        """The teachers that may still be asked."""
        return list(self._specs.values())

    @property
    def under_way(self) -> int:
        """How many requests were sent and did not come back."""
        return self._engine.under_way

    @property
    def expected(self) -> int:
        """How many records may come of what is under way."""
        return sum(sent.pending.expects for sent in self._sent.values())

    @property
    def awaited(self) -> int:
        """How many records may come of what waits."""
        return sum(one.pending.expects for queue in self._waiting.values() for one in queue)

    def takers(self) -> list[TeacherSpec]:
        """Whom the next call may be planned for; nobody while there is enough to do."""
        hungry = any(self._room(model) > len(queue) for model, queue in self._waiting.items())
        waiting = sum(map(len, self._waiting.values()))
        round_ = sum(spec.concurrency for spec in self._specs.values())
        return self.specs if hungry and waiting < round_ else []

    def put(self, one: Queued) -> None:
        """Let a request wait; one that goes on with a call goes before those that begin one."""
        queue = self._waiting.get(one.pending.call.teacher.model)
        if queue is None:
            return
        if one.pending.place or one.pending.attempt:
            queue.appendleft(one)
        else:
            queue.append(one)

    def put_back(self, several: Iterable[Queued]) -> None:
        """Let requests wait again that were `next`, in their places."""
        for one in reversed(list(several)):
            self._waiting[one.pending.call.teacher.model].appendleft(one)

    def next(self, most: int, records: int) -> list[Queued]:
        """The requests that may be sent now, at most so many; they wait no more.

        None is added once they may bring so many records: a dead run may have left far more.
        """
        found: list[Queued] = []
        for model, queue in self._waiting.items():
            for _ in range(min(self._room(model), len(queue), most - len(found))):
                if records > 0:
                    found.append(queue.popleft())
                    records -= found[-1].pending.expects
        return found

    def send(self, sent: Sent, line: int | None) -> None:
        """Hand a request over; `line` is the reply of a replayed file that is to be read."""
        model = sent.pending.call.teacher.model
        teacher = self._teachers[model]
        if line is not None and isinstance(teacher, ReplayTeacher):
            teacher.position = self._position(model, line)
        self._sent[str(sent.id)] = sent
        self._busy[model] += 1
        self._engine.submit(model, str(sent.id), sent.pending.step.ask)

    def take(self, timeout: float) -> list[tuple[Sent, Outcome]]:
        """What came back; waits until something did, if anything is under way."""
        came = [(self._sent.pop(key), outcome) for key, outcome in self._engine.outcomes(timeout)]
        self._busy.subtract(sent.pending.call.teacher.model for sent, _ in came)
        return came

    def open(self, model: str) -> bool:
        """Whether a teacher may still be asked."""
        return model in self._specs

    def close(self, model: str) -> list[Queued]:
        """Ask a teacher no more; what waited for it is returned."""
        self._specs.pop(model, None)
        return list(self._waiting.pop(model, ()))

    def _room(self, model: str) -> int:
        if self._teachers[model].in_order:
            return 1 - self._busy[model]
        return self._engine.room(model)

    def _position(self, model: str, line: int) -> int:
        """How many lines of a replayed file stand before its reply number `line`."""
        if model not in self._lines:
            path = self._folder / self._specs[model].name
            lines = path.read_bytes().split(b"\n")
            filled = [number for number, text in enumerate(lines) if text.strip()]
            self._lines[model] = [*filled, len(lines)]
        return self._lines[model][min(line, len(self._lines[model]) - 1)]
