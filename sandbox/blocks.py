"""Block Kit at the door: keys, types and lengths of blocks and views, as Slack refuses them.

A compact table of what the published types and slack_sdk's models say; tests/sandbox/test_blocks.py
compares it with both. Each problem is a sentence with a JSON pointer, in Slack's form.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.shapes import (
    Check,
    anything,
    at,
    boolean,
    integer,
    listed,
    one_of,
    shape,
    string,
    typed,
)

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_CHARACTERS = 13_200  # undocumented: github.com/slackapi/bolt-js/issues/2509
VIEW_BYTES = 250_000


def plain(most: int) -> Check:
    """A plain_text object."""
    kinds = {"plain_text": shape({"text": string(most, 1)}, {"emoji": boolean})}
    return typed(kinds, "plain_text object")


def text(most: int) -> Check:
    """A plain_text or mrkdwn object."""
    return typed(
        {
            "plain_text": shape({"text": string(most, 1)}, {"emoji": boolean}),
            "mrkdwn": shape({"text": string(most, 1)}, {"verbatim": boolean}),
        },
        "text object",
    )


ID = string(255)
CONFIRM = shape(
    {"title": plain(100), "text": text(300)},
    {"confirm": plain(30), "deny": plain(30), "style": one_of("primary", "danger")},
)
OPTION = shape(
    {"text": text(75), "value": string(150)}, {"description": text(75), "url": string(3000)}
)
GROUP = shape({"label": plain(75), "options": listed(OPTION, 100)}, {})
IMAGE = {"alt_text": string(2000)}
SLACK_FILE = shape({}, {"id": string(255), "url": string(3000)})
IMAGE_SOURCE = {"image_url": string(3000), "slack_file": SLACK_FILE}
_COMMON: dict[str, Check] = {"action_id": ID, "focus_on_load": boolean}
_ASK: dict[str, Check] = {**_COMMON, "confirm": CONFIRM, "placeholder": plain(150)}


def _select(initial: str, check: Check, **more: Check) -> Check:
    return shape({}, {**_ASK, initial: check, **more})


def _options(
    initial: str, check: Check, most: int, base: Mapping[str, Check], **more: Check
) -> Check:
    return shape({"options": listed(OPTION, most)}, {**base, initial: check, **more})


_OPEN = {"response_url_enabled": boolean}
_MANY = {"max_selected_items": integer}
ELEMENTS: dict[str, Check] = {
    "button": shape(
        {"text": plain(75)},
        {
            "action_id": ID,
            "value": string(2000),
            "url": string(3000),
            "style": one_of("primary", "danger"),
            "confirm": CONFIRM,
            "accessibility_label": string(75),
        },
    ),
    "overflow": shape({"options": listed(OPTION, 5)}, {"action_id": ID, "confirm": CONFIRM}),
    "static_select": shape(
        {},
        {
            **_ASK,
            "options": listed(OPTION, 100),
            "option_groups": listed(GROUP, 100),
            "initial_option": OPTION,
        },
    ),
    "multi_static_select": shape(
        {},
        {
            **_ASK,
            **_MANY,
            "options": listed(OPTION, 100),
            "option_groups": listed(GROUP, 100),
            "initial_options": listed(OPTION, 100),
        },
    ),
    "users_select": _select("initial_user", string(255)),
    "multi_users_select": _select("initial_users", listed(string(255), 100, 0), **_MANY),
    "conversations_select": _select(
        "initial_conversation",
        string(255),
        default_to_current_conversation=boolean,
        filter=anything,
        **_OPEN,
    ),
    "channels_select": _select("initial_channel", string(255), **_OPEN),
    "radio_buttons": _options("initial_option", OPTION, 10, {**_COMMON, "confirm": CONFIRM}),
    "checkboxes": _options(
        "initial_options", listed(OPTION, 10), 10, {**_COMMON, "confirm": CONFIRM}
    ),
    "datepicker": _select("initial_date", string(10, 10)),
    "timepicker": _select("initial_time", string(5, 5), timezone=string(100)),
    "image": shape(IMAGE, IMAGE_SOURCE),
    "feedback_buttons": shape(
        {"positive_button": anything, "negative_button": anything}, {"action_id": ID}
    ),
    "icon_button": shape(
        {"icon": one_of("trash"), "text": plain(75)},
        {"action_id": ID, "value": string(2000), "confirm": CONFIRM},
    ),
}
_DISPATCH = {"dispatch_action_config": anything}
INPUTS: dict[str, Check] = {
    name: check
    for name, check in ELEMENTS.items()
    if name not in {"button", "overflow", "image", "feedback_buttons", "icon_button"}
} | {
    "plain_text_input": shape(
        {},
        {
            **_COMMON,
            **_DISPATCH,
            "placeholder": plain(150),
            "initial_value": string(3000),
            "multiline": boolean,
            "min_length": integer,
            "max_length": integer,
        },
    ),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {
            **_COMMON,
            **_DISPATCH,
            "placeholder": plain(150),
            "initial_value": string(255),
            "min_value": string(255),
            "max_value": string(255),
        },
    ),
}
_ID_ONLY: dict[str, Check] = {"block_id": ID}
_ACCESSORY = typed(
    {k: v for k, v in ELEMENTS.items() if k not in {"feedback_buttons", "icon_button"}}, "accessory"
)
_INTERACTIVE = typed(
    {k: v for k, v in ELEMENTS.items() if k not in {"image", "feedback_buttons", "icon_button"}},
    "element of an actions block",
)
_SIDE = typed(
    {k: ELEMENTS[k] for k in ("feedback_buttons", "icon_button")},
    "element of a context_actions block",
)
_CONTEXT = typed(
    {
        "image": ELEMENTS["image"],
        "plain_text": shape({"text": string(3000, 1)}, {"emoji": boolean}),
        "mrkdwn": shape({"text": string(3000, 1)}, {"verbatim": boolean}),
    },
    "element of a context block",
)
_RICH = typed(
    {
        name: shape({"elements": listed(anything, 10_000, 0)}, dict.fromkeys(keys, anything))
        for name, keys in {
            "rich_text_section": (),
            "rich_text_list": ("style", "indent", "offset", "border"),
            "rich_text_quote": ("border",),
            "rich_text_preformatted": ("border", "language"),
        }.items()
    },
    "rich text element",
)
BLOCKS: dict[str, Check] = {
    "section": shape(
        {},
        {
            **_ID_ONLY,
            "text": text(3000),
            "fields": listed(text(2000), 10),
            "accessory": _ACCESSORY,
            "expand": boolean,
        },
    ),
    "divider": shape({}, _ID_ONLY),
    "header": shape({"text": plain(150)}, {**_ID_ONLY, "level": integer}),
    "image": shape(IMAGE, {**_ID_ONLY, **IMAGE_SOURCE, "title": plain(2000)}),
    "context": shape({"elements": listed(_CONTEXT, 10)}, _ID_ONLY),
    "actions": shape({"elements": listed(_INTERACTIVE, 25)}, _ID_ONLY),
    "context_actions": shape({"elements": listed(_SIDE, 5)}, _ID_ONLY),
    "rich_text": shape({"elements": listed(_RICH, 10_000)}, _ID_ONLY),
    "markdown": shape({"text": string(12_000, 1)}, _ID_ONLY),
}
INPUT_BLOCK = shape(
    {"label": plain(2000), "element": typed(INPUTS, "input element")},
    {**_ID_ONLY, "hint": plain(2000), "optional": boolean, "dispatch_action": boolean},
)
_MESSAGE = listed(typed(BLOCKS, "block of a message"), MESSAGE_BLOCKS, 0)
_VIEW = listed(typed({**BLOCKS, "input": INPUT_BLOCK}, "block of a view"), VIEW_BLOCKS)
_VIEW_COMMON: dict[str, Check] = {
    "private_metadata": string(3000),
    "callback_id": string(255),
    "external_id": string(255),
}
VIEWS: dict[str, Check] = {
    "modal": shape(
        {"title": plain(24), "blocks": _VIEW},
        {
            **_VIEW_COMMON,
            "close": plain(24),
            "submit": plain(24),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
    ),
    "home": shape({"blocks": _VIEW}, _VIEW_COMMON),
}


def message_problems(blocks: Any) -> list[str]:  # noqa: ANN401
    """What is wrong with a message's blocks; empty when Slack would take them."""
    problems = list(_MESSAGE(blocks, "/blocks"))
    return problems or [*_block_rules(blocks, "/blocks")]


def view_problems(view: Any) -> list[str]:  # noqa: ANN401
    """What is wrong with a view."""
    problems = list(typed(VIEWS, "view")(view, "/view"))
    if problems:
        return problems
    if any(block["type"] == "input" for block in view["blocks"]) and (
        view["type"] == "modal" and "submit" not in view
    ):
        problems.append(at("missing required field: submit", "/view"))
    return [*problems, *_block_rules(view["blocks"], "/view/blocks")]


def characters(node: Any) -> int:  # noqa: ANN401
    """The characters of all `text` strings, which Slack adds up over a message."""
    if isinstance(node, list):
        return sum(map(characters, node))
    if not isinstance(node, dict):
        return 0
    return sum(
        len(value) if name == "text" and isinstance(value, str) else characters(value)
        for name, value in node.items()
    )


def _block_rules(blocks: list[dict[str, Any]], path: str) -> Iterator[str]:
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        here = f"{path}/{index}"
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            yield at(f"block_id already exists: {block_id}", f"{here}/block_id")
        seen.add(block_id or "")
        if block["type"] == "section" and not block.keys() & {"text", "fields"}:
            yield at("missing required field: text or fields", here)
        yield from _action_rules(block, here)


def _action_rules(block: dict[str, Any], path: str) -> Iterator[str]:
    ids = [e["action_id"] for e in block.get("elements", []) if e.get("action_id")]
    for action_id in {each for each in ids if ids.count(each) > 1}:
        yield at(f"action_id already exists: {action_id}", f"{path}/elements")
