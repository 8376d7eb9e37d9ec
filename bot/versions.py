"""Versions: from what is approved to the next numbered folder, whole and published or absent."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bot import destinations
from bot.destinations import Shelf
from core.approved import Approved
from core.errors import WinnowError
from core.exports import format_named
from core.exports.about import About
from core.exports.changes import Changes, changes
from core.exports.folder import build
from core.recipe import Recipe
from core.schedule import written_duration
from storage import exports, stats
from storage.datasets import Dataset
from storage.engine import Store
from storage.exports import Collected, Version


@dataclass(frozen=True)
class Exported:
    """A version as it stands on disk; `new` tells whether this export made it.

    `path` is its folder in the first destination, absolute; None, with version 0, when nothing was
    ever approved. `files` are the hashes (sha256) of its files by path, as in MANIFEST.json.
    """

    version: int
    path: Path | None
    records: int
    splits: dict[str, int]
    files: dict[str, str]
    changes: Changes
    new: bool

    @property
    def number(self) -> str:
        """The version as its folder is named: v0007."""
        return f"v{self.version:04d}"

    def as_json(self) -> dict[str, Any]:
        """The answer of `winnow export --json` (SURFACE.md)."""
        return {
            "version": self.version,
            "path": str(self.path) if self.path else None,
            "records": self.records,
            "splits": self.splits,
            **self.counts(),
            "files": self.files,
        }

    def counts(self) -> dict[str, int]:
        """How many records were added, corrected and withdrawn."""
        return {
            "added": len(self.changes.added),
            "corrected": len(self.changes.corrected),
            "withdrawn": len(self.changes.withdrawn),
        }


_NOTHING = Exported(0, None, 0, {}, {}, Changes(), new=False)


@dataclass(frozen=True)
class _Order:
    """What is asked for; `always`: a new version even when nothing changed."""

    formats: tuple[str, ...]
    places: tuple[Path, ...]
    always: bool


def known_formats(formats: Iterable[str]) -> tuple[str, ...]:
    """Each format once.

    Raises:
        UsageError: there is none of that name.
    """
    found = tuple(dict.fromkeys(formats))
    for name in found:
        format_named(name)
    return found


def export_now(
    store: Store,
    dataset: Dataset,
    *,
    formats: Sequence[str] | None = None,
    to: str | None = None,
    always: bool = False,
) -> Exported:
    """Make the next version from what is approved now.

    Nothing is made when the last version stands in each destination, has all formats asked for and
    would not change, unless `always`; nor before a first record is approved.

    Raises:
        UsageError: an unknown format, or a destination that is no folder.
        WinnowError: a folder could not be written; nothing was published.
    """
    order = _Order(
        formats=known_formats(formats or dataset.recipe.export.formats),
        places=destinations.folders(dataset, to),
        always=always,
    )
    found = _nothing_new(store, dataset, order, exports.collect(store, dataset))
    if found is not None:
        return found
    with destinations.held(order.places) as shelves:
        return _next_version(store, dataset, order, shelves)


def _nothing_new(
    store: Store, dataset: Dataset, order: _Order, collected: Collected
) -> Exported | None:
    last = exports.latest(store, dataset.id)
    if last is None:
        return None if collected.items else _NOTHING
    if order.always or _changes(collected) or not _serves(last, order):
        return None
    path = order.places[0] / Path(last.path).name
    return _exported(last.version, path, last.manifest, Changes(), new=False)


def _serves(last: Version, order: _Order) -> bool:
    """Whether the last version is where it is wanted, with all formats that are wanted."""
    there = {path.partition("/")[0] for path in last.manifest["files"]}
    name = Path(last.path).name
    return (not last.manifest["records"] or there.issuperset(order.formats)) and all(
        (place / name / "MANIFEST.json").is_file() for place in order.places
    )


def _changes(collected: Collected) -> Changes:
    current = {record.record_id: record.revision for record, _ in collected.items}
    return changes(collected.previous, current)


def _exported(
    version: int, path: Path, manifest: dict[str, Any], changed: Changes, *, new: bool
) -> Exported:
    return Exported(
        version=version,
        path=path,
        records=manifest["records"],
        splits=manifest["splits"],
        files=manifest["files"],
        changes=changed,
        new=new,
    )


def _next_version(store: Store, dataset: Dataset, order: _Order, shelves: list[Shelf]) -> Exported:
    """Write and publish the next version, or find that another process just did."""
    while True:
        collected = exports.collect(store, dataset)
        if (found := _nothing_new(store, dataset, order, collected)) is not None:
            return found
        for shelf in shelves:
            shelf.clear(collected.previous_version or 0)
        collected = replace(collected, version=_free_number(collected.version, shelves))
        files = build(collected.items, _about(store, dataset, order.formats, collected))
        manifest = json.loads(files["MANIFEST.json"])
        path = _put(shelves, collected.version, files)
        # A publishing of unknown outcome leaves the folders: the next export asks the database.
        if exports.publish(store, dataset, collected, str(path), manifest):
            for shelf in shelves:
                shelf.settle()
            return _exported(collected.version, path, manifest, _changes(collected), new=True)
        _take_back(shelves, collected.version)


def _free_number(version: int, shelves: list[Shelf]) -> int:
    """The next number whose place is free: another database may have published there before."""
    while any(shelf.path(version).exists() for shelf in shelves):
        version += 1
    return version


def _put(shelves: list[Shelf], version: int, files: dict[str, bytes]) -> Path:
    try:
        for shelf in shelves:
            shelf.put(version, files)
    except WinnowError:
        _take_back(shelves, version)
        raise
    return shelves[0].path(version)


def _take_back(shelves: list[Shelf], version: int) -> None:
    for shelf in shelves:
        shelf.take_back(version)


def _about(store: Store, dataset: Dataset, formats: tuple[str, ...], collected: Collected) -> About:
    recipe = dataset.recipe
    behind = stats.behind(store, dataset, _revisions(record for record, _ in collected.items))
    return About(
        dataset=dataset.name,
        version=collected.version,
        created_at=collected.at,
        goal=recipe.goal,
        languages=recipe.languages,
        formats=formats,
        recipe={"number": collected.recipe, "sha256": collected.recipe_sha256},
        policy=_policy(recipe),
        roster=behind.roster,
        agreement=behind.agreement,
        changes=_changes(collected),
        previous=collected.previous_version,
        origins=behind.origins,
        license=recipe.export.license,
    )


def _revisions(records: Iterable[Approved]) -> dict[int, int]:
    return {record.sample: record.revision for record in records}


def _policy(recipe: Recipe) -> dict[str, Any]:
    review = recipe.review
    return {
        "policy": review.policy,
        "lead": review.lead,
        "max_votes": review.max_votes,
        "queue_after": written_duration(review.queue_after),
        "expire_after": written_duration(review.expire_after),
    }
