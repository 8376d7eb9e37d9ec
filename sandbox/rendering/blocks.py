"""Blocks as HTML: what a message or a view shows, one block below the other.

Blocks must have passed the door (`sandbox.blocks`): where it leaves a member open, anything may
stand there; elsewhere its shape is relied on.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from sandbox.inputs import State
from sandbox.rendering import buttons, choices, fields
from sandbox.rendering.markdown import markdown
from sandbox.rendering.mrkdwn import mrkdwn
from sandbox.rendering.names import Names
from sandbox.rendering.pictures import picture
from sandbox.rendering.richtext import rich_text
from sandbox.rendering.sites import Element, Site
from sandbox.rendering.tags import joined, tag, unknown
from sandbox.rendering.texts import text_object

Block = Mapping[str, Any]

_ELEMENTS: dict[str, Callable[[Element, Site], Markup]] = {
    "button": buttons.button,
    "overflow": buttons.overflow,
    "feedback_buttons": buttons.feedback_buttons,
    "icon_button": buttons.icon_button,
    "static_select": choices.static_select,
    "multi_static_select": choices.multi_static_select,
    "users_select": choices.users_select,
    "multi_users_select": choices.multi_users_select,
    "channels_select": choices.channels_select,
    "conversations_select": choices.conversations_select,
    "radio_buttons": choices.radio_buttons,
    "checkboxes": choices.checkboxes,
    "datepicker": fields.datepicker,
    "timepicker": fields.timepicker,
    "plain_text_input": fields.plain_text_input,
    "number_input": fields.number_input,
    "image": lambda element, site: picture(element, site.names),
    "plain_text": lambda element, site: text_object(element, site.names),
    "mrkdwn": lambda element, site: text_object(element, site.names),
}


def text_html(text: str, names: Names) -> Markup:
    """The text of a message without blocks, as Slack keeps it: mrkdwn with three entities."""
    return tag("div", {"class": "bk-mrkdwn", "dir": "auto"}, mrkdwn(text, names))


def blocks_html(blocks: Sequence[Block], names: Names) -> Markup:
    """The blocks of a message."""
    return joined(_block(Site(block, names)) for block in blocks)


def view_html(view: Mapping[str, Any], typed: State, names: Names) -> Markup:
    """The blocks of a modal or a Home.

    Args:
        view: what the app gave (`View.content`), with ids.
        typed: what the person typed or chose in it so far (`View.typed`).
        names: what ids are called.
    """
    return joined(_block(Site(block, names, typed)) for block in view["blocks"])


def _block(site: Site) -> Markup:
    kind = site.block.get("type")
    render = _BLOCKS.get(str(kind))
    if render is None:
        return unknown(kind)
    attributes = {"class": f"bk bk-{kind}", "data-block-id": site.block_id}
    if "expand" in site.block:
        attributes["data-expand"] = str(bool(site.block["expand"])).lower()
    return tag("div", attributes, render(site))


def _element(element: Element, site: Site) -> Markup:
    render = _ELEMENTS.get(str(element.get("type")))
    return render(element, site) if render else unknown(element.get("type"), "span")


def _section(site: Site) -> Markup:
    block, parts = site.block, []
    if "text" in block:
        parts.append(_part("bk-text", text_object(block["text"], site.names, "div")))
    if "fields" in block:
        fields_ = [text_object(field, site.names, "div") for field in block["fields"]]
        parts.append(_part("bk-fields", joined(fields_)))
    if "accessory" in block:
        parts.append(_part("bk-accessory", _element(block["accessory"], site)))
    return joined(parts)


def _part(name: str, inside: Markup) -> Markup:
    return tag("div", {"class": name}, inside)


def _header(site: Site) -> Markup:
    """A headline; the page's own are of the first two levels."""
    level = min(max(site.block.get("level", 1), 1) + 2, 6)
    return text_object(site.block["text"], site.names, f"h{level}")


def _image(site: Site) -> Markup:
    title = site.block.get("title")
    caption = tag("figcaption", {}, text_object(title, site.names)) if title else Markup("")
    return tag("figure", {}, caption, picture(site.block, site.names))


def _row(site: Site) -> Markup:
    return joined(_element(element, site) for element in site.block["elements"])


_BLOCKS: dict[str, Callable[[Site], Markup]] = {
    "section": _section,
    "divider": lambda _site: tag("hr", {}),
    "header": _header,
    "image": _image,
    "context": _row,
    "actions": _row,
    "context_actions": _row,
    "rich_text": lambda site: rich_text(site.block["elements"], site.names),
    "markdown": lambda site: markdown(site.block["text"]),
    "input": lambda site: fields.labelled(site, _element(site.block["element"], site)),
}
