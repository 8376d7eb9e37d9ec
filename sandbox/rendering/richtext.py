"""rich_text: sections, lists, quotes and code, and what stands in their lines.

The door leaves open what is in them (`sandbox.blocks`), so every member may be missing or of
another kind: then it is shown as an error, or as the text that there is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from sandbox import emoji
from sandbox.rendering import references
from sandbox.rendering.names import Names
from sandbox.rendering.tags import Attributes, joined, shown, tag, unknown
from sandbox.richtext import EVERYONE

Part = Mapping[str, Any]

_STYLES = {"code": "code", "strike": "s", "italic": "i", "bold": "b", "underline": "u"}
_NUMBERING = ("1", "a", "i")
"""By indent, over and over, as Slack numbers lists."""
_DEEPEST = 8
_CODE_POINTS = re.compile(r"[0-9a-f]{2,6}(?:-[0-9a-f]{2,6}){0,15}", re.IGNORECASE)


def rich_text(parts: object, names: Names) -> Markup:
    """The parts of a rich_text block, one below the other."""
    return joined(_part(part, names) for part in _each(parts))


def _each(parts: object) -> list[Part]:
    """The members of a list; what is no object among them is one of an unknown type."""
    listed = parts if isinstance(parts, list) else [parts]
    return [part if isinstance(part, dict) else {"type": repr(part)} for part in listed]


def _text(part: Part, key: str) -> str:
    value = part.get(key)
    return value if isinstance(value, str) else ""


def _number(part: Part, key: str) -> int:
    value = part.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


# Parts ----------------------------------------------------------------------------------------


def _part(part: Part, names: Names) -> Markup:
    match part.get("type"):
        case "rich_text_section":
            return tag("div", _looks("bk-raw", part), _line(part, names))
        case "rich_text_quote":
            return tag("blockquote", _looks("bk-raw", part), _line(part, names))
        case "rich_text_preformatted":
            attributes = {"data-language": _text(part, "language") or None}
            return tag("pre", {**_looks("bk-pre", part), **attributes}, _line(part, names))
        case "rich_text_list":
            return _list(part, names)
    return unknown(f"rich_text: {part.get('type')}")


def _looks(name: str, part: Part) -> Attributes:
    bordered = " bk-bordered" if part.get("border") else ""
    return {"class": name + bordered, "dir": "auto"}


def _list(part: Part, names: Names) -> Markup:
    """One of Slack's lists, which do not nest: `data-indent` says how far in it stands."""
    indent = max(0, min(_number(part, "indent"), _DEEPEST))
    attributes = {**_looks("bk-list", part), "data-indent": str(indent)}
    items = [
        tag("li", {"class": "bk-raw", "dir": "auto"}, _line(item, names))
        for item in _each(part.get("elements", []))
    ]
    if part.get("style") != "ordered":
        return tag("ul", attributes, *items)
    first = str(max(0, _number(part, "offset")) + 1)
    numbering = _NUMBERING[indent % len(_NUMBERING)]
    return tag("ol", {**attributes, "start": first, "type": numbering}, *items)


def _line(part: Part, names: Names) -> Markup:
    return joined(_element(each, names) for each in _each(part.get("elements", [])))


# What stands in a line ------------------------------------------------------------------------


def _element(element: Part, names: Names) -> Markup:
    render = _ELEMENTS.get(str(element.get("type")))
    if render is None:
        return unknown(f"rich_text: {element.get('type')}", "span")
    html = render(element, names)
    style = element.get("style")
    for name, outer in _STYLES.items():
        if isinstance(style, dict) and style.get(name) is True:
            html = tag(outer, {}, html)
    return html


def _plain(element: Part, _names: Names) -> Markup:
    return shown(_text(element, "text"))


def _link(element: Part, _names: Names) -> Markup:
    url, label = _text(element, "url"), _text(element, "text")
    if references.is_link(url):
        return references.link(url, label or url)
    return shown(f"{label} ({url})" if label else url)


def _emoji(element: Part, _names: Names) -> Markup:
    codes, name = _text(element, "unicode"), _text(element, "name")
    if _CODE_POINTS.fullmatch(codes):
        numbers = [int(code, 16) for code in codes.split("-")]
        if max(numbers) <= 0x10FFFF:
            return shown("".join(map(chr, numbers)))
    return shown(emoji.CHARACTER_OF.get(emoji.canonical(name) or "", f":{name}:"))


def _broadcast(element: Part, _names: Names) -> Markup:
    kind = _text(element, "range")
    return references.everyone(kind) if kind in EVERYONE else shown(f"@{kind}")


def _date(element: Part, _names: Names) -> Markup:
    timestamp = str(_number(element, "timestamp"))
    pattern = _text(element, "format") or None
    fallback = _text(element, "fallback") or pattern or timestamp
    return references.date(timestamp, pattern, fallback, _text(element, "url") or None)


def _color(element: Part, _names: Names) -> Markup:
    return tag("span", {"class": "bk-color"}, shown(_text(element, "value")))


_ELEMENTS: dict[str, Callable[[Part, Names], Markup]] = {
    "text": _plain,
    "link": _link,
    "emoji": _emoji,
    "user": lambda element, names: references.user(_text(element, "user_id"), names),
    "channel": lambda element, names: references.channel(_text(element, "channel_id"), names),
    "usergroup": lambda element, names: references.usergroup(_text(element, "usergroup_id"), names),
    "broadcast": _broadcast,
    "date": _date,
    "color": _color,
}
