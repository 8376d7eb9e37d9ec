"""Slack's markup and its inverse: what a person typed, from what Slack delivers.

Slack escapes `&`, `<` and `>` and turns links, people and channels into `<…>`. Message text reads
back from rich text where there is some, else by `unescape` (facts/slack.md §3.1). Both take any
JSON: what Slack may send tomorrow reads as well as it can, and nothing raises.
"""

import re
from typing import Any

_MARKED = re.compile(r"<([^<>|]*)(?:\|([^<>]*))?>")
_ADDED = ("mailto:", "tel:", "http://", "https://")
_DEEPEST = 8  # Slack's editor indents a list no further


def escape(text: str) -> str:
    """Make text safe inside mrkdwn: Slack's three entities, nothing else."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    """The inverse of `escape`; automatic links and names read as what was typed."""
    plain = _MARKED.sub(_plain, text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _plain(match: re.Match[str]) -> str:
    target, label = match[1], match[2]
    if target.startswith("!"):
        return _special(match[0], target, label)
    if target.startswith(("@", "#")):
        return match[0] if label is None else f"{target[0]}{label.lstrip('@#')}"
    return _link(target, label)


def _special(whole: str, target: str, label: str | None) -> str:
    """`<!here>`, `<!subteam^ID|@team>`, `<!date^…|fallback>`."""
    if label is None:
        return whole if "^" in target else f"@{target[1:]}"
    return label if target.startswith("!date") else f"@{label.lstrip('@')}"


def _link(url: str, label: str | None) -> str:
    """A link that Slack made from typed text is that text; one that a person made, Markdown."""
    if not label:
        return url.removeprefix("mailto:").removeprefix("tel:")
    automatic = {f"{scheme}{label}{slash}" for scheme in ("", *_ADDED) for slash in ("", "/")}
    return label if url in automatic or not url else f"[{label}]({url})"


def typed(event: dict[str, Any]) -> str:
    """What the author of a message typed; formatting reads as Markdown."""
    for block in _dicts(event.get("blocks")):
        if block.get("type") == "rich_text":
            return "\n".join(_section(part) for part in _parts(block)).rstrip("\n")
    return unescape(_text(event, "text"))


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _parts(holder: dict[str, Any]) -> list[dict[str, Any]]:
    return _dicts(holder.get("elements"))


def _text(holder: dict[str, Any], key: str) -> str:
    value = holder.get(key)
    return value if isinstance(value, str) else ""


def _number(holder: dict[str, Any], key: str) -> int:
    value = holder.get(key)
    return value if isinstance(value, int) else 0


def _section(part: dict[str, Any]) -> str:
    kind = part.get("type")
    if kind == "rich_text_list":
        return _list(part)
    text = "".join(_element(element) for element in _parts(part))
    if kind == "rich_text_quote":
        return "\n".join(f"> {line}" for line in text.split("\n"))
    if kind == "rich_text_preformatted":
        return f"```\n{text}\n```"
    return text.removesuffix("\n")


def _list(part: dict[str, Any]) -> str:
    ordered = part.get("style") == "ordered"
    first = _number(part, "offset") + 1
    indent = "    " * max(0, min(_number(part, "indent"), _DEEPEST))
    items = ["".join(_element(e) for e in _parts(item)) for item in _parts(part)]
    return "\n".join(
        f"{indent}{f'{first + n}.' if ordered else '-'} {item}" for n, item in enumerate(items)
    )


def _element(element: dict[str, Any]) -> str:
    match element.get("type"):
        case "text":
            return _styled(element)
        case "link":
            return _link(_text(element, "url"), _text(element, "text"))
        case "emoji":
            return _emoji(element)
        case "user":
            return f"<@{_text(element, 'user_id')}>"
        case "channel":
            return f"<#{_text(element, 'channel_id')}>"
        case "usergroup":
            return f"<!subteam^{_text(element, 'usergroup_id')}>"
        case "broadcast":
            return f"@{_text(element, 'range')}"
    return _text(element, "text") or _text(element, "fallback")


_MARKS = (("code", "`"), ("strike", "~~"), ("italic", "_"), ("bold", "**"))


def _styled(element: dict[str, Any]) -> str:
    text = _text(element, "text")
    style = element.get("style")
    core = text.strip()
    if not core or not isinstance(style, dict):
        return text
    before, _, after = text.partition(core)
    for name, mark in _MARKS:
        if style.get(name):
            core = f"{mark}{core}{mark}"
    return f"{before}{core}{after}"


def _emoji(element: dict[str, Any]) -> str:
    codes = _text(element, "unicode")
    if re.fullmatch(r"[0-9a-fA-F]{2,5}(-[0-9a-fA-F]{2,5})*", codes):
        characters = "".join(chr(int(code, 16)) for code in codes.split("-"))
        if not re.search("[\ud800-\udfff\0]", characters):
            return characters
    return f":{_text(element, 'name')}:"
