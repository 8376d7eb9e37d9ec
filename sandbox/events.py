"""Slack's events: their payloads, and which of them the app is told."""

import itertools
import secrets
from collections.abc import Callable
from typing import Any

from sandbox.clock import Clock
from sandbox.manifest import APP_ID, BOT_USER_ID, TEAM_ID, Installed
from sandbox.messages import Message
from sandbox.workspace import Channel, Workspace

VERIFICATION_TOKEN = "sandbox-verification-token"  # noqa: S105  (deprecated by Slack, still sent)
_SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}


class Events:
    """Turns what happened into events; `send` is given each payload the app is subscribed to."""

    def __init__(
        self, app: Installed, clock: Clock, send: Callable[[dict[str, Any]], None]
    ) -> None:
        self._app = app
        self._clock = clock
        self._send = send
        self._numbers = itertools.count(1)

    def posted(self, workspace: Workspace, channel: Channel, message: Message) -> None:
        """A message was posted (and, when it names the bot, the bot was mentioned)."""
        event = self._message(channel, message.render(), message.ts)
        if message.broadcast:
            event["root"] = workspace.message(channel, str(message.thread_ts)).render()
        self._in_channel(channel, _SUBSCRIPTIONS[channel.kind], event)
        if f"<@{BOT_USER_ID}" in message.text and not message.by_app and channel.kind != "im":
            kept = ("client_msg_id", "user", "text", "ts", "team", "blocks", "thread_ts")
            mention = {name: event[name] for name in kept if name in event}
            mention |= {"type": "app_mention", "channel": channel.id, "event_ts": message.ts}
            self._in_channel(channel, "app_mention", mention)

    def changed(self, channel: Channel, before: dict[str, Any], message: Message) -> None:
        """A message was edited, or became a tombstone."""
        self._hidden(
            channel,
            {
                "subtype": "message_changed",
                "message": message.render(),
                "previous_message": before,
            },
        )

    def deleted(self, channel: Channel, before: dict[str, Any]) -> None:
        """A message was deleted."""
        self._hidden(
            channel,
            {
                "subtype": "message_deleted",
                "deleted_ts": before["ts"],
                "previous_message": before,
            },
        )

    def reacted(self, channel: Channel, message: Message, user: str, name: str, kind: str) -> None:
        """`kind` is reaction_added or reaction_removed."""
        item = {"type": "message", "channel": channel.id, "ts": message.ts}
        event = {"type": kind, "user": user, "reaction": name, "item": item}
        event |= {"item_user": message.user, "event_ts": self._clock.stamp()}
        self._in_channel(channel, kind, event)

    def membership(self, channel: Channel, user: str, kind: str) -> None:
        """`kind` is member_joined_channel or member_left_channel."""
        letter = "G" if channel.kind == "group" else "C"
        event = {"type": kind, "user": user, "channel": channel.id, "channel_type": letter}
        event |= {"team": TEAM_ID, "event_ts": self._clock.stamp()}
        if BOT_USER_ID in (*channel.members, user):
            self._emit(kind, event)

    def archived(self, channel: Channel, user: str) -> None:
        """The channel was archived."""
        kind = "group_archive" if channel.kind == "group" else "channel_archive"
        event = {"type": kind, "channel": channel.id, "user": user}
        self._in_channel(channel, kind, event | {"event_ts": self._clock.stamp()})

    def home_opened(self, user: str, channel: Channel, view: dict[str, Any] | None) -> None:
        """A person opened the app's Home."""
        event: dict[str, Any] = {"type": "app_home_opened", "user": user, "channel": channel.id}
        event |= {"tab": "home", "event_ts": self._clock.stamp()}
        self._emit("app_home_opened", event | ({"view": view} if view else {}))

    def _message(self, channel: Channel, shown: dict[str, Any], event_ts: str) -> dict[str, Any]:
        place = {"channel": channel.id, "event_ts": event_ts, "channel_type": channel.kind}
        return shown | place

    def _hidden(self, channel: Channel, what: dict[str, Any]) -> None:
        stamp = self._clock.stamp()
        event = {"type": "message", "hidden": True, "ts": stamp} | what
        subscription = _SUBSCRIPTIONS[channel.kind]
        self._in_channel(channel, subscription, self._message(channel, event, stamp))

    def _in_channel(self, channel: Channel, subscription: str, event: dict[str, Any]) -> None:
        if BOT_USER_ID in channel.members:
            self._emit(subscription, event)

    def _emit(self, subscription: str, event: dict[str, Any]) -> None:
        if not self._app.subscribes(subscription):
            return
        suffix = f"{next(self._numbers):04d}{secrets.token_hex(3).upper()}"
        authorization = {"enterprise_id": None, "team_id": TEAM_ID, "user_id": BOT_USER_ID}
        self._send(
            {
                "token": VERIFICATION_TOKEN,
                "team_id": TEAM_ID,
                "context_team_id": TEAM_ID,
                "context_enterprise_id": None,
                "api_app_id": APP_ID,
                "event": event,
                "type": "event_callback",
                "event_id": f"Ev{suffix}",
                "event_time": int(self._clock.seconds()),
                "authorizations": [
                    authorization | {"is_bot": True, "is_enterprise_install": False}
                ],
                "is_ext_shared_channel": False,
                "event_context": f"4-{suffix}",
            }
        )
