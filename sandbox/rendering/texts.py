"""Text objects: plain_text, which stays raw, and mrkdwn."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from sandbox.rendering.glyphs import with_glyphs
from sandbox.rendering.mrkdwn import mrkdwn
from sandbox.rendering.names import Names
from sandbox.rendering.tags import shown, tag, unknown

TextObject = Mapping[str, Any]


def plain(text: TextObject) -> str:
    """What a plain_text object says: raw, with emoji codes as characters if `emoji` asks so."""
    raw = str(text["text"])
    return with_glyphs(raw) if text.get("emoji") else raw


def text_object(text: TextObject, names: Names, name: str = "span", **more: str) -> Markup:
    """A text object in a tag of its own, whose direction reaches nothing beside it."""
    match text.get("type"):
        case "plain_text":
            return tag(name, {**more, "class": "bk-raw", "dir": "auto"}, shown(plain(text)))
        case "mrkdwn":
            inside = mrkdwn(str(text["text"]), names, verbatim=bool(text.get("verbatim")))
            return tag(name, {**more, "class": "bk-mrkdwn", "dir": "auto"}, inside)
    return unknown(text.get("type"), "span")
