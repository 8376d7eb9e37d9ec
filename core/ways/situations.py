"""The plan of a conversation: who asks, what for, what they keep back, where it turns."""

import random
from typing import Any

from pydantic import ValidationError

from core.asking import TEXT, an_object
from core.planning import Call
from core.ways.rows import PerhapsText, Row

PARTS = ("asker", "wants", "withholds", "turn")
DOTS = dict.fromkeys(PARTS, "…")
SCHEMA: dict[str, Any] = an_object(**dict.fromkeys(PARTS, TEXT))
KINDS = ("everyday", "rare", "borderline", "mistaken", "pushing")
"""Of situations; each is described in the prompt `dialogue-situation`."""


class Plan(Row):
    """What a teacher planned; a part that it left out is empty."""

    asker: PerhapsText = ""
    wants: PerhapsText = ""
    withholds: PerhapsText = ""
    turn: PerhapsText = ""

    def said(self) -> dict[str, str]:
        """The parts that say something."""
        return {name: text for name, text in self.model_dump().items() if text.strip()}


def plan_of(row: object) -> dict[str, str]:
    """The plan that a conversation's row has beside it; {} for none that can be read."""
    plan = row.get("plan") if isinstance(row, dict) else None
    try:
        return Plan.model_validate(plan).said() if isinstance(plan, dict) else {}
    except ValidationError:
        return {}


def kind(call: Call) -> str:
    """The kind of situation that a call is to invent, drawn by its number."""
    return _lots(call).choice(KINDS)


def messages(call: Call, least: int, most: int) -> int:
    """How many messages a call's conversation may have, an even number drawn by the call's."""
    lots = _lots(call)
    lots.random()  # the kind's lot, so that kinds and lengths do not go together
    return lots.randrange(least, most + 1, 2)


def _lots(call: Call) -> random.Random:
    # Not the number itself: ways take turns, so its remainder might always be the same.
    return random.Random(f"dialogue/{call.number}")  # noqa: S311 - no secret
