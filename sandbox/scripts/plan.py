"""Who plays which scene on which card: drawn from a seed before anything begins.

The plan rests on the seed and on the texts in the channel alone, so two runs that show the same
cards are played the same way, with faults or without.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.banks import Entry

REVIEWERS = ("ana", "ben", "chen", "dora", "emil")
CURATOR = "kim"
OUTSIDERS = ("gus", "olga", "rob")  # a guest, a stranger of another workspace, a bot

VOTE_FAULTS = ("lost_event", "duplicate", "late", "reorder", "disconnect")
POST_FAULTS = ("rate_limit", "server_error", "slow", "lost_answer")

CAST = {
    "corrected_by_reply": 2,
    "corrected_by_modal": 3,
    "corrected_twice": 2,
    "settled": 5,
    "flagged": 3,
    "mind_changed": 2,
    "both_emojis": 4,
    "outsiders": 1,
    "refused": 2,
    "agreed": 2,
}
_CORRECTIONS = ("corrected_by_reply", "corrected_by_modal", "corrected_twice")
_ON_GOOD_ONES = ("settled", "flagged", "mind_changed", "both_emojis", "outsiders")
PLAIN_VOTES = {"agreed": 2, "refused": 2, "settled": 5}
POSTS = {"corrected_by_reply": 1, "corrected_by_modal": 1, "corrected_twice": 2}
LEFT_OPEN = "outsiders"
LEAST_CARDS = len(_CORRECTIONS) + len(_ON_GOOD_ONES) + 2


@dataclass(frozen=True)
class Card:
    """A sample in the channel: the message that shows it, and the bank's entry it came from."""

    ts: str
    entry: Entry
    texts: frozenset[str]

    @property
    def title(self) -> str:
        """The first words of the question."""
        record = self.entry.record or {}
        asked = record.get("instruction") or record["turns"][0]["content"]
        words = " ".join(str(asked).split())
        return words if len(words) <= 48 else words[:47] + "…"


@dataclass(frozen=True)
class Part:
    """One scene on one card; `mishaps` says which fault strikes at which step of it."""

    scene: str
    card: Card
    cast: tuple[str, ...]
    mishaps: dict[int, str] = field(default_factory=dict)


def deal(cards: Sequence[Card], seed: int, *, faults: bool) -> list[Part]:
    """The scenes in the order of playing.

    Args:
        cards: The batch; at least `LEAST_CARDS`.
        seed: Draws everything that is free.
        faults: Give each fault a step to strike at.
    """
    draw = random.Random(f"players/{seed}")  # noqa: S311  (a play, no secret)
    ordered = sorted(cards, key=lambda card: card.entry.id)
    draw.shuffle(ordered)
    mendable = [card for card in ordered if card.entry.mend]
    bad = [card for card in ordered if card.entry.flaw and not card.entry.mend]
    good = [card for card in ordered if not card.entry.flaw]
    rest = mendable[len(_CORRECTIONS) :]
    corrected = (mendable + good)[: len(_CORRECTIONS)]
    good = [card for card in good if card not in corrected]
    if not bad:
        bad.append(good.pop())
    scenes = [
        *zip(_CORRECTIONS, corrected, strict=False),
        *(("corrected_by_reply", card) for card in rest),
        *zip(_ON_GOOD_ONES, good, strict=False),
        *(("agreed", card) for card in good[len(_ON_GOOD_ONES) :]),
        *(("refused", card) for card in bad),
    ]
    draw.shuffle(scenes)
    casts = [tuple(draw.sample(REVIEWERS, CAST[scene])) for scene, _ in scenes]
    struck = _mishaps([scene for scene, _ in scenes], draw) if faults else {}
    return [
        Part(scene, card, cast, struck.get(number, {}))
        for number, ((scene, card), cast) in enumerate(zip(scenes, casts, strict=True))
    ]


def _mishaps(scenes: Sequence[str], draw: random.Random) -> dict[int, dict[int, str]]:
    """{scene number: {step: fault}}; each fault once, where it fits."""
    struck: dict[int, dict[int, str]] = {}
    for kinds, steps in ((VOTE_FAULTS, PLAIN_VOTES), (POST_FAULTS, POSTS)):
        places = [(n, s) for n, scene in enumerate(scenes) for s in range(steps.get(scene, 0))]
        for kind, (number, step) in zip(kinds, draw.sample(places, len(kinds)), strict=True):
            struck.setdefault(number, {})[step] = kind
    return struck
