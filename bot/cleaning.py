"""`winnow clean`: a recipe's checks alone, on any dataset file.

Duplicates are looked for within the file, not among the samples of the dataset: the answer depends
on the file and the recipe alone.
"""

import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Template
from jinja2.sandbox import SandboxedEnvironment

from bot.screening import Counted, Report, Screened, counted, read_file, screen
from core import jsonl
from core.errors import UsageError
from core.formats import Lines
from core.recipe import Recipe
from core.records import question

KEPT, DISCARDED, FLAGGED, REPORT = "kept.jsonl", "discarded.jsonl", "flagged.jsonl", "report.html"
_SHOWN = 200
"""Rows of each table in the report; the files have them all."""
_EXCERPT = 160


def clean(recipe: Recipe, path: Path, out: Path | None, *, report: Report) -> Counted:
    """Check a file, and write what was found into a folder if one is given.

    The folder gets `kept.jsonl`, `discarded.jsonl`, `flagged.jsonl` (empty: no check of this
    version flags) and `report.html`. It may exist; these files may not.

    Raises:
        UsageError: the file cannot be read, or the folder holds one of these files already.
    """
    if out is not None:
        _check_free(out)
    lines = read_file(path)
    screened = list(screen(recipe, lines, (), report))
    count = counted(lines, screened)
    if out is not None:
        _write(out, _files(path.name, lines, screened, count))
    return count


def _check_free(out: Path) -> None:
    # lexists: a link that leads nowhere is in the way too, and nothing is written through one.
    if os.path.lexists(out) and not out.is_dir():
        raise UsageError(f"--out: {out} is no folder.")
    for name in (KEPT, DISCARDED, FLAGGED, REPORT):
        if os.path.lexists(out / name):
            raise UsageError(f"--out: {out} holds {name} already.", "Name another folder.")


def _write(out: Path, files: dict[str, bytes]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (out / name).write_bytes(data)


def _files(
    source: str, lines: Lines, screened: Iterable[Screened], count: Counted
) -> dict[str, bytes]:
    kept = [one for one in screened if one.finding is None]
    discarded = [_row(one) for one in screened if one.finding is not None]
    page = _template().render(
        source=source,
        count=count,
        discarded=discarded[:_SHOWN],
        broken=lines.broken[:_SHOWN],
        shown=_SHOWN,
    )
    return {
        KEPT: jsonl.lines(one.record.model_dump(mode="json") for one in kept),
        DISCARDED: jsonl.lines({k: v for k, v in row.items() if k != "asks"} for row in discarded),
        FLAGGED: b"",
        REPORT: page.encode(),
    }


def _row(one: Screened) -> dict[str, Any]:
    asked = " ".join(question(one.record).split())
    return {
        "line": one.number,
        "reason": one.finding.reason if one.finding else "",
        "explanation": one.finding.explanation if one.finding else "",
        "record": one.record.model_dump(mode="json"),
        "asks": asked if len(asked) <= _EXCERPT else f"{asked[:_EXCERPT]}…",
    }


_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{{ source }}</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem;
  overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3rem .6rem; border-top: 1px solid #8886; }
td.n { font-variant-numeric: tabular-nums; white-space: nowrap; }
</style>
</head>
<body>
<h1>{{ source }}</h1>
<table>
<tr><td>Rows read</td><td class="n">{{ count.read }}</td></tr>
<tr><td>Kept</td><td class="n">{{ count.accepted }}</td></tr>
{% for reason, number in count.discarded.most_common() %}
<tr><td>Discarded: {{ reason }}</td><td class="n">{{ number }}</td></tr>
{% endfor %}
<tr><td>Broken lines</td><td class="n">{{ count.broken | length }}</td></tr>
</table>
{% if discarded %}
<h2>Discarded</h2>
<table>
<tr><th>Line</th><th>Reason</th><th>What was found</th><th>Question</th></tr>
{% for row in discarded %}
<tr><td class="n">{{ row.line }}</td><td>{{ row.reason }}</td><td>{{ row.explanation }}</td>
<td>{{ row.asks }}</td></tr>
{% endfor %}
</table>
{% if count.discarded.total() > shown %}
<p>The first {{ shown }}; all are in discarded.jsonl.</p>
{% endif %}
{% endif %}
{% if broken %}
<h2>Broken lines</h2>
<table>
<tr><th>Line</th><th>What is wrong</th></tr>
{% for line in broken %}
<tr><td class="n">{{ line.number }}</td><td>{{ line.explanation }}</td></tr>
{% endfor %}
</table>
{% if count.broken | length > shown %}
<p>The first {{ shown }}.</p>
{% endif %}
{% endif %}
</body>
</html>
"""


@cache
def _template() -> Template:
    environment = SandboxedEnvironment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    return environment.from_string(_PAGE)
