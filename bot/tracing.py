"""`winnow trace`: the whole life of one sample."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from textwrap import indent
from typing import Any

from core.errors import UsageError, WinnowError
from core.records import answers, fields, record_of
from storage import traces
from storage.engine import Store

_MOST_DIGITS = 18
"""Numbers of more digits may not fit into a database's 64 bits, so no sample has one."""


def number(sample: str) -> int:
    """The sample that is meant by `12`, or by the record id `NAME-12` of an export.

    Raises:
        UsageError: it is neither, or larger than any sample's number.
    """
    digits = sample.rpartition("-")[2]
    if not (digits.isascii() and digits.isdecimal()):
        raise UsageError(
            f"{sample} is no sample.", "Give its number, or a record_id of an export, like name-12."
        )
    if len(digits.lstrip("0")) > _MOST_DIGITS:
        raise UsageError(f"There is no sample {sample}.")
    return int(digits)


def trace(store: Store, sample: str) -> dict[str, Any]:
    """The answer of `trace --json`.

    Raises:
        UsageError: there is no such sample.
    """
    try:
        return traces.trace(store, number(sample))
    except WinnowError as error:
        raise UsageError(error.error, error.hint) from error


def told(trace: Mapping[str, Any]) -> Iterator[str]:
    """The same for people, line by line."""
    yield from _heading(trace)
    for revision in trace["revisions"]:
        yield ""
        yield f"Revision {revision['number']}, {_whose(revision)}, {revision['at']}"
        texts = fields(record_of(revision["record"]))
        yield from (f"  {name}: {text}" for name, text in texts.items() if text)
    for contrast in trace["contrasts"]:
        yield ""
        yield f"For contrast ({contrast['kind']}), by {contrast['origin'].get('teacher', '')}:"
        yield indent(answers(record_of(contrast["record"]))[-1], "  ")
    yield ""
    for at, what in sorted(_events(trace), key=lambda event: datetime.fromisoformat(event[0])):
        yield f"{at}  {what}"
    for post in trace["posts"]:
        yield f"Posted: revision {post['revision']}, {post['permalink'] or post['channel']}"
    for version in trace["exports"]:
        yield f"Exported: v{version:04d}"


def _heading(trace: Mapping[str, Any]) -> Iterator[str]:
    yield f"Sample {trace['sample']}: {trace['state']}, category {trace['category']}"
    if trace["reason"]:
        yield f"Discarded by {trace['reason']}: {trace['explanation']}"
    yield "Origin: " + ", ".join(_origin(trace["origin"]))
    if trace["imported_by"]:
        yield f"Imported as approved by {trace['imported_by']}"
    if trace["parent"]:
        yield f"A variant of sample {trace['parent']}"
    if trace["variants"]:
        yield f"Its variants: {_plain(trace['variants'])}"
    if trace["raw"]:
        yield from ("", "What the teacher wrote:", indent(trace["raw"], "  "))


def _origin(origin: Mapping[str, Any]) -> Iterator[str]:
    for name, value in origin.items():
        if value not in (None, "", [], {}):
            yield f"{name} {_plain(value)}"


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={part}" for name, part in value.items())
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _events(trace: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What happened and when; of one instant, causes come before the states they led to."""
    for vote in trace["votes"]:
        counted = "" if vote["counted"] else " (does not count)"
        told = f"vote: {vote['verdict']} by {vote['user']} on revision {vote['revision']}"
        yield vote["at"], told + counted
    for comment in trace["comments"]:
        yield comment["at"], f"comment by {comment['user']}: {comment['text']}"
    for why in trace["reasons"]:
        told = f"reason of {why['user']} for ❌ on revision {why['revision']}: {why['reason']}"
        yield why["at"], told
    for wish in trace["rewrites"]:
        told = f"wish of {wish['user']} for revision {wish['revision']} ({wish['state']})"
        yield wish["at"], f"{told}: {wish['wish']}"
    for settled in trace["settlements"]:
        yield settled["at"], f"settlement: {_decision(settled)}"
    for fact in trace["facts"]:
        whose = f" by {fact['user']}" if fact["user"] else ""
        cause = f" ({fact['cause']})" if fact["cause"] else ""
        yield fact["at"], f"{fact['kind']}{whose} on revision {fact['revision']}{cause}"
    for change in trace["transitions"]:
        yield change["at"], f"state: {change['from']} → {change['to']} ({change['cause']})"


def _decision(settled: Mapping[str, Any]) -> str:
    what = settled["verdict"] or "taken back"
    reason = f", because: {settled['reason']}" if settled["reason"] else ""
    return f"{what} by {settled['user']} on revision {settled['revision']}{reason}"


def _whose(revision: Mapping[str, Any]) -> str:
    return f"by {revision['author']}" if revision["author"] else "as it came"
