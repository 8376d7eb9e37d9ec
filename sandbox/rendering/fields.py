"""Elements in which one types: texts, numbers, dates, times; and the input block around them."""

from markupsafe import Markup

from sandbox.rendering.sites import Element, Site, control
from sandbox.rendering.tags import Attributes, shown, tag
from sandbox.rendering.texts import plain, text_object

_LONGEST = 3_000
"""Characters that Slack takes in a plain_text_input (slack_sdk.models)."""
_GROUPS = frozenset({"radio_buttons", "checkboxes"})


def plain_text_input(element: Element, site: Site) -> Markup:
    """A line of text, or several."""
    least = element.get("min_length")
    attributes = {
        **control(element, site, "Text"),
        "placeholder": _placeholder(element),
        "minlength": str(least) if least else None,
        "maxlength": str(element.get("max_length", _LONGEST)),
    }
    value = site.value(element, "value", "initial_value") or ""
    if element.get("multiline"):
        return tag("textarea", {**attributes, "dir": "auto"}, shown(value))
    return _field("text", {**attributes, "dir": "auto"}, value)


def number_input(element: Element, site: Site) -> Markup:
    """A number, whole unless decimals are allowed."""
    attributes = {
        **control(element, site, "Number"),
        "placeholder": _placeholder(element),
        "min": element.get("min_value"),
        "max": element.get("max_value"),
        "step": "any" if element["is_decimal_allowed"] else "1",
    }
    return _field("number", attributes, site.value(element, "value", "initial_value") or "")


def datepicker(element: Element, site: Site) -> Markup:
    """A date as YYYY-MM-DD."""
    value = site.value(element, "selected_date", "initial_date") or ""
    return _field("date", control(element, site, "Select a date"), value)


def timepicker(element: Element, site: Site) -> Markup:
    """A time as HH:MM."""
    value = site.value(element, "selected_time", "initial_time") or ""
    attributes = {
        **control(element, site, "Select a time"),
        "data-timezone": element.get("timezone"),
    }
    return _field("time", attributes, value)


def _field(kind: str, attributes: Attributes, value: str) -> Markup:
    return tag("input", {"type": kind, **attributes, "value": value})


def _placeholder(element: Element) -> str | None:
    return plain(element["placeholder"]) if "placeholder" in element else None


def labelled(site: Site, field: Markup) -> Markup:
    """An input block: its label, the field, its hint, and room for an error."""
    id_, block = site.block_id, site.block
    label = text_object(block["label"], site.names)
    if site.optional:
        label += tag("span", {"class": "bk-optional"}, shown(" (optional)"))
    # A group is no field that a label could point to.
    grouped = block["element"]["type"] in _GROUPS
    head = tag(
        "span" if grouped else "label",
        {"class": "bk-label", "id": f"label-{id_}", "for": None if grouped else f"in-{id_}"},
        label,
    )
    hint = text_object(block["hint"], site.names) if "hint" in block else Markup("")
    attributes: Attributes = {
        "class": "bk-hint",
        "id": f"hint-{id_}",
        "hidden": "hint" not in block,
    }
    error: Attributes = {"class": "bk-error", "role": "alert", "id": f"err-{id_}", "hidden": True}
    return head + field + tag("p", attributes, hint) + tag("p", error)
