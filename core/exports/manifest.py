"""MANIFEST.json: what a version holds, by which rules, and how to check every file of it."""

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from core.exports.about import About, Contents


def manifest(about: About, held: Contents, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The manifest of a folder whose other files are `files`, path to content."""
    return {
        "dataset": about.dataset,
        "version": about.version,
        "created_at": about.at,
        "records": held.records,
        "splits": held.splits,
        "files": {path: sha256(content).hexdigest() for path, content in sorted(files.items())},
        "recipe": dict(about.recipe),
        "policy": dict(about.policy),
        "roster": [asdict(person) for person in about.roster],
        "previous": about.previous,
        "added": list(about.changes.added),
        "corrected": list(about.changes.corrected),
        "withdrawn": list(about.changes.withdrawn),
    }
