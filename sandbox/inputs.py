"""Interactive elements in blocks: their ids, and the `state.values` that Slack sends of them."""

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.refusals import BadRequest

State = dict[str, dict[str, Any]]

# Where each kind of element keeps what was chosen, and what it begins with.
_CHOSEN = {
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "static_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "checkboxes": ("selected_options", "initial_options"),
    "multi_static_select": ("selected_options", "initial_options"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
}
REQUIRED = "Please complete this required field."


def with_ids(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Copies of the blocks with the block_ids and action_ids that Slack fills in."""
    filled = []
    for block in blocks:
        block = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
        for name in ("element", "accessory"):
            if name in block and block[name]["type"] != "image":
                block[name] = _with_action_id(block[name])
        if block["type"] in {"actions", "context_actions"}:
            block["elements"] = [_with_action_id(element) for element in block["elements"]]
        filled.append(block)
    return filled


def _with_action_id(element: dict[str, Any]) -> dict[str, Any]:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}


def elements(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Every interactive element, with the block it stands in."""
    for block in blocks:
        interactive = block["type"] in {"actions", "context_actions"}
        inside = block["elements"] if interactive else []
        for element in (block.get("element"), block.get("accessory"), *inside):
            if element and "action_id" in element:
                yield block, element


def keeps_state(element: Mapping[str, Any]) -> bool:
    """Whether what a person chooses in it stays chosen, and is part of `state.values`."""
    return element["type"] in _CHOSEN


def state_of(blocks: list[dict[str, Any]], typed: State) -> State:
    """`state.values`: what was typed or chosen, else what each element began with."""
    values: State = {}
    for block, element in elements(blocks):
        if element["type"] not in _CHOSEN:
            continue
        chosen, initial = _CHOSEN[element["type"]]
        empty: list[Any] | None = [] if chosen.endswith("s") else None
        now = {"type": element["type"], chosen: element.get(initial, empty)}
        kept = typed.get(block["block_id"], {}).get(element["action_id"])
        values.setdefault(block["block_id"], {})[element["action_id"]] = kept or now
    return values


def choose(element: Mapping[str, Any], given: Any) -> dict[str, Any]:  # noqa: ANN401
    """What an element's state becomes when a person gives this value (text, or option values).

    Raises:
        BadRequest: The element has no such option, or takes nothing.
    """
    kind = str(element["type"])
    if kind not in _CHOSEN:
        raise BadRequest(f"values: a {kind} takes no value.")
    chosen, _ = _CHOSEN[kind]
    if chosen == "selected_option":
        return {"type": kind, chosen: option(element, given) if given is not None else None}
    if chosen == "selected_options":
        several = given if isinstance(given, list) else [given]
        return {"type": kind, chosen: [option(element, each) for each in several]}
    return {"type": kind, chosen: given if given != "" else None}


def option(element: Mapping[str, Any], value: object) -> dict[str, Any]:
    """The option of a menu with this value; `BadRequest` where it has none."""
    options = list(element.get("options", []))
    for group in element.get("option_groups", []):
        options += group["options"]
    for each in options:
        if each.get("value") == value:
            return dict(each)
    known = ", ".join(repr(each.get("value")) for each in options)
    raise BadRequest(f"value: the menu has no option {value!r}; it has {known}.")


def typed_values(blocks: list[dict[str, Any]], values: Mapping[str, Any]) -> State:
    """{block_id: text} as state; `BadRequest` where a block is no input of the view."""
    inputs = {block["block_id"]: element for block, element in elements(blocks)}
    typed: State = {}
    for block_id, given in values.items():
        if block_id not in inputs:
            known = ", ".join(inputs)
            raise BadRequest(f"values: the view has no input {block_id!r}; it has {known}.")
        element = inputs[block_id]
        typed[block_id] = {element["action_id"]: choose(element, given)}
    return typed


def missing(blocks: list[dict[str, Any]], state: State) -> dict[str, str]:
    """What Slack's client itself complains of before it submits: {block_id: sentence}."""
    errors = {}
    for block, element in elements(blocks):
        if block["type"] != "input":
            continue
        chosen, _ = _CHOSEN[element["type"]]
        value = state[block["block_id"]][element["action_id"]][chosen]
        if not value and not block.get("optional", False):
            errors[block["block_id"]] = REQUIRED
        elif element["type"] == "plain_text_input" and value:
            errors |= _length(block["block_id"], element, value)
    return errors


def _length(block_id: str, element: Mapping[str, Any], value: str) -> dict[str, str]:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return {block_id: f"Must be at least {least} characters."}
    if len(value) > most:
        return {block_id: f"Must be at most {most} characters."}
    return {}
