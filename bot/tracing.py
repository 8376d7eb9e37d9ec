"""`winnow trace`: the whole life of one sample."""

from collections.abc import Iterator, Mapping
from typing import Any

from core.errors import UsageError, WinnowError
from core.records import fields, record_of
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
    yield f"Sample {trace['sample']}: {trace['state']}, category {trace['category']}"
    if trace["reason"]:
        yield f"Discarded by {trace['reason']}: {trace['explanation']}"
    origin = {name: value for name, value in trace["origin"].items() if value not in (None, "", [])}
    yield "Origin: " + ", ".join(f"{name} {value}" for name, value in origin.items())
    for revision in trace["revisions"]:
        yield ""
        yield f"Revision {revision['number']}, {_whose(revision)}, {revision['at']}"
        texts = fields(record_of(revision["record"]))
        yield from (f"  {name}: {text}" for name, text in texts.items() if text)
    yield ""
    for vote in trace["votes"]:
        counted = "" if vote["counted"] else " (does not count)"
        yield (
            f"{vote['at']}  {vote['user']}: {vote['verdict']} on revision"
            f" {vote['revision']}{counted}"
        )
    for comment in trace["comments"]:
        yield f"{comment['at']}  {comment['user']} wrote: {comment['text']}"
    for change in trace["transitions"]:
        yield f"{change['at']}  {change['from']} → {change['to']} ({change['cause']})"
    for post in trace["posts"]:
        yield f"Posted: revision {post['revision']}, {post['permalink'] or post['channel']}"
    for version in trace["exports"]:
        yield f"Exported: v{version:04d}"


def _whose(revision: Mapping[str, Any]) -> str:
    return f"by {revision['author']}" if revision["author"] else "as it came"
