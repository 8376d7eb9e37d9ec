"""A whole version's folder, from approved records to bytes, without touching a disk."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from core.approved import Approved
from core.exports import format_named
from core.exports.about import About, contents
from core.exports.card import card
from core.exports.dataset_info import dataset_info
from core.exports.manifest import manifest
from core.exports.provenance import provenance
from core.exports.report import report
from core.jsonl import lines


def build(approved: Sequence[tuple[Approved, str]], about: About) -> dict[str, bytes]:
    """Everything the folder holds: path to content, MANIFEST.json last.

    The order of `approved` changes nothing; the same records and `about` give the same bytes.

    Args:
        approved: each record with its split.
        about: what the folder says of itself.

    Raises:
        UsageError: `about` names a format that does not exist.
        ValueError: a record is there twice.
    """
    ordered = sorted(approved, key=lambda pair: pair[0].record_id)
    if len({record.record_id for record, _ in ordered}) < len(ordered):
        raise ValueError("a record was given twice to the export")
    held = contents(ordered)
    files: dict[str, bytes] = {}
    places: dict[str, dict[str, int]] = {record.record_id: {} for record, _ in ordered}
    for name in about.formats:
        for split in held.splits:
            path = f"{name}/{split}.jsonl"
            rows = _rows(name, [record for record, its_split in ordered if its_split == split])
            files[path] = lines(rows.values())
            for number, record_id in enumerate(rows, 1):
                places[record_id][path] = number
    files["provenance.jsonl"] = lines(
        provenance(record, split, places[record.record_id]) for record, split in ordered
    )
    files["dataset_info.json"] = _json(dataset_info(about, held.splits))
    files["README.md"] = card(about, held).encode()
    files["report.html"] = report(about, held).encode()
    files["MANIFEST.json"] = _json(manifest(about, held, files))
    return files


def _rows(name: str, records: Sequence[Approved]) -> dict[str, dict[str, Any]]:
    """One file's rows by record id: rows with a history first, else in the order of the ids.

    Loaders guess the type of `history` from a file's first rows, and a guess from empty lists
    makes them fail at a later row that has one (seen with datasets 5.2 beyond its first 10 MB).
    """
    write = format_named(name).row
    rows = [(record.record_id, write(record.record)) for record in records]
    return dict(sorted(rows, key=lambda item: not item[1].get("history")))


def _json(value: Mapping[str, Any]) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()
