"""What becomes of a paid reply: each record a candidate or discarded with its reason."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from bot.seeds import short_hash
from core.asking import Composed
from core.checks import Checks
from core.parsing import Broken, Parsed, parse_reply
from core.recipe import Recipe
from core.records import Record
from core.teachers.base import Reply
from storage.samples import New

_EARLIER = "an earlier sample"
_CENT_PARTS = Decimal("0.00000001")
_REFUSED = "The teacher refused to answer."


@dataclass(frozen=True)
class Sifted:
    """A reply's samples, in its order; `broken` are the pieces worth asking for once more."""

    news: tuple[New, ...]
    broken: tuple[Broken, ...]

    @property
    def records(self) -> int:
        """How many pieces were records at all."""
        return sum(new.record is not None for new in self.news)

    @property
    def accepted(self) -> int:
        """How many became candidates."""
        return sum(new.reason is None for new in self.news)

    @property
    def discarded(self) -> Counter[str]:
        """The others, by reason."""
        return Counter(new.reason for new in self.news if new.reason)


class Sieve:
    """The recipe's checks over all that one run brings. Not safe for threads."""

    def __init__(self, recipe: Recipe, known: Iterable[Record]) -> None:
        """`known` are the records that new ones may not repeat."""
        self._recipe = recipe
        self._checks = Checks.for_recipe(recipe)
        for record in known:
            self._checks.add(record, _EARLIER)

    def sift(
        self,
        reply: Reply,
        composed: Composed,
        *,
        teacher: str,
        request: int,
        parameters: dict[str, Any],
        cost_usd: Decimal | None,
    ) -> Sifted:
        """Read a reply and check its records.

        Args:
            reply: as it came.
            composed: what it answers.
            teacher: the recipe's way of writing who answered.
            request: the request's number in the store.
            parameters: what the request was sent with, for the origin.
            cost_usd: what the reply cost; each sample's origin has its share.
        """
        parsed = _parsed(reply, self._recipe)
        origin = {
            "teacher": teacher,
            "model": reply.model,
            "ask": composed.way,
            "prompt": composed.prompt,
            "prompt_hash": composed.prompt_hash,
            "parameters": parameters,
            "seeds": [short_hash(seed) for seed in composed.seeds],
            "request": request,
            "about": composed.about,
            "cost_usd": _share(cost_usd, len(parsed.records) + len(parsed.broken)),
        }
        blank = New(
            None,
            composed.category,
            composed.language,
            origin,
            difficulty=composed.difficulty,
            request_id=request,
        )
        checked = [self._checked(blank, record) for record in parsed.records]
        broken = [_discarded(blank, piece) for piece in parsed.broken]
        again = () if reply.stop == "refusal" else tuple(parsed.broken)
        return Sifted((*checked, *broken), again)

    def _checked(self, blank: New, record: Record) -> New:
        new = replace(blank, record=record)
        finding = self._checks.inspect(record)
        if finding is not None:
            return replace(new, reason=finding.reason, explanation=finding.explanation)
        self._checks.add(record, _EARLIER)
        return new


def storable(text: str) -> str:
    """The text as every database can hold it; what it cannot (NUL, half of a pair) is replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _parsed(reply: Reply, recipe: Recipe) -> Parsed:
    parsed = parse_reply(reply.text, recipe.format)
    if reply.stop == "refusal" and not parsed.records:
        return Parsed([], [Broken(reply.text, _REFUSED)])
    return parsed


def _discarded(blank: New, piece: Broken) -> New:
    explanation, raw = storable(piece.explanation), storable(piece.text)
    return replace(blank, reason="schema", explanation=explanation, raw=raw)


def _share(cost_usd: Decimal | None, samples: int) -> str | None:
    if cost_usd is None:
        return None
    return f"{(cost_usd / max(samples, 1)).quantize(_CENT_PARTS):f}"
