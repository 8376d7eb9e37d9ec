"""What Slack makes of typed text: escaped `text` with references, and a rich_text block.

`escaped` is for raw keystrokes; `composed` takes text as the Web API does, where `&amp; &lt; &gt;`
and `<@U…>` already stand for themselves (and stray `& < >` are escaped, as Slack does).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox import emoji

_REFERENCE = r"<(?:@[UW]\w+|#C\w+|!\w[^<>]*|(?:https?://|mailto:)[^<>|\s]+)(?:\|[^<>]*)?>"
EVERYONE = frozenset({"channel", "here", "everyone"})
_STRAY_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt);)")
_ADDRESS = re.compile(r"(?<![<|\w])https?://[^\s<>|，。；）」]+[^\s<>|，。；）」.,;:!?)]")
_EMOJI_NAME = r":[a-z0-9_+'-]+:"
_TOKEN = re.compile(f"({_REFERENCE})|({_EMOJI_NAME})")


def escaped(raw: str) -> str:
    """Raw text with `& < >` as entities (Slack escapes nothing else)."""
    return raw.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def mentioning(text: str, handles: Mapping[str, str]) -> str:
    """Escaped text with `@ana` turned into `<@U0ANA>`; `handles` is {handle: reference}."""

    def reference(match: re.Match[str]) -> str:
        found = handles.get(match[1].lower())
        return f"<{found}>" if found else match[0]

    return re.sub(r"(?<![\w.])@([\w-]+(?:\.[\w-]+)*)", reference, text)


def normalised(text: str) -> str:
    """Text as Slack stores what the Web API was given: stray `& < >` escaped, the rest kept."""
    pieces = re.split(f"({_REFERENCE})", _STRAY_AMPERSAND.sub("&amp;", text))
    for index in range(0, len(pieces), 2):
        pieces[index] = pieces[index].replace("<", "&lt;").replace(">", "&gt;")
    return "".join(pieces)


def composed(text: str) -> tuple[str, list[dict[str, Any]]]:
    """What Slack's client sends for `text`: the stored text and its one rich_text block."""
    stored = emoji.CHARACTERS.sub(lambda m: f":{emoji.NAME_OF[m[0]]}:", normalised(text))
    stored = _ADDRESS.sub(lambda m: f"<{m[0]}>", stored)
    section = {"type": "rich_text_section", "elements": list(_elements(stored))}
    return stored, [{"type": "rich_text", "block_id": "typed", "elements": [section]}]


def _elements(text: str) -> Iterator[dict[str, Any]]:
    plain = ""
    for piece in filter(None, _TOKEN.split(text)):
        element = _element(piece)
        if element is None:
            plain += piece
            continue
        if plain:
            yield {"type": "text", "text": unescaped(plain)}
            plain = ""
        yield element
    if plain:
        yield {"type": "text", "text": unescaped(plain)}


def _element(piece: str) -> dict[str, Any] | None:
    if piece.startswith("<") and piece.endswith(">"):
        return _reference(piece[1:-1])
    name = emoji.canonical(piece.strip(":")) if re.fullmatch(_EMOJI_NAME, piece) else None
    if name is None:
        return None
    return {"type": "emoji", "name": name, "unicode": emoji.code_points(name)}


def _reference(inner: str) -> dict[str, Any]:
    target, _, label = inner.partition("|")
    match target[0], target[1:]:
        case "@", user:
            return {"type": "user", "user_id": user}
        case "#", channel:
            return {"type": "channel", "channel_id": channel}
        case "!", special if special.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": special.removeprefix("subteam^")}
        case "!", special:
            return {"type": "broadcast", "range": special}
    link = {"type": "link", "url": unescaped(target)}
    return link | ({"text": unescaped(label)} if label else {})
