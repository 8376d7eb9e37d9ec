"""What each call is made from: seeds, approved samples, what reviewers refuse, a wish."""

from collections.abc import Mapping, Sequence, Set
from functools import cached_property

from bot import documents, labels, seeds
from bot.parents import Parents, Place, starts_from_samples
from bot.prompting import Prompting
from bot.texts import Lang
from core import refusals
from core.errors import UsageError
from core.formats import as_format
from core.planning import SEEDS_SHOWN, Call, in_turn, seeds_shown
from core.recipe import Way
from core.records import Record
from core.ways import WAYS, Material, Parent, Passage, two_roles
from storage import pool
from storage import refusals as refused
from storage.datasets import Dataset
from storage.engine import Store
from storage.pool import Pooled

_SEEDS_OF_SELF_INSTRUCT = 6
"""Wang et al. 2023, § 2.2; the two approved samples beside them are its parents."""
_MOST_NOTED = 3
_MOST_SAID = 8
_LONGEST_SAID = 500
"""Characters of what somebody said of a flagged sample: it says what is to be mended."""
_LACKS: Mapping[str, str] = {
    "seeds": "seeds, or approved samples to show in their place",
    "approved": "approved samples of the recipe's categories that it has not used up",
    "documents": "documents",
    "flagged": "samples that a flag holds",
}


def prompt_language(language: str) -> Lang:
    """The language of the prompts for texts in a language."""
    return "zh" if language.partition("-")[0] == "zh" else "en"


class Materials:
    """The material of one run's calls; reads each thing once, until `refresh`."""

    def __init__(
        self,
        store: Store,
        dataset: Dataset,
        *,
        way: str | None = None,
        about: str = "",
        category: str | None = None,
    ) -> None:
        """See `generate` for `way`, `about` and `category`.

        Raises:
            UsageError: seeds, prompts or documents that cannot be used; there is nothing yet to
                ask with.
        """
        self._store = store
        self._dataset = dataset
        self._about = about
        self._category = category
        self.prompting = Prompting(dataset.recipe, dataset.folder, way=way)
        self._sets = seeds.sets(dataset.recipe, dataset.folder)
        self._parents = Parents(store, dataset, self.prompting.ways)
        self._sentences: dict[Place, tuple[str, ...]] = {}
        self._check()

    def refresh(self) -> None:
        """Read again what the store holds."""
        self._parents.refresh()
        self._sentences.clear()

    def lend(self, call: Call) -> None:
        """Keep the samples that a planned call starts from for it alone, until it is done."""
        self._parents.lend(call)

    def done(self, call: Call) -> None:
        """What the call gave is stored, or it failed: the next `refresh` counts what there is."""
        self._parents.done(call)

    @property
    def ways(self) -> tuple[Way, ...]:
        """The recipe's ways of asking, or the one asked for, that have their material now."""
        return tuple(way for way in self.prompting.ways if self._has(way))

    @property
    def places(self) -> Mapping[Way, Set[Place]]:
        """For each way that starts from samples, where there are any for it."""
        ways = filter(starts_from_samples, self.prompting.ways)
        return {way: self._parents.places(way) for way in ways}

    def wordings(self, way: Way, language: str) -> tuple[str, ...]:
        """The hashes of the prompts that a way may begin with in a language."""
        name = WAYS[way].prompts[0]
        languages: tuple[str, ...] = (language,)
        if way == "dialogue" and self._dataset.recipe.dialogue == "two_roles":
            name = two_roles.PROMPTS[0]
        if way == "augment":  # which asks for translations in the other language
            languages = (language, "en" if prompt_language(language) == "zh" else "zh")
        return tuple(self.prompting.template(name, each).hash for each in languages)

    def of(self, call: Call) -> Material:
        """What a call is made from; by its number and what the store holds."""
        return Material(
            seeds=self._examples(call),
            parents=self._chosen(call),
            passage=self._passage(call),
            refused=self._refused(call.cell.category, call.cell.language),
            about=self._about,
        )

    def _has(self, way: Way) -> bool:
        source = WAYS[way].source
        if source == "seeds":
            return any(self._sets) or self._parents.any_approved
        if source == "documents":
            return bool(self._documents.passages)
        recipe = self._dataset.recipe
        known = (self._category,) if self._category else recipe.categories
        return not starts_from_samples(way) or any(
            category in known and language in recipe.languages
            for category, language in self._parents.places(way)
        )

    def _check(self) -> None:
        if self.ways:
            return
        lacking = {way: WAYS[way].source or "" for way in self.prompting.ways}
        told = "; ".join(f"{way} needs {_LACKS[source]}" for way, source in lacking.items())
        raise UsageError(
            f"ask: there is nothing yet to ask with: {told}.",
            "Have some reviewed first, or name another way, such as meta.",
        )

    def _chosen(self, call: Call) -> tuple[Parent, ...]:
        taken = self._parents.lend(call)
        texts = pool.records(self._store, taken)
        return tuple(
            Parent(
                one.sample,
                one.revision,
                text,
                one.cell,
                one.family,
                one.teacher,
                self._said_of(one) if call.way == "mend" else (),
            )
            for one, text in zip(taken, texts, strict=True)
        )

    def _said_of(self, one: Pooled) -> tuple[str, ...]:
        """What people said of a sample, the newest last."""
        lang = prompt_language(one.cell.language)
        said = refused.said_of(self._store, self._dataset, one.sample)
        words = (refusals.clipped(labels.reason(lang, each), _LONGEST_SAID) for each in said)
        return tuple(filter(None, words))[-_MOST_SAID:]

    def _examples(self, call: Call) -> tuple[Record, ...]:
        """Seeds, and after them approved samples of the call's category and language.

        Approved samples take one place of three, or all where there are no seeds. `self-instruct`
        has them as parents.
        """
        apart = call.way == "self-instruct"
        most = _SEEDS_OF_SELF_INSTRUCT if apart else SEEDS_SHOWN
        seeded = self._seeds(call.number, most)
        if seeded and apart:
            return seeded
        room = max(1, most - len(seeded))
        approved = self._texts(self._parents.alike(call.cell), call.number, room)
        return (*seeded[: most - len(approved)], *approved)

    def _seeds(self, number: int, most: int) -> tuple[Record, ...]:
        """From one set of seeds; the sets take turns."""
        if not self._sets:
            return ()
        (which,) = in_turn(len(self._sets), number, f"{self._dataset.name}/sets", 1)
        chosen, turn = self._sets[which], number // len(self._sets)
        return tuple(chosen[n] for n in seeds_shown(len(chosen), turn, self._dataset.name, most))

    def _texts(self, pooled: Sequence[Pooled], number: int, most: int) -> tuple[Record, ...]:
        """Some of these, in the recipe's format; one that has another shape is left out."""
        taken = seeds_shown(len(pooled), number, f"{self._dataset.name}/approved", most)
        texts = pool.records(self._store, [pooled[n] for n in taken])
        shaped = (as_format(text, self._dataset.recipe.format) for text in texts)
        return tuple(text for text in shaped if text is not None)

    @property
    def notes(self) -> tuple[str, ...]:
        """Which documents give nothing, if documents are asked about."""
        left_out = self._documents.left_out if "documents" in self.prompting.ways else ()
        more = len(left_out) - _MOST_NOTED
        rest = (f"{more} more files are left out: winnow recipe check tells which.",) * (more > 0)
        return (*left_out[:_MOST_NOTED], *rest)

    @cached_property
    def _documents(self) -> documents.Folder:
        folder = self._dataset.recipe.documents
        return documents.read(self._dataset.folder / folder) if folder else documents.NONE

    def _passage(self, call: Call) -> Passage | None:
        if WAYS[call.way].source != "documents":
            return None
        salt = f"{self._dataset.name}/documents"
        (which,) = in_turn(len(self._documents.passages), call.number, salt, 1)
        return self._documents.passages[which]

    def _refused(self, category: str, language: str) -> tuple[str, ...]:
        key = category, language
        if key not in self._sentences:
            lang = prompt_language(language)
            found = refused.refusals(self._store, self._dataset, category)
            self._sentences[key] = refusals.sentences(
                found, lang, lambda reason: labels.reason(lang, reason)
            )
        return self._sentences[key]
