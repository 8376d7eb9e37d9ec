"""conversations.* about channels: list, info, members, join, open."""

from typing import Any

from sandbox.door import Call
from sandbox.manifest import TEAM_ID
from sandbox.messages import Message
from sandbox.methods.content import refuse
from sandbox.methods.paging import page
from sandbox.workspace import Channel
from sandbox.world import World

TYPES = {"public_channel": "channel", "private_channel": "group", "im": "im", "mpim": "mpim"}
DEFAULT_PAGE = 100


def list_(world: World, call: Call) -> dict[str, Any]:
    """conversations.list: public channels, and the private ones and messages one is in."""
    wanted = {word.strip() for word in call.get("types", "public_channel").split(",")}
    if wanted - TYPES.keys():
        raise refuse(call, "invalid_types")
    kinds = {TYPES[word] for word in wanted}
    viewer = call.actor.id
    found = [
        channel.render(viewer)
        for channel in world.workspace.channels.values()
        if channel.kind in kinds
        and (channel.kind == "channel" or viewer in channel.members)
        and not (call.get("exclude_archived") and channel.is_archived)
    ]
    channels, metadata = page(call, found, DEFAULT_PAGE)
    return {"channels": channels, "response_metadata": metadata}


def info(world: World, call: Call) -> dict[str, Any]:
    """conversations.info."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    shown = channel.render(call.actor.id)
    if not call.get("include_num_members"):
        shown = _without_count(shown)
    return {"channel": shown | ({"locale": "en-US"} if call.get("include_locale") else {})}


def members(world: World, call: Call) -> dict[str, Any]:
    """conversations.members."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    found, metadata = page(call, channel.members, DEFAULT_PAGE)
    return {"members": found, "response_metadata": metadata}


def join(world: World, call: Call) -> dict[str, Any]:
    """conversations.join: public channels only."""
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    if channel.kind != "channel":
        raise refuse(call, "method_not_supported_for_channel_type")
    if channel.is_archived:
        raise refuse(call, "is_archived")
    if call.actor.id in channel.members:
        shown = _without_count(channel.render(call.actor.id))
        answer = {"channel": shown, "warning": "already_in_channel"}
        return answer | {"response_metadata": {"warnings": ["already_in_channel"]}}
    enter(world, channel, call.actor.id)
    return {"channel": _without_count(channel.render(call.actor.id))}


def open_(world: World, call: Call) -> dict[str, Any]:
    """conversations.open: a direct message with one person (groups of several are not there)."""
    if call.get("channel"):
        channel = world.workspace.channel(call.args["channel"], call.actor.id)
        if channel.kind != "im":
            raise refuse(call, "method_not_supported_for_channel_type")
    else:
        channel = _direct(world, call)
    if call.get("return_im"):
        return {"channel": channel.render(call.actor.id)}
    return {"channel": {"id": channel.id}}


def enter(world: World, channel: Channel, user: str) -> None:
    """A person or the bot joins a channel: Slack says so in the channel, and to the app."""
    channel.members.append(user)
    message = Message(channel.id, world.clock.stamp(), user, f"<@{user}> has joined the channel")
    message.subtype = "channel_join"
    world.post(message)
    world.events.membership(channel, user, "member_joined_channel")


def _without_count(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name != "num_members"}


def _direct(world: World, call: Call) -> Channel:
    users = [user for user in call.get("users", "").split(",") if user]
    if not users:
        raise refuse(call, "users_list_not_supplied")
    if any(user not in world.workspace.people for user in users):
        raise refuse(call, "user_not_found")
    if len(users) > 1:
        raise refuse(call, "method_not_supported_for_channel_type")
    person = world.workspace.people[users[0]]
    if person.deleted:
        raise refuse(call, "user_disabled")
    if person.team != TEAM_ID and not _meet(world, call.actor.id, person.id):
        raise refuse(call, "invalid_user_combination")
    return world.workspace.direct(call.actor.id, person.id)


def _meet(world: World, one: str, other: str) -> bool:
    return any({one, other} <= set(c.members) for c in world.workspace.channels.values())
