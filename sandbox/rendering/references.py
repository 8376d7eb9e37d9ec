"""People, channels, groups, dates and links within a text: what mrkdwn and rich text share."""

import re

from markupsafe import Markup

from sandbox.rendering.names import Names
from sandbox.rendering.tags import Attributes, shown, tag

_LINK = re.compile(r"(?:https?://|mailto:)[^\s\0-\x1f\x7f]++", re.IGNORECASE)


def is_link(url: str) -> bool:
    """Whether a text may be followed: http, https or mailto, and nothing that could hide in it."""
    return _LINK.fullmatch(url) is not None


def link(url: str, label: str) -> Markup:
    """A link, for an address that `is_link` takes."""
    return tag("a", _target(url), shown(label))


def linked(url: str, inside: Markup) -> Markup:
    """A link around what is HTML already."""
    return tag("a", _target(url), inside)


def _target(url: str) -> Attributes:
    return {"href": url, "target": "_blank", "rel": "noopener", "dir": "auto"}


def user(id_: str, names: Names) -> Markup:
    """`@name` of a person."""
    return _mention("data-user", id_, "@" + names.people.get(id_, id_).removeprefix("@"))


def channel(id_: str, names: Names) -> Markup:
    """`#name` of a channel."""
    return _mention("data-channel", id_, "#" + names.channels.get(id_, id_).removeprefix("#"))


def usergroup(id_: str, names: Names) -> Markup:
    """`@name` of a usergroup."""
    return _mention("data-usergroup", id_, "@" + names.usergroups.get(id_, id_).removeprefix("@"))


def everyone(kind: str) -> Markup:
    """`@channel` and the like, for a kind of EVERYONE."""
    return tag("span", {"class": "mention mention-all", "dir": "auto"}, shown(f"@{kind}"))


def date(timestamp: str, pattern: str | None, fallback: str, url: str | None) -> Markup:
    """A time, which the page writes by its pattern; without one, `fallback` stays."""
    attributes = {"data-ts": timestamp, "data-format": pattern, "dir": "auto"}
    time = tag("time", attributes, shown(fallback))
    return linked(url, time) if url is not None and is_link(url) else time


def _mention(attribute: str, id_: str, name: str) -> Markup:
    return tag("span", {"class": "mention", attribute: id_, "dir": "auto"}, shown(name))
