"""Where an interactive element stands, and the attributes by which the page finds it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.inputs import State
from sandbox.rendering.names import Names
from sandbox.rendering.tags import Attributes
from sandbox.rendering.texts import plain

Element = Mapping[str, Any]


@dataclass(frozen=True)
class Site:
    """The block of an element, and what people typed into the view so far."""

    block: Mapping[str, Any]
    names: Names
    typed: State = field(default_factory=dict)

    @property
    def block_id(self) -> str:
        """The block's id, "" where it has none."""
        return str(self.block.get("block_id", ""))

    @property
    def is_input(self) -> bool:
        """Whether the block gives its element a label."""
        return bool(self.block["type"] == "input")

    @property
    def optional(self) -> bool:
        """Whether nothing has to be chosen or typed."""
        return not self.is_input or bool(self.block.get("optional"))

    def value(self, element: Element, chosen: str, initial: str) -> Any:  # noqa: ANN401
        """What was typed or chosen, else what the element begins with; None for nothing."""
        kept = self.typed.get(self.block_id, {}).get(str(element.get("action_id", "")))
        return element.get(initial) if kept is None else kept.get(chosen)


def hooks(element: Element, site: Site, kind: str | None = None) -> Attributes:
    """What every interactive element carries: how the page treats it, its ids, its question."""
    confirm = element.get("confirm")
    return {
        "data-element": kind or element["type"],
        "data-action-id": element.get("action_id", ""),
        "data-block-id": site.block_id,
        "data-confirm": json.dumps(confirm) if confirm else None,
    }


def control(element: Element, site: Site, asks: str) -> Attributes:
    """The attributes of what takes a value: its hooks, its name, how it is labelled.

    Outside of input blocks nothing labels it but its placeholder, else `asks`.
    """
    placeholder = plain(element["placeholder"]) if "placeholder" in element else None
    given = {**hooks(element, site), "autofocus": bool(element.get("focus_on_load"))}
    if not site.is_input:
        return {**given, "name": site.block_id or None, "aria-label": placeholder or asks}
    return {
        **given,
        "id": f"in-{site.block_id}",
        "name": site.block_id,
        "required": not site.optional,
        "data-dispatch": dispatch(element, site),
        "aria-describedby": f"hint-{site.block_id} err-{site.block_id}",
    }


def dispatch(element: Element, site: Site) -> str | None:
    """When the page tells the app while somebody still types, if the block wants that."""
    if not site.block.get("dispatch_action"):
        return None
    config = element.get("dispatch_action_config")
    wanted = config.get("trigger_actions_on") if isinstance(config, dict) else None
    typed = wanted if isinstance(wanted, list) and wanted else ["on_enter_pressed"]
    return " ".join(map(str, typed))
