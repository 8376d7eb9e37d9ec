"""What a stored reply gives: records, pieces that are broken, and the requests that follow."""

from dataclasses import dataclass
from decimal import Decimal

from bot.pending import Pending
from core.parsing import Broken
from core.ways import WAYS, Made, Read, Wording

_REFUSED = "The teacher refused to answer."


@dataclass(frozen=True)
class Answer:
    """A reply as the request log has it; `request` is its number there."""

    request: int
    pending: Pending
    text: str
    stop: str | None
    model: str
    cost_usd: Decimal | None


@dataclass(frozen=True)
class Reading:
    """An answer, read; `further` are the call's next step and a correction, if there are any."""

    answer: Answer
    made: tuple[Made, ...]
    broken: tuple[Broken, ...]
    further: tuple[Pending, ...]

    @property
    def parents(self) -> set[int]:
        """The samples that it refers to."""
        return {made.parent.sample for made in self.made if made.parent is not None}


def read_reply(answer: Answer, wording: Wording) -> Reading:
    """Read a reply; the same for a run and for a bulk, now or after a crash. Never raises.

    Broken pieces are asked for once more, together and once for each step; a reply that gave
    nothing at all is asked for in full. What was refused is not asked for again, nor what a prompt
    asked for that the recipe does not have any more.
    """
    pending = answer.pending
    read = WAYS[pending.call.way].read(pending.call, wording, pending.step, answer.text)
    if answer.stop == "refusal" and not read.made:
        return Reading(answer, (), (Broken(answer.text, _REFUSED, again=False),), ())
    further = []
    if read.next is not None:
        further.append(pending.then(read.next))
    again = [piece for piece in read.broken if piece.again]
    if again and not pending.step.corrects and wording.has(pending.step):
        correction = wording.correct(pending.step, answer.text, again, count=_count(read, pending))
        further.append(pending.then(correction, corrects=answer.request))
    return Reading(answer, read.made, read.broken, tuple(further))


def _count(read: Read, pending: Pending) -> int:
    if not read.made and read.next is None:
        return pending.step.count
    return sum(piece.again for piece in read.broken)
