"""`seeds` and `meta`: records asked for outright, led by examples or by rules. One step each."""

from core.asking import record_schema, records_of
from core.parsing import Broken, broken_piece, parse_reply
from core.planning import Call
from core.records import Record, to_json
from core.ways import openings
from core.ways.base import Made, Material, Read, Source, Step
from core.ways.wording import Wording, has_system


class Examples:
    """Asks for records in one request; each is read and checked by itself."""

    def __init__(self, name: str, source: Source | None, *, varied: bool = False) -> None:
        """`varied`: of several questions in a reply no two may begin alike, see `openings`."""
        self.name = name
        self._varied = varied
        self.prompts: tuple[str, ...] = (name,)
        self.source = source

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """The one request; see `Way`."""
        record = record_schema(wording.recipe, with_system=has_system(material.seeds))
        return wording.step(self.name, call, records_of(record), material=material)

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:  # noqa: ARG002
        """The records of a reply; see `Way`."""
        parsed = parse_reply(reply, wording.recipe.format)
        # Asked for once more, they are kept however they begin: a small model knows few openings.
        varied = self._varied and step.count > 2 and not step.corrects
        alike = openings.repeated(parsed.records) if varied else {}
        broken = [_begins_alike(parsed.records[place], words) for place, words in alike.items()]
        made = [Made(one) for place, one in enumerate(parsed.records) if place not in alike]
        return Read(tuple(made), (*parsed.broken, *broken))


def _begins_alike(record: Record, words: str) -> Broken:
    why = f'Its question begins with "{words}", as another does: let it begin in another way.'
    return broken_piece(to_json(record), why)
