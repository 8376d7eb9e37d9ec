"""What becomes of what a reply gave: each record a candidate, or discarded with its reason."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from bot.reading import Answer, Reading
from core.checks import Checks, Finding
from core.parsing import Broken
from core.recipe import Recipe
from core.ways import Made
from storage import reading
from storage.engine import Store
from storage.reading import Contrasted, Look, Mended, Settled, Settling
from storage.samples import Known, New

_EARLIER = "an earlier sample"
_CENT_PARTS = Decimal("0.00000001")


class Sieve:
    """The recipe's checks over all that one run brings, and what others bring meanwhile.

    Not safe for threads.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._most_variants = recipe.augment.most
        self._checks = Checks.for_recipe(recipe)
        self._variants: Counter[int] = Counter()
        self.seen = 0
        """The highest number of a sample whose record later ones are compared with."""

    def settle(
        self, store: Store, dataset_id: int, run_id: int, readings: Iterable[Reading]
    ) -> list[tuple[Reading, Settling, Settled]]:
        """Store what replies gave, in one transaction; those that were read before are left out."""
        read = {one.answer.request: one for one in readings}
        sifted: dict[int, Settling] = {}

        def sift(look: Look) -> Iterable[Settling]:
            sifted.update((one.id, one) for one in self.sift(read.values(), look))
            return sifted.values()

        settled = reading.settle(
            store,
            dataset_id,
            read,
            sift,
            seen=self.seen,
            parents={parent for one in read.values() for parent in one.parents},
            run_id=run_id,
        )
        for one in settled:
            self.stored(sifted[one.id].news, one.samples)
        return [(read[one.id], sifted[one.id], one) for one in settled]

    def stored(self, news: Sequence[New], numbers: Sequence[int]) -> None:
        """Note under which numbers what was sifted is stored: each begins a line of its own.

        A later reply of the same run may hold variants of it.
        """
        for new, number in zip(news, numbers, strict=True):
            self.seen = max(self.seen, number)
            if new.record is not None and new.reason is None and new.family is None:
                self._checks.belongs(new.record, number)

    def know(self, known: Iterable[Known]) -> None:
        """Take in records that new ones may not repeat."""
        for one in known:
            self._checks.add(one.record, _EARLIER, one.family)
            self.seen = max(self.seen, one.sample)

    def sift(self, readings: Iterable[Reading], look: Look) -> list[Settling]:
        """Check what replies gave, in their order, by what their transaction found."""
        self.know(look.known)
        self._variants = Counter(look.variants)
        unread = (one for one in readings if one.answer.request in look.unread)
        return [self._settling(one, look.families) for one in unread]

    def _settling(self, reading: Reading, families: Mapping[int, int]) -> Settling:
        answer = reading.answer
        origin = _origin(answer, len(reading.made) + len(reading.broken))
        blank = _blank(answer, origin)
        mends = answer.pending.call.way == "mend"
        news, contrasts, mended = [], [], []
        for made in reading.made:
            parent = made.parent
            if parent is not None and made.contrast:
                told = {**made.notes, **origin}
                place = (parent.sample, parent.revision)
                contrasts.append(Contrasted(*place, made.record, made.contrast, told))
            elif parent is not None and mends:
                place = (parent.sample, parent.revision)
                mended.append(Mended(*place, made.record, origin["teacher"]))
            else:
                news.append(self._checked(_new(blank, made, families), made))
        news += [_discarded(blank, piece) for piece in reading.broken]
        owed = [one.wanted() for one in reading.further]
        return Settling(answer.request, news, contrasts, mended, owed)

    def _checked(self, new: New, made: Made) -> New:
        record = made.record
        finding = self._checks.inspect(record, new.family) or self._too_many(new)
        if finding is not None:
            return replace(new, reason=finding.reason, explanation=finding.explanation)
        if new.family is not None and new.parent_id is not None:
            self._variants[new.parent_id] += 1
        self._checks.add(record, _EARLIER, new.family)
        return new

    def _too_many(self, new: New) -> Finding | None:
        if new.family is None or new.parent_id is None:
            return None
        if self._variants[new.parent_id] < self._most_variants:
            return None
        explanation = (
            f"Sample {new.parent_id} has {self._variants[new.parent_id]} variants already"
            f" (augment.most is {self._most_variants})."
        )
        return Finding("augment", "variants", explanation)


def storable(text: str) -> str:
    """The text as every database can hold it; what it cannot (NUL, half of a pair) is replaced."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def _origin(answer: Answer, pieces: int) -> dict[str, Any]:
    pending = answer.pending
    return {
        "teacher": pending.call.teacher.model,
        "model": answer.model,
        "ask": pending.call.way,
        "prompt": pending.step.prompt,
        "prompt_hash": pending.step.prompt_hash,
        "parameters": pending.parameters,
        "seeds": list(pending.seeds),
        "request": answer.request,
        "about": pending.about,
        "cost_usd": _share(answer.cost_usd, pieces),
    }


def _blank(answer: Answer, origin: dict[str, Any]) -> New:
    cell = answer.pending.call.cell
    return New(
        None,
        cell.category,
        cell.language,
        origin,
        difficulty=cell.difficulty,
        request_id=answer.request,
    )


def _new(blank: New, made: Made, families: Mapping[int, int]) -> New:
    """The sample of a record, with its lineage; `notes` and whom it varies belong to its origin."""
    parent = made.parent.sample if made.parent else None
    told = {"parent": parent, "variant": made.variant}
    lineage = {name: value for name, value in told.items() if value is not None}
    cell = made.cell
    return replace(
        blank,
        record=made.record,
        origin={**made.notes, **blank.origin, **lineage},
        category=cell.category if cell else blank.category,
        difficulty=cell.difficulty if cell else blank.difficulty,
        language=cell.language if cell else blank.language,
        parent_id=parent,
        family=families.get(parent) if parent and made.variant else None,
    )


def _discarded(blank: New, piece: Broken) -> New:
    explanation, raw = storable(piece.explanation), storable(piece.text)
    return replace(blank, reason="schema", explanation=explanation, raw=raw)


def _share(cost_usd: Decimal | None, samples: int) -> str | None:
    if cost_usd is None:
        return None
    return f"{(cost_usd / max(samples, 1)).quantize(_CENT_PARTS):f}"
