"""What a way of asking is: steps that are sent to a teacher, and what each reply gives.

A way is pure. It begins a call with one step; reading the reply of a step gives records, pieces
that are broken, and perhaps the next step. Whatever reading a reply needs stands in the step, as
JSON, so that a call goes on from the request log after a crash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

from core.parsing import Broken
from core.planning import Call, Cell
from core.records import Record
from core.teachers.base import Ask

if TYPE_CHECKING:
    from core.ways.wording import Wording

Source = Literal["seeds", "approved", "documents", "flagged"]


@dataclass(frozen=True)
class Parent:
    """A sample that a call starts from; `family` is the number of the first of its line.

    `reasons`: what people said of it, such as why they flagged it.
    """

    sample: int
    revision: int
    record: Record
    cell: Cell
    family: int
    teacher: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Passage:
    """A piece of a document; `place` says where it stands, for people, such as `leaflet.md § 2`.

    `start`: characters of the document's text that stand before it.
    """

    file: str
    place: str
    text: str
    start: int = 0


@dataclass(frozen=True)
class Material:
    """What one call is made from; `refused` are sentences on what reviewers refuse."""

    seeds: tuple[Record, ...] = ()
    parents: tuple[Parent, ...] = ()
    passage: Passage | None = None
    refused: tuple[str, ...] = ()
    about: str = ""


@dataclass(frozen=True)
class Step:
    """One request of a call, ready to be sent.

    `prompt` and `prompt_hash` name the wording; `count` is how many items it asks for; `state` is
    JSON: all that reading the reply needs beside the call. `corrects`: it asks again for what was
    broken in a reply.
    """

    prompt: str
    prompt_hash: str
    language: str
    ask: Ask
    count: int
    state: Mapping[str, Any] = field(default_factory=dict)
    corrects: bool = False

    def to_json(self) -> dict[str, Any]:
        """For the request log; shares its parts with the step."""
        # Not asdict: copying the schema and the texts took a third of what a request costs here.
        return {**vars(self), "ask": {**vars(self.ask)}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`, after JSON has made lists of tuples."""
        ask = data["ask"]
        previous = tuple((role, text) for role, text in ask["previous"])
        return cls(**{**data, "ask": Ask(**{**ask, "previous": previous})})


@dataclass(frozen=True)
class Made:
    """A record that a reply gave, with its lineage.

    `cell` is what it is where that is not what the call asked for (a variant has its parent's);
    `parent` the sample it varies, `variant` how; `notes` are entries of its origin that only this
    way knows (place in the document, operation, …), JSON. `contrast`: it is no sample but a second
    answer to the parent's question, of this kind, for preference pairs.
    """

    record: Record
    cell: Cell | None = None
    parent: Parent | None = None
    variant: str | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)
    contrast: Literal["second", "weaker"] | None = None


@dataclass(frozen=True)
class Read:
    """What a reply gave. `broken` pieces are asked for once more where the step allows it."""

    made: tuple[Made, ...] = ()
    broken: tuple[Broken, ...] = ()
    next: Step | None = None


class Way(Protocol):
    """A way of asking; the registry is `core.ways.WAYS`."""

    name: str
    prompts: tuple[str, ...]
    """The prompts it uses by name, its first step's first."""
    source: Source | None
    """What it cannot do without; a call without it is not planned."""

    def begin(self, call: Call, wording: "Wording", material: Material) -> Step:
        """The first request of a call.

        Raises:
            TemplateError: a prompt needs a variable that there is not.
        """
        ...

    def read(self, call: Call, wording: "Wording", step: Step, reply: str) -> Read:
        """Read the reply to a step; never raises, whatever the reply is."""
        ...


def without(step: Step, **state: Any) -> Step:  # noqa: ANN401 - JSON
    """The step with entries of its state replaced."""
    return replace(step, state={**step.state, **state})


def parents_to_json(parents: Sequence[Parent]) -> list[dict[str, Any]]:
    """Parents for a step's state."""
    from core.records import to_json

    return [
        {**asdict(parent), "record": to_json(parent.record), "cell": list(parent.cell)}
        for parent in parents
    ]


def parents_from_json(data: Sequence[Mapping[str, Any]]) -> tuple[Parent, ...]:
    """The inverse of `parents_to_json`."""
    from core.records import from_json

    return tuple(
        Parent(
            **{
                **row,
                "record": from_json(row["record"]),
                "cell": Cell(*row["cell"]),
                "reasons": tuple(row["reasons"]),
            }
        )
        for row in data
    )
