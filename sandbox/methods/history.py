"""conversations.history and conversations.replies."""

import base64
import binascii
from typing import Any

from sandbox.door import Call
from sandbox.messages import Message
from sandbox.methods.content import refuse, require_membership
from sandbox.methods.reactions import TIMESTAMP, cut
from sandbox.workspace import Channel
from sandbox.world import World

MOST_HISTORY, MOST_REPLIES = 999, 1000
DEFAULT_HISTORY = 100


def history(world: World, call: Call) -> dict[str, Any]:
    """conversations.history: newest first, thread replies only where they were broadcast."""
    channel = _channel(world, call)
    kept = [
        message
        for message in world.workspace.messages[channel.id].values()
        if (not message.is_reply or message.broadcast) and _within(call, message.ts)
    ]
    kept.sort(key=lambda message: message.ts, reverse=True)
    cursor = _cursor(call)
    if cursor:
        kept = [message for message in kept if message.ts <= cursor]
    pins = sum(message.pinned for message in world.workspace.messages[channel.id].values())
    always = {"pin_count": pins, "channel_actions_ts": None, "channel_actions_count": 0}
    return _page(call, kept, MOST_HISTORY, DEFAULT_HISTORY) | always


def replies(world: World, call: Call) -> dict[str, Any]:
    """conversations.replies: the parent, then the replies, oldest first."""
    channel = _channel(world, call)
    start = world.workspace.messages[channel.id].get(call.args["ts"])
    if start is None:
        raise refuse(call, "thread_not_found")
    thread = [start]
    if not start.is_reply:
        kept = (world.workspace.messages[channel.id][ts] for ts, _ in start.replies)
        thread += [message for message in kept if _within(call, message.ts)]
    cursor = _cursor(call)
    if cursor:
        thread = [message for message in thread if message.ts >= cursor]
    return _page(call, thread, MOST_REPLIES, MOST_REPLIES)


def _channel(world: World, call: Call) -> Channel:
    for name, code in (("oldest", "invalid_ts_oldest"), ("latest", "invalid_ts_latest")):
        given = call.get(name)
        if given and not _is_time(given):
            raise refuse(call, code)
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    require_membership(call, channel)
    return channel


def _is_time(text: str) -> bool:
    return bool(TIMESTAMP.fullmatch(text)) or text.isdecimal()


def _within(call: Call, ts: str) -> bool:
    oldest, latest = call.get("oldest") or "", call.get("latest") or ""
    inclusive = bool(call.get("inclusive"))
    after = not oldest or _key(ts) > _key(oldest) or (inclusive and _key(ts) == _key(oldest))
    before = not latest or _key(ts) < _key(latest) or (inclusive and _key(ts) == _key(latest))
    return after and before


def _key(ts: str) -> tuple[int, int]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros or 0)


def _page(call: Call, messages: list[Message], most: int, default: int) -> dict[str, Any]:
    limit = min(call.get("limit") or default, most)
    metadata = bool(call.get("include_all_metadata"))
    shown = [cut(message.render(metadata=metadata)) for message in messages[:limit]]
    answer: dict[str, Any] = {"messages": shown, "has_more": len(messages) > limit}
    if len(messages) > limit:
        # By time stamp, not by position: what is posted meanwhile must not shift a page.
        cursor = base64.b64encode(f"next_ts:{messages[limit].ts}".encode()).decode()
        answer["response_metadata"] = {"next_cursor": cursor}
    return answer


def _cursor(call: Call) -> str:
    given = call.get("cursor")
    if not given:
        return ""
    try:
        word, _, ts = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise refuse(call, "invalid_cursor") from None
    if word != "next_ts":
        raise refuse(call, "invalid_cursor")
    return ts
