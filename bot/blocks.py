"""Slack's blocks as plain dicts. Sample text goes through `raw` alone: shown, never parsed."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from bot.excerpts import pieces

Block = dict[str, Any]

SECTION = 3_000
"""Characters in a section or an input (slack_sdk.models)."""


@dataclass(frozen=True)
class Message:
    """`text` is what a notification says (mrkdwn, never sample text), `blocks` what is shown."""

    text: str
    blocks: list[Block]


def plain(text: str) -> Block:
    """A text object in which nothing is markup, not even `:smile:`."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Block:
    """A text object for the bot's own words, in which only explicit links and mentions work."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def raw(text: str) -> list[Block]:
    """Sections that show a text as it is and in full; none for a blank text, which Slack refuses.

    They do not fold long texts away (`expand`).
    """
    shown = (piece for piece in pieces(text, SECTION) if piece.strip())
    return [{"type": "section", "text": plain(piece), "expand": True} for piece in shown]


def section(text: str, **more: Any) -> Block:  # noqa: ANN401 - keys of Slack's block
    """A section of the bot's own words."""
    return {"type": "section", "text": mrkdwn(text), **more}


def context(*texts: Block) -> Block:
    """A line in small print, of `plain` and `mrkdwn` texts."""
    return {"type": "context", "elements": list(texts)}


def header(text: str) -> Block:
    """A headline of at most 150 characters."""
    return {"type": "header", "text": plain(text[:150])}


def actions(elements: Iterable[Block]) -> Block:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def button(text: str, action_id: str, value: str) -> Block:
    """A button; its text has at most 75 characters."""
    return {"type": "button", "text": plain(text[:75]), "action_id": action_id, "value": value}


def overflow(action_id: str, options: Iterable[tuple[str, str]]) -> Block:
    """A ⋯ menu of (text, value)."""
    listed = [{"text": plain(text), "value": value} for text, value in options]
    return {"type": "overflow", "action_id": action_id, "options": listed}


def menu(placeholder: str, action_id: str, options: Iterable[tuple[str, str]]) -> Block:
    """A list of (text, value) to choose one of; nothing is chosen yet."""
    listed = [{"text": plain(text[:75]), "value": value} for text, value in options]
    return {
        "type": "static_select",
        "action_id": action_id,
        "placeholder": plain(placeholder),
        "options": listed,
    }
