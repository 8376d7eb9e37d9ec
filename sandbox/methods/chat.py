"""chat.*: posting, editing, deleting, ephemerals, permalinks."""

from typing import Any

from sandbox.door import Call
from sandbox.messages import Message
from sandbox.methods.content import Content, content_of, refuse, require_membership
from sandbox.refusals import Refused
from sandbox.richtext import composed
from sandbox.workspace import Channel, Ephemeral
from sandbox.world import World


def post_message(world: World, call: Call) -> dict[str, Any]:
    """chat.postMessage; `channel` may be an id, a name, or a person's id (a direct message)."""
    channel = _destination(world, call)
    if channel.is_archived:
        raise refuse(call, "is_archived")
    require_membership(call, channel)
    content = content_of(world, call)
    message = _message(world, call, channel, content)
    message.metadata = content.metadata or None
    message.thread_ts = _thread(world, call, channel)
    message.broadcast = bool(message.thread_ts and call.get("reply_broadcast"))
    world.post(message)
    answer = {"channel": channel.id, "ts": message.ts, "message": message.render(metadata=True)}
    return answer | ({"warning": "message_truncated"} if content.truncated else {})


def update(world: World, call: Call) -> dict[str, Any]:
    """chat.update: own messages only; without `metadata` the old one stays."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    if channel.is_archived:
        raise refuse(call, "is_inactive")
    message = world.workspace.message(channel, call.args["ts"])
    if message.user != call.actor.id:
        raise refuse(call, "cant_update_message")
    content = content_of(world, call)
    if call.by_app and content.blocks and _is_rich(message.blocks) > _is_rich(content.blocks):
        raise refuse(call, "block_mismatch")
    before = message.render()
    _edit(world, call, message, content)
    world.events.changed(channel, before, message)
    answer = {"channel": channel.id, "ts": message.ts, "text": message.text}
    return answer | {"message": message.render(metadata=True)}


def delete(world: World, call: Call) -> dict[str, Any]:
    """chat.delete: own messages only; one with replies leaves a tombstone."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    message = world.workspace.message(channel, call.args["ts"])
    if message.user != call.actor.id:
        raise refuse(call, "cant_delete_message")
    world.delete(message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(world: World, call: Call) -> dict[str, Any]:
    """chat.postEphemeral: one person sees it, and it has no history."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    if channel.is_archived:
        raise refuse(call, "is_archived")
    require_membership(call, channel)
    if call.args["user"] not in channel.members:
        raise refuse(call, "user_not_in_channel")
    content = content_of(world, call)
    ephemeral = Ephemeral(
        channel.id, world.clock.stamp(), call.args["user"], content.text, content.blocks
    )
    ephemeral.thread_ts = _thread(world, call, channel)
    show_ephemeral(world, ephemeral)
    return {"message_ts": ephemeral.ts}


def get_permalink(world: World, call: Call) -> dict[str, Any]:
    """chat.getPermalink."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    message = world.workspace.message(channel, call.args["message_ts"])
    return {"channel": channel.id, "permalink": world.permalink(message)}


def show_ephemeral(world: World, ephemeral: Ephemeral) -> None:
    """Keep an ephemeral and show it to who is waiting for the answer of an interaction."""
    world.workspace.ephemerals.append(ephemeral)
    for outcome in world.desk.running(ephemeral.user):
        outcome.saw_ephemeral(ephemeral.render())


def _destination(world: World, call: Call) -> Channel:
    wanted = call.args["channel"]
    if wanted in world.workspace.people:
        return world.workspace.direct(call.actor.id, wanted)
    named = [c.id for c in world.workspace.channels.values() if c.name == wanted.lstrip("#")]
    return world.workspace.channel(named[0] if named else wanted, call.actor.id)


def _thread(world: World, call: Call, channel: Channel) -> str | None:
    thread_ts: str | None = call.get("thread_ts") or None
    if thread_ts is None:
        return None
    parent = world.workspace.messages[channel.id].get(thread_ts)
    if parent is None or parent.is_reply:
        raise refuse(call, "cannot_reply_to_message")
    return thread_ts


def _message(world: World, call: Call, channel: Channel, content: Content) -> Message:
    if call.actor.is_bot or content.blocks:
        message = Message(channel.id, world.clock.stamp(), call.actor.id, content.text)
        message.blocks, message.by_app = content.blocks, call.by_app
    else:
        message = world.typed(call.actor, channel, content.text)
    message.attachments = content.attachments
    return message


def _edit(world: World, call: Call, message: Message, content: Content) -> None:
    stamp = world.clock.stamp()
    if call.actor.is_bot or content.blocks:
        # Slack keeps old blocks when only text is given: the text is a fallback then.
        keeps_blocks = "blocks" not in call.args
        message.text = content.text
        message.blocks = message.blocks if keeps_blocks else content.blocks
    else:
        message.text, message.blocks = composed(content.text)
    if "attachments" in call.args:
        message.attachments = content.attachments
    if content.metadata is not None:
        message.metadata = content.metadata or None
    if call.get("reply_broadcast"):
        if not message.is_reply:
            raise Refused("cant_broadcast_message")
        message.broadcast = True
    message.edited = {"user": call.actor.id, "ts": stamp}


def _is_rich(blocks: list[dict[str, Any]]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)
