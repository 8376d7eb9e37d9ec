"""`dialogue`: whole conversations, in one request or turn by turn (see `two_roles`)."""

import json

from core.asking import a_list, an_object, example, record_schema
from core.parsing import RECORD_KEYS, Broken, broken_piece, pieces, read_record
from core.planning import Call
from core.records import Conversation
from core.ways import two_roles
from core.ways.base import Made, Material, Read, Source, Step
from core.ways.rows import shown
from core.ways.situations import DOTS, SCHEMA, plan_of
from core.ways.wording import Wording, has_system


class Dialogue:
    """Conversations, each with a plan of its own; the recipe's `dialogue` says how."""

    name = "dialogue"
    prompts: tuple[str, ...] = ("dialogue", *two_roles.PROMPTS)
    source: Source | None = None

    def begin(self, call: Call, wording: Wording, material: Material) -> Step:
        """Ask for the conversations, or for the situation of one; see `Way`."""
        if wording.recipe.dialogue == "two_roles":
            return two_roles.begin(call, wording, material)
        with_system = has_system(material.seeds)
        record = record_schema(wording.recipe, with_system=with_system)
        row = an_object(plan=SCHEMA, **record["properties"])
        dots = {"plan": DOTS, **example(wording.recipe, with_system=with_system)}
        variables = {"example": json.dumps({"records": [dots]}, ensure_ascii=False)}
        schema = an_object(records=a_list(row))
        return wording.step(
            self.name, call, schema, variables, material=material, state={"step": "whole"}
        )

    def read(self, call: Call, wording: Wording, step: Step, reply: str) -> Read:
        """The conversations of a reply, or what comes next in one; see `Way`."""
        if step.state["step"] != "whole":
            return two_roles.read(call, wording, step, reply)
        made, broken = [], []
        for piece in pieces(reply, "records", ("plan", *RECORD_KEYS)):
            one = piece if isinstance(piece, Broken) else _conversation(piece, wording)
            if isinstance(one, Broken):
                broken.append(one)
            else:
                made.append(one)
        if not made and not broken:
            broken.append(broken_piece(reply, "It has no conversations."))
        return Read(tuple(made), tuple(broken))


def _conversation(row: object, wording: Wording) -> Made | Broken:
    plan = plan_of(row)
    if isinstance(row, dict):
        row = {name: value for name, value in row.items() if name != "plan"}
    record = read_record(row, "conversation")
    if isinstance(record, Broken):
        return record
    least, most = wording.recipe.turns
    found = len(record.turns) if isinstance(record, Conversation) else 0
    if not least <= found <= most:
        return broken_piece(shown(row), f"It has {found} messages; {least} to {most} are wanted.")
    return Made(record, notes={"plan": plan} if plan else {})
