"""What an export says about itself, beside its records."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from core.agreement import Agreement
from core.approved import Approved
from core.exports.changes import Changes
from core.exports.splits import in_order


@dataclass(frozen=True, slots=True)
class Origin:
    """How some of the records came about: a teacher, asked in one way with one prompt."""

    teacher: str
    ask: str
    prompt: str
    prompt_hash: str
    records: int


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Someone who decided on what is exported; `name` is what the recipe lets the world see.

    Attributes:
        name: a pseudonym.
        role: curators may settle what the votes leave open.
        votes: of how many of the records their verdict stands.
        settled: how many of the records they approved as a curator, whatever the votes.
    """

    name: str
    role: Literal["reviewer", "curator"]
    votes: int
    settled: int = 0


@dataclass(frozen=True, slots=True)
class About:
    """Everything in a version's folder that does not follow from its records.

    Attributes:
        dataset: the recipe's name.
        version: the number of this export, from 1.
        created_at: when it was made; aware.
        goal: the recipe's goal.
        languages: codes such as `zh`.
        formats: the export formats to write, in the recipe's order.
        recipe: which recipe it was, as JSON values (number, hash, …).
        policy: the rule by which votes decide at this time, as JSON values.
        roster: who voted or settled, by public name.
        agreement: how far they agreed.
        changes: against the previous version.
        previous: that version's number, None for the first.
        origins: how the records came about.
        license: the dataset's licence, None if the recipe names none.
    """

    dataset: str
    version: int
    created_at: datetime
    goal: str
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    recipe: Mapping[str, Any]
    policy: Mapping[str, Any]
    roster: tuple[Reviewer, ...]
    agreement: Agreement
    changes: Changes
    previous: int | None = None
    origins: tuple[Origin, ...] = ()
    license: str | None = None

    @property
    def number(self) -> str:
        """The version as its folder is named: v0007."""
        return f"v{self.version:04d}"

    @property
    def at(self) -> str:
        """The time as ISO 8601 in UTC, to the second."""
        return self.created_at.astimezone(UTC).isoformat(timespec="seconds")

    @property
    def settled(self) -> int:
        """How many records a curator approved; each has one settlement in force at most."""
        return sum(person.settled for person in self.roster)


@dataclass(frozen=True, slots=True)
class Contents:
    """What the records are, in numbers: per split, per category, and how they came to be."""

    records: int
    splits: dict[str, int]
    categories: dict[str, int]
    as_written: int
    corrected: int
    imported: int

    @property
    def reviewed(self) -> int:
        """How many were decided on with Winnow."""
        return self.as_written + self.corrected


def contents(approved: Sequence[tuple[Approved, str]]) -> Contents:
    """Count approved records, each given with its split. Categories come largest first."""
    splits = Counter(split for _, split in approved)
    categories = Counter(record.category for record, _ in approved)
    reviewed = [record for record, _ in approved if record.source == "reviewed"]
    corrected = sum(record.revision > 0 for record in reviewed)
    return Contents(
        records=len(approved),
        splits={split: splits[split] for split in in_order(splits)},
        categories=dict(sorted(categories.items(), key=lambda item: (-item[1], item[0]))),
        as_written=len(reviewed) - corrected,
        corrected=corrected,
        imported=len(approved) - len(reviewed),
    )


def pseudonyms(users: Sequence[str]) -> dict[str, str]:
    """A public name for each user: `reviewer-1`, `reviewer-2`, … in the order given.

    Given in the order of their first decision, users keep their names from version to version.
    Nothing of the user's id is in the name, so that no list of members brings it back.
    """
    return {user: f"reviewer-{n}" for n, user in enumerate(dict.fromkeys(users), 1)}
