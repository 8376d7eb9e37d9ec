"""What an administrator or a member does to channels and messages, beyond the Web API's tokens."""

from typing import Any

from sandbox.manifest import BOT_USER_ID
from sandbox.messages import Message
from sandbox.methods.conversations import enter
from sandbox.refusals import BadRequest, Refused
from sandbox.workspace import Channel
from sandbox.world import World

Body = dict[str, Any]
VERBS = frozenset({"join", "leave", "archive", "unarchive", "delete"})


def manage(world: World, verb: str, body: Body) -> Body:
    """Join or leave (also the bot), archive, unarchive, or delete any message as its admin would.

    Args:
        world: The sandbox.
        verb: One of VERBS.
        body: user, channel, and ts for delete.
    """
    person, channel = world.workspace.person(body.get("user")), _channel(world, body)
    if verb == "join" and person.id not in channel.members:
        enter(world, channel, person.id)
    elif verb == "leave" and person.id in channel.members:
        _leave(world, channel, person.id)
    elif verb == "archive" and not channel.is_archived:
        channel.is_archived = True
        world.events.archived(channel, person.id)
    elif verb == "unarchive":
        channel.is_archived = False
    elif verb == "delete":
        _delete(world, channel, body)
    return {}


def _channel(world: World, body: Body) -> Channel:
    unknown = set(body) - {"user", "channel", "ts"}
    if unknown:
        raise BadRequest(f"{', '.join(sorted(unknown))} is unknown; give user and channel.")
    return world.workspace.place(body.get("channel"))


def _leave(world: World, channel: Channel, user: str) -> None:
    told = BOT_USER_ID in channel.members
    channel.members.remove(user)
    if told:
        world.events.membership(channel, user, "member_left_channel")
    message = Message(channel.id, world.clock.stamp(), user, f"<@{user}> has left the channel")
    message.subtype = "channel_leave"
    world.post(message)


def _delete(world: World, channel: Channel, body: Body) -> None:
    try:
        message = world.workspace.message(channel, str(body.get("ts")))
    except Refused as refusal:
        raise BadRequest(f"ts: {channel.name} has no message {body.get('ts')!r}.") from refusal
    world.delete(message)
