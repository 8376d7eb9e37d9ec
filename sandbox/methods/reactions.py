"""reactions.* and pins.add."""

import re
from typing import Any

from sandbox import emoji
from sandbox.door import Call
from sandbox.messages import Message
from sandbox.methods.content import refuse, require_membership
from sandbox.methods.paging import page
from sandbox.workspace import Channel
from sandbox.world import World

MOST_EMOJI = 50  # distinct ones on a message
MOST_PER_PERSON = 23
USERS_SHOWN = 5  # Slack cuts the list of users unless `full` (where, it does not say)
TIMESTAMP = re.compile(r"\d{1,12}\.\d{6}")


def add(world: World, call: Call) -> dict[str, Any]:
    """reactions.add."""
    channel, message = _item(world, call)
    if channel.is_archived:
        raise refuse(call, "is_archived")
    name = _name(call)
    users = message.reactions.get(name, [])
    if call.actor.id in users:
        raise refuse(call, "already_reacted")
    if not users and len(message.reactions) >= MOST_EMOJI:
        raise refuse(call, "too_many_emoji")
    if sum(call.actor.id in each for each in message.reactions.values()) >= MOST_PER_PERSON:
        raise refuse(call, "too_many_reactions")
    message.reactions.setdefault(name, []).append(call.actor.id)
    world.events.reacted(channel, message, call.actor.id, name, "reaction_added")
    return {}


def remove(world: World, call: Call) -> dict[str, Any]:
    """reactions.remove."""
    channel, message = _item(world, call)
    name = _name(call)
    if call.actor.id not in message.reactions.get(name, []):
        raise refuse(call, "no_reaction")
    message.reactions[name].remove(call.actor.id)
    if not message.reactions[name]:
        del message.reactions[name]
    world.events.reacted(channel, message, call.actor.id, name, "reaction_removed")
    return {}


def get(world: World, call: Call) -> dict[str, Any]:
    """reactions.get; without `full` the lists of users may be cut, the counts are right."""
    channel, message = _item(world, call)
    shown = message.render() if call.get("full") else cut(message.render())
    shown["permalink"] = world.permalink(message)
    return {"type": "message", "channel": channel.id, "message": shown}


def list_(world: World, call: Call) -> dict[str, Any]:
    """reactions.list: what a person has reacted to, newest first."""
    user = call.get("user", call.actor.id)
    if user not in world.workspace.people:
        raise refuse(call, "user_not_found")
    found = [
        {"type": "message", "channel": id_, "message": cut(message.render())}
        for id_, messages in world.workspace.messages.items()
        for message in messages.values()
        if any(user in users for users in message.reactions.values())
    ]
    found.sort(key=lambda item: str(item["message"]["ts"]), reverse=True)  # type: ignore[index]
    items, metadata = page(call, found, 100)
    return {"items": items, "response_metadata": metadata}


def pin(world: World, call: Call) -> dict[str, Any]:
    """pins.add."""
    _, message = _item(world, call)
    if message.pinned:
        raise refuse(call, "already_pinned")
    message.pinned = True
    return {}


def cut(shown: dict[str, Any]) -> dict[str, Any]:
    """A rendered message whose lists of reacting users are cut as Slack cuts them."""
    if "reactions" not in shown:
        return shown
    reactions = [{**r, "users": r["users"][:USERS_SHOWN]} for r in shown["reactions"]]
    return {**shown, "reactions": reactions}


def _item(world: World, call: Call) -> tuple[Channel, Message]:
    timestamp = call.get("timestamp")
    if "channel" not in call.args or timestamp is None:
        raise refuse(call, "no_item_specified")
    if not TIMESTAMP.fullmatch(timestamp):
        raise refuse(call, "bad_timestamp")
    channel = world.workspace.channel(call.args["channel"], call.actor.id)
    require_membership(call, channel)
    return channel, world.workspace.message(channel, timestamp)


def _name(call: Call) -> str:
    name = emoji.canonical(call.args["name"])
    if name is None:
        raise refuse(call, "invalid_name")
    return name
