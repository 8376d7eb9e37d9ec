"""Elements that are pressed: buttons, overflow menus, feedback and icon buttons."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from sandbox.rendering import references
from sandbox.rendering.sites import Element, Site, hooks
from sandbox.rendering.tags import Attributes, shown, tag, unknown
from sandbox.rendering.texts import plain, text_object

_ICONS = {"trash": "🗑"}


def button(element: Element, site: Site) -> Markup:
    """A button; one with an address is a link that is also told to the app, as in Slack."""
    look = f" bk-{element['style']}" if "style" in element else ""
    attributes = {
        "class": f"bk-button{look}",
        **hooks(element, site),
        "data-value": element.get("value"),
        "aria-label": element.get("accessibility_label"),
    }
    return _pressed(attributes, text_object(element["text"], site.names), element.get("url"))


def _pressed(attributes: Attributes, inside: Markup, url: str | None) -> Markup:
    if url is None:
        return tag("button", {"type": "button", **attributes}, inside)
    if not references.is_link(url):
        return unknown(f"button to {url}", "span")
    target = {"href": url, "target": "_blank", "rel": "noopener"}
    return tag("a", {**attributes, **target}, inside)


def overflow(element: Element, site: Site) -> Markup:
    """The ⋯ menu."""
    toggle = {
        "type": "button",
        "class": "bk-button",
        "data-element": "overflow-toggle",
        "aria-haspopup": "menu",
        "aria-expanded": "false",
        "aria-label": "More",
    }
    entries = [_entry(element, option, site) for option in element["options"]]
    menu = tag("span", {"role": "menu", "hidden": True}, *entries)
    return tag("span", {"class": "bk-overflow"}, tag("button", toggle, shown("⋯")), menu)


def _entry(element: Element, option: Mapping[str, Any], site: Site) -> Markup:
    inside = text_object(option["text"], site.names)
    if "description" in option:
        inside += tag(
            "span", {"class": "bk-description"}, text_object(option["description"], site.names)
        )
    attributes = {"role": "menuitem", **hooks(element, site), "data-value": option["value"]}
    return _pressed(attributes, inside, option.get("url"))


def feedback_buttons(element: Element, site: Site) -> Markup:
    """Thumbs up and down; the door leaves open what each of them is."""
    pair = [
        _feedback(element, element[name], glyph, site)
        for name, glyph in (("positive_button", "👍"), ("negative_button", "👎"))
    ]
    return tag("span", {"class": "bk-feedback"}, *pair)


def _feedback(element: Element, given: object, glyph: str, site: Site) -> Markup:
    text = given.get("text") if isinstance(given, dict) else None
    if not isinstance(given, dict) or not isinstance(text, dict) or "text" not in text:
        return unknown("feedback_buttons: a button without a text", "span")
    label = str(given.get("accessibility_label") or plain(text))
    attributes = {
        "type": "button",
        "class": "bk-button bk-icon",
        **hooks(element, site, "button"),
        "data-value": str(given.get("value", "")),
        "aria-label": label,
        "title": label,
    }
    return tag("button", attributes, shown(glyph))


def icon_button(element: Element, site: Site) -> Markup:
    """A button that shows an icon and is named by its text."""
    attributes = {
        "type": "button",
        "class": "bk-button bk-icon",
        **hooks(element, site, "button"),
        "data-value": element.get("value"),
        "aria-label": plain(element["text"]),
        "title": plain(element["text"]),
    }
    icon = _ICONS.get(element["icon"])
    return tag("button", attributes, shown(icon)) if icon else unknown(element["icon"], "span")
