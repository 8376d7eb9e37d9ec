"""Cursors, as Slack's lists have them."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.door import Call
from sandbox.methods.content import refuse

Item = TypeVar("Item")


def page(
    call: Call, items: Sequence[Item], default: int, most: int = 1000
) -> tuple[list[Item], dict[str, Any]]:
    """The items from the call's cursor on, and the `response_metadata` with the next cursor."""
    limit = call.get("limit") or default
    start = _start(call)
    end = start + min(limit, most)
    cursor = _cursor(end) if end < len(items) else ""
    return list(items[start:end]), {"next_cursor": cursor}


def _cursor(position: int) -> str:
    return base64.b64encode(f"next:{position}".encode()).decode()


def _start(call: Call) -> int:
    cursor = call.get("cursor")
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
        if word == "next":
            return int(number)
    except (binascii.Error, UnicodeDecodeError, ValueError):
        pass
    raise refuse(call, "invalid_cursor", "invalid_arguments")
