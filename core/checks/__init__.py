"""Checks: what a record must pass before a person sees it. docs/checks.md explains each."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from core.checks.base import Check, Finding, RecordFormat, Wanted
from core.checks.duplicates import Duplicates
from core.checks.language import Language
from core.checks.length import Length
from core.checks.must_match import MustMatch
from core.checks.schema import Schema
from core.errors import UsageError
from core.records import Record

if TYPE_CHECKING:
    from core.recipe import Recipe

__all__ = ["CHECKS", "Checks", "Finding"]


class Kind(NamedTuple):
    """How a check is made from the recipe, and the reason it discards with."""

    of: Callable[[Wanted, Mapping[str, Any]], Check]
    reason: str


# In the order of inspection: the first that finds something decides.
CHECKS: dict[str, Kind] = {
    "schema": Kind(Schema.of, "schema"),
    "language": Kind(Language.of, "language"),
    "length": Kind(Length.of, "length"),
    "must_match": Kind(MustMatch.of, "must_match"),
    "duplicates": Kind(Duplicates.of, "duplicate"),
}


class Checks:
    """The checks that a recipe has on, with the records they compare with.

    Not safe for threads: `inspect` and the `add` that follows it are one step.
    """

    def __init__(self, checks: Mapping[str, Check], known: Iterable[Record]) -> None:
        self._checks = checks
        for record in known:
            self.add(record)

    @classmethod
    def of(
        cls,
        format: RecordFormat,  # noqa: A002 - the recipe's word
        turns: tuple[int, int],
        languages: tuple[str, ...],
        settings: Mapping[str, Mapping[str, Any]],
        known: Iterable[Record] = (),
    ) -> Self:
        """Make the checks that `settings` names; an empty mapping means a check's defaults.

        Args:
            format: the recipe's.
            turns: the least and most messages of a conversation.
            languages: codes such as zh, en, pt-BR.
            settings: by check, as `Recipe.check_settings` gives them: complete and valid.
            known: records that new ones may not repeat, the oldest first.

        Raises:
            UsageError: an unknown check.
        """
        for name in settings:
            if name not in CHECKS:
                nearest = difflib.get_close_matches(name, CHECKS, n=1, cutoff=0)[0]
                raise UsageError(f"There is no check {name}.", f"Did you mean {nearest}?")
        wanted = Wanted(format, turns, languages)
        made = {n: kind.of(wanted, settings[n]) for n, kind in CHECKS.items() if n in settings}
        return cls(made, known)

    @classmethod
    def for_recipe(cls, recipe: "Recipe", known: Iterable[Record] = ()) -> Self:
        """The checks of a recipe."""
        return cls.of(recipe.format, recipe.turns, recipe.languages, recipe.check_settings(), known)

    def inspect(self, record: Record, family: int | None = None) -> Finding | None:
        """What the first check that objects has found; None if the record may be shown.

        `family` is that of a declared variant; see core.checks.duplicates.
        """
        for name, check in self._checks.items():
            related = (family,) if isinstance(check, Duplicates) else ()
            if explanation := check.inspect(record, *related):
                return Finding(name, CHECKS[name].reason, explanation)
        return None

    def add(self, record: Record, label: str = "", family: int | None = None) -> None:
        """Take in a record that later ones may not repeat; `label` names it in explanations.

        `family` is the number of the sample that it and its variants go back to.
        """
        duplicates = self._checks.get("duplicates")
        if isinstance(duplicates, Duplicates):
            duplicates.add(record, label, family)

    def belongs(self, record: Record, family: int) -> None:
        """Tell the family of a record that was added without one."""
        duplicates = self._checks.get("duplicates")
        if isinstance(duplicates, Duplicates):
            duplicates.belongs(record, family)
