"""README.md: the dataset card, with the Hub's YAML in front and plain words on how it was made.

Names and texts from recipes and people are data: in the YAML they stand as JSON strings, in the
text as code, where neither Markdown nor HTML means anything.
"""

import json
import re
from collections.abc import Iterable
from typing import Any

from core.agreement import ENOUGH, Agreement
from core.exports import format_named
from core.exports.about import About, Contents

_SHOWN = 20  # record ids listed in the card; the manifest has all
# What JSON leaves as it is and YAML 1.1 or 1.2 takes for a line break or refuses.
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SIZES = (1_000, "1K"), (10_000, "10K"), (100_000, "100K"), (1_000_000, "1M"), (10_000_000, "10M")


def card(about: About, held: Contents) -> str:
    """The whole card, as Markdown."""
    sections = [
        _front_matter(about, held),
        _head(about, held),
        _making(about, held),
        _review(about, held),
        _contents(about, held),
        _changes(about),
        _limits(about, held),
    ]
    return "\n\n".join(sections) + "\n"


def code(text: str) -> str:
    """A text as an inline code span that it cannot leave."""
    text = " ".join(text.split())
    fence = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}" if text else ""


def fenced(text: str) -> str:
    """A text as a block of code that it cannot leave."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}text\n{text.strip()}\n{fence}"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _front_matter(about: About, held: Contents) -> str:
    """The Hub's metadata; keys and values as in its documentation of dataset cards."""
    data: dict[str, Any] = {
        "language": list(about.languages),
        "license": about.license,
        "pretty_name": about.dataset,
        "annotations_creators": ["expert-generated"],
        "language_creators": ["machine-generated", "expert-generated"]
        if held.corrected
        else ["machine-generated"],
        "size_categories": [size_category(held.records)],
        "source_datasets": ["original"],
        "task_categories": ["text-generation"],
        "tags": ["synthetic", "human-reviewed", "winnow"],
        "configs": [_config(name, held, name == about.formats[0]) for name in about.formats],
        "dataset_info": [
            {"config_name": name, "features": format_named(name).features} for name in about.formats
        ],
    }
    lines = [line for key, value in data.items() if value for line in _yaml(key, value)]
    return "\n".join(["---", *lines, "---"])


def _config(name: str, held: Contents, default: bool) -> dict[str, Any]:
    files = [{"split": split, "path": f"{name}/{split}.jsonl"} for split in held.splits]
    return {"config_name": name, **({"default": True} if default else {}), "data_files": files}


def _yaml(key: str, value: object) -> Iterable[str]:
    """One key; JSON is YAML, and quoted strings are strings in every version of it."""
    if isinstance(value, list) and isinstance(value[0], dict):
        return [f"{key}:", *(f"- {_scalar(item)}" for item in value)]
    return [f"{key}: {_scalar(value)}"]


def _scalar(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def size_category(records: int) -> str:
    """The Hub's name for a size, such as `1K<n<10K`."""
    lower = ""
    for bound, name in _SIZES:
        if records < bound:
            return f"{lower}n<{name}"
        lower = f"{name}<"
    return "10M<n<100M"


def _head(about: About, held: Contents) -> str:
    languages = ", ".join(code(language) for language in about.languages)
    return "\n".join(
        [
            f"# {code(about.dataset)} {about.number}",
            "",
            f"{held.records} records for fine-tuning, in {languages}, exported by Winnow on "
            f"{about.at}. What a model trained on them should do, in the words of the recipe:",
            "",
            fenced(about.goal),
        ]
    )


def _making(about: About, held: Contents) -> str:
    lines = [
        "## How it was made",
        "",
        _reading(about, held),
        "",
        f"- {held.as_written} records stand as a teacher wrote them.",
        f"- {held.corrected} were corrected by a person first.",
        f"- {held.imported} were imported: approved elsewhere, by a named person.",
    ]
    if about.origins:
        rows = [
            (code(o.teacher), code(o.ask), code(o.prompt), code(o.prompt_hash), str(o.records))
            for o in about.origins
        ]
        lines += ["", *_table(("Teacher", "Way of asking", "Prompt", "Its hash", "Records"), rows)]
    return "\n".join(lines)


def _reading(about: About, held: Contents) -> str:
    """Who read the records; only what the store shows is claimed."""
    if not held.records:
        return "No record is approved now."
    if not held.reviewed:
        return "Nobody voted on these records with Winnow; it checked and split them."
    which = "every record" if not held.imported else "every record that was not imported"
    settled = (
        f" {about.settled} of them were approved by a curator's settlement, whatever the votes."
        if about.settled
        else ""
    )
    return (
        f"Teacher models wrote the texts; experts read {which} and voted on it, corrected it or, "
        "as curators, settled it. Only what they approved is here, byte for byte the revision "
        f"that they decided on.{settled}"
    )


def _review(about: About, held: Contents) -> str:
    if not held.reviewed:
        return (
            f"## Review\n\nNone of these records was reviewed here. {_agreement(about.agreement)}"
        )
    policy = [f"- {code(key)}: {code(_plain(value))}" for key, value in about.policy.items()]
    people = [
        (code(person.name), person.role, str(person.votes), str(person.settled))
        for person in about.roster
    ]
    return "\n".join(
        [
            "## Review",
            "",
            "The policy at the time of this export; a record keeps the one it was posted under.",
            "",
            *policy,
            "",
            *_table(("Reviewer", "Role", "Votes", "Settled"), people),
            "",
            _agreement(about.agreement),
        ]
    )


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _agreement(measured: Agreement) -> str:
    if not measured.enough:
        return (
            f"Agreement: {measured.n} records have two votes or more, too few for a figure "
            f"({ENOUGH} are needed)."
        )
    return (
        f"Agreement on the {measured.n} records with two votes or more: raw "
        f"{figure(measured.raw)}, Krippendorff's α {figure(measured.alpha)}, Gwet's AC1 "
        f"{figure(measured.ac1)}. Reviewers could see each other's votes, which raises all three; "
        "α is low by nature where nearly everything is approved."
    )


def figure(value: float | None) -> str:
    """A measure of agreement as people read it."""
    return "not estimable" if value is None else f"{value:.3f}"


def _contents(about: About, held: Contents) -> str:
    splits = [(code(split), str(count)) for split, count in held.splits.items()]
    categories = [(code(category), str(count)) for category, count in held.categories.items()]
    formats = ", ".join(f"`{name}/`" for name in about.formats)
    return "\n".join(
        [
            "## Contents",
            "",
            f"The same records in each of: {formats}, one file per split. `provenance.jsonl` leads "
            "from each record to its sample, revision and lines, `MANIFEST.json` holds the hash of "
            "every file, `dataset_info.json` is for LLaMA-Factory.",
            "",
            *_table(("Split", "Records"), splits),
            "",
            *_table(("Category", "Records"), categories),
        ]
    )


def _changes(about: About) -> str:
    if about.previous is None:
        return "## Changes\n\nThis is the first version."
    changes = about.changes
    lines = [
        f"## Changes since v{about.previous:04d}",
        "",
        f"{len(changes.added)} added, {len(changes.corrected)} corrected, "
        f"{len(changes.withdrawn)} withdrawn.",
    ]
    if changes.withdrawn:
        ids = ", ".join(code(record_id) for record_id in changes.withdrawn[:_SHOWN])
        more = len(changes.withdrawn) - _SHOWN
        rest = f" and {more} more, listed in `MANIFEST.json`" if more > 0 else ""
        lines += [
            "",
            "Withdrawn records are approved no more, though earlier versions hold them; train on "
            f"them no longer: {ids}{rest}.",
        ]
    return "\n".join(lines)


def _limits(about: About, held: Contents) -> str:
    lines = ["## Limits", ""]
    if held.reviewed:
        lines += [
            "- The texts are synthetic: people and events in them are invented, and a teacher's "
            "errors that every reviewer overlooked are still here.",
            "- Approval is the vote or settlement of the few people listed above, not a proof.",
        ]
    lines.append(
        "- Splits are drawn by a hash of each record's id; similar records may stand in different "
        "splits."
    )
    if held.imported:
        lines.append(
            "- How the imported records came about is known only to the person who approved them."
        )
    if not about.license:
        lines.append("- No licence has been named for this dataset.")
    return "\n".join(lines)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> list[str]:
    cells = list(head)
    # A bar ends a cell even inside code, and a backslash before it may itself be escaped.
    lines = [f"| {' | '.join(cell.replace('|', '¦') for cell in row)} |" for row in rows]
    return [f"| {' | '.join(cells)} |", f"|{'---|' * len(cells)}", *lines]
