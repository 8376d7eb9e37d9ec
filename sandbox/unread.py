"""What is new to a person in a channel, and what of it is meant for them."""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.memory import Memory
from sandbox.messages import Message
from sandbox.richtext import EVERYONE
from sandbox.workspace import Channel, Workspace

_SILENT = frozenset({"channel_join", "channel_leave", "tombstone"})
_MENTION = re.compile(r"<(?:@([UW]\w+)|!(channel|here|everyone))[|>]")


class Unread:
    """Counts per person and channel; whom a message mentions is found once."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._memory: Memory[frozenset[str]] = Memory()

    def begin(self) -> None:
        """Before the counts are asked for anew: forget what is gone."""
        self._memory.sweep()

    def count(self, channel: Channel, person: str, last_read: str) -> tuple[int, int]:
        """How many messages of others came after `last_read`, and how many mention the person.

        A reply counts where it is shown in the channel too, or mentions the person; in a direct
        message everything does both.
        """
        unread = mentions = 0
        for message in reversed(self._workspace.messages[channel.id].values()):
            if message.ts <= last_read:  # they are kept in the order of their ts
                break
            if message.user == person or message.subtype in _SILENT:
                continue
            meant = bool(channel.partner) or bool(self._mentioned(message) & {person, *EVERYONE})
            mentions += meant
            unread += meant or message.broadcast or not message.is_reply
        return unread, mentions

    def _mentioned(self, message: Message) -> frozenset[str]:
        made_of = (message.text, message.blocks)
        key = f"{message.channel}/{message.ts}"
        return self._memory.get(key, made_of, lambda: frozenset(_mentions(*made_of)))


def _mentions(text: str, blocks: list[dict[str, Any]]) -> Iterator[str]:
    """Ids and `channel`, `here`, `everyone`; Slack also notifies of those in mrkdwn of blocks."""
    for written in (text, *_mrkdwn(blocks)):
        for user, everyone in _MENTION.findall(written):
            yield user or everyone


def _mrkdwn(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _mrkdwn(each)
    elif isinstance(node, dict):
        if node.get("type") == "mrkdwn":
            yield node["text"]
        for value in node.values():
            yield from _mrkdwn(value)
