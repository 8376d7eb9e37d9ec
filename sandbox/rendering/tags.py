"""The one place where HTML is written: tags whose texts and attributes are escaped by type."""

import re
from collections.abc import Iterable, Mapping

from markupsafe import Markup, escape

Attributes = Mapping[str, str | bool | None]

UNKNOWN = 'class="bk-unknown"'
"""Stands in the HTML wherever something could not be shown; no text can contain it unescaped."""

_UNSHOWABLE = re.compile("[\0\ud800-\udfff]")
_VOID = frozenset({"br", "hr", "img", "input"})
_EATS_A_LINE = frozenset({"pre", "textarea"})
"""Tags after which a browser drops one line break."""


def shown(text: str) -> Markup:
    """A text as a reader sees it: NUL and lone surrogates, which HTML has not, become U+FFFD."""
    return escape(_UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", text))


def joined(parts: Iterable[Markup]) -> Markup:
    """HTML after HTML."""
    return Markup("").join(parts)


def tag(name: str, attributes: Attributes, *inside: Markup) -> Markup:
    """An element. Attributes that are None or False are left out, True has no value.

    Names are the code's own; what stands inside is escaped here if it is no Markup yet.
    """
    begun = f"<{name}{''.join(_attribute(*each) for each in attributes.items())}>"
    if name in _VOID:
        return Markup(begun)  # noqa: S704 - see the docstring
    line = "\n" if name in _EATS_A_LINE else ""
    return Markup(f"{begun}{line}{joined(inside)}</{name}>")  # noqa: S704 - see the docstring


def _attribute(name: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    # A parser makes one line end of another, unless it is written as a number.
    return f' {name}="{shown(value)}"'.replace("\r", "&#13;").replace("\n", "&#10;")


def unknown(kind: object, name: str = "div") -> Markup:
    """The visible error in place of what cannot be shown; `name` is "span" within a line."""
    told = str(kind)
    attributes = {"class": "bk-unknown", "role": "alert", "data-unknown": told}
    return tag(name, attributes, shown(f"This block cannot be shown here: {told}"))
