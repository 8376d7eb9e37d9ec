"""What people write in a sample's thread, edit and delete: each goes to the feature it is for."""

from dataclasses import replace
from typing import Any

from slack_bolt import App

from bot import corrections, rewriting
from bot.desk import Desk, instant
from bot.markup import typed
from bot.notices import private
from core.corrections import parse, resembled
from core.errors import CorrectionError
from storage import comments, samples, settlements
from storage import corrections as store_corrections
from storage.comments import Reply
from storage.corrections import Proposal

_SAID = {None, "thread_broadcast", "file_share", "me_message"}
"""Subtypes of messages in which a person says something."""


def register(app: App, desk: Desk) -> None:
    """Bind replies."""

    @app.event("message")
    def on_message(body: dict[str, Any]) -> None:
        hear_message(desk, body)
        desk.wake.set()


def hear_message(desk: Desk, body: dict[str, Any]) -> None:
    """Tell the kinds of message events apart (facts/slack.md §3.4)."""
    event = body["event"]
    match event.get("subtype"):
        case "message_changed":
            _hear_change(desk, event)
        case "message_deleted":
            _hear_deletion(desk, event, event["deleted_ts"])
        case _ if is_said(event):
            hear_reply(desk, event["channel"], event)


def is_said(message: dict[str, Any]) -> bool:
    """Whether a message is a person's words; Slack's own notes and bots' messages are not."""
    by_person = message.get("user") and not message.get("bot_id")
    return bool(by_person and message.get("subtype") in _SAID)


def _hear_change(desk: Desk, event: dict[str, Any]) -> None:
    message, before = event["message"], event.get("previous_message", {})
    if message.get("subtype") == "tombstone":
        _hear_deletion(desk, event, message["ts"])
    elif is_said(message) and typed(message) != typed(before):
        hear_reply(desk, event["channel"], message)


def _hear_deletion(desk: Desk, event: dict[str, Any], ts: str) -> None:
    channel, at = event["channel"], instant(event.get("event_ts") or event["ts"])
    if settlements.freeze(desk.store, channel, ts, "deleted", at) is None:
        author = event.get("previous_message", {}).get("user", "")
        store_corrections.withdraw(desk.store, channel, ts, author, at)


def reply_key(channel: str, message: dict[str, Any]) -> str:
    """The same for the event of a reply and for the reply read later; new with every edit."""
    return f"reply:{channel}:{message['ts']}:{message.get('edited', {}).get('ts', '')}"


def hear_reply(desk: Desk, channel: str, message: dict[str, Any]) -> None:
    """A reply: a correction, or a comment. An edited one is read like a new one."""
    thread_ts = message.get("thread_ts")
    if not thread_ts or thread_ts == message["ts"]:
        return
    sample = comments.thread_of(desk.store, channel, thread_ts)
    if sample is None:
        return
    reply = Reply(
        key=reply_key(channel, message),
        sample=sample,
        user=message["user"],
        text=typed(message),
        channel=channel,
        ts=message["ts"],
        at=instant(message.get("edited", {}).get("ts") or message["ts"]),
    )
    base = store_corrections.seen_by(desk.store, sample, channel, reply.ts)
    shown = samples.show(desk.store, sample, base)
    language = desk.language(shown.dataset_id)
    try:
        correction = parse(reply.text, shown.record)
    except CorrectionError as error:
        if comments.comment(desk.store, reply):
            corrections.answer(
                desk, reply, private(language, error.text, **error.values), thread_ts
            )
        return
    wish = rewriting.wish_in(reply.text, desk.user_id)
    if correction is None and wish is not None:
        rewriting.hear(desk, reply, base, wish, thread_ts)
        return
    if correction is None:
        corrections.ask(desk, replace(reply, field=resembled(reply.text, shown.record)), thread_ts)
        return
    proposal = Proposal(
        key=reply.key,
        sample=sample,
        base=base,
        changes=correction.changes,
        user=reply.user,
        channel=channel,
        ts=reply.ts,
        at=reply.at,
    )
    corrections.apply(desk, proposal, reply, language, thread_ts)
