"""The small language in which `sandbox.blocks` says what Slack takes: checks that yield problems.

A check is given a value and its JSON pointer and yields sentences in Slack's form.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def at(sentence: str, path: str) -> str:
    """A problem in Slack's form: the sentence and where it holds."""
    return f"{sentence} [json-pointer:{path or '/'}]"


def string(most: int, least: int = 0) -> Check:
    """A string of `least` to `most` characters."""

    def check(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
        if not isinstance(value, str):
            yield at("must be a string", path)
        elif len(value) > most:
            yield at(f"must be less than {most + 1} characters", path)
        elif len(value) < least:
            yield at(f"must be more than {least - 1} characters", path)

    return check


def boolean(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    """True or false."""
    if not isinstance(value, bool):
        yield at("must be a boolean", path)


def integer(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
    """A whole number from 0."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        yield at("must be a non-negative integer", path)


def one_of(*values: str) -> Check:
    """One of these strings."""

    def check(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
        if value not in values:
            yield at(f"must be one of {', '.join(values)}", path)

    return check


def listed(item: Check, most: int, least: int = 1) -> Check:
    """A list of `least` to `most` items."""

    def check(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
        if not isinstance(value, list):
            yield at("must be an array", path)
            return
        if len(value) > most:
            yield at(f"no more than {most} items allowed", path)
        if len(value) < least:
            yield at(f"no fewer than {least} items allowed", path)
        for index, each in enumerate(value):
            yield from item(each, f"{path}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check]) -> Check:
    """An object with these members and no others."""
    known = {**required, **optional}

    def check(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
        if not isinstance(value, dict):
            yield at("must be an object", path)
            return
        for name in required.keys() - value.keys():
            yield at(f"missing required field: {name}", path)
        for name, member in value.items():
            if name in known:
                yield from known[name](member, f"{path}/{name}")
            elif name != "type":
                yield at(f"invalid additional property: {name}", path)

    return check


def typed(kinds: Mapping[str, Check], word: str) -> Check:
    """An object whose `type` names one of `kinds`."""

    def check(value: Any, path: str) -> Iterator[str]:  # noqa: ANN401
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in kinds:
            yield at(f"unsupported type: {kind!r} is no {word}", f"{path}/type")
        else:
            yield from kinds[kind](value, path)

    return check


def anything(_value: Any, _path: str) -> Iterator[str]:  # noqa: ANN401
    """Whatever Slack's own pages leave open."""
    yield from ()
