"""The payloads of clicks, submissions, commands and shortcuts, as Slack sends them."""

from typing import Any

from sandbox.desk import Outcome
from sandbox.events import VERIFICATION_TOKEN
from sandbox.inputs import State, state_of
from sandbox.manifest import APP_ID, TEAM_ID
from sandbox.messages import Message
from sandbox.methods.directory import TEAM_DOMAIN
from sandbox.people import Person
from sandbox.richtext import escaped, mentioning
from sandbox.views import View
from sandbox.workspace import Channel, Ephemeral
from sandbox.world import World


def _base(kind: str, person: Person) -> dict[str, Any]:
    user = {"id": person.id, "username": person.handle, "name": person.handle}
    return {
        "type": kind,
        "user": user | {"team_id": person.team},
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": {"id": TEAM_ID, "domain": TEAM_DOMAIN},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def _response_url(
    world: World, outcome: Outcome, channel: Channel, ts: str | None, thread_ts: str | None
) -> str:
    id_ = world.desk.response_url(outcome, channel.id, ts, thread_ts)
    return f"{world.address}/response/{id_}"


def message_click(
    world: World,
    person: Person,
    outcome: Outcome,
    message: Message | Ephemeral,
    action: dict[str, Any],
    chosen: State,
) -> dict[str, Any]:
    """block_actions from a message; that of an ephemeral has no `message`.

    `chosen` is the state of the element, where it is one that keeps what was chosen.
    """
    channel = world.workspace.channels[message.channel]
    ephemeral = isinstance(message, Ephemeral)
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    payload = _base("block_actions", person) | {
        "container": container | {"is_ephemeral": ephemeral},
        "trigger_id": world.desk.trigger(outcome),
        "channel": {"id": channel.id, "name": _shown_name(channel)},
        "state": {"values": state_of(message.blocks, chosen)},
        "response_url": _response_url(world, outcome, channel, message.ts, message.thread_ts),
        "actions": [action],
    }
    if message.thread_ts:
        payload["container"]["thread_ts"] = message.thread_ts
    return payload | ({} if ephemeral else {"message": message.render()})


def view_click(
    world: World, person: Person, outcome: Outcome, view: View, action: dict[str, Any]
) -> dict[str, Any]:
    """block_actions from a modal or a Home."""
    return _base("block_actions", person) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": world.desk.trigger(outcome, None if view.is_home else view.id),
        "view": view.render(),
        "actions": [action],
    }


def submission(world: World, person: Person, outcome: Outcome, view: View) -> dict[str, Any]:
    """view_submission."""
    return _base("view_submission", person) | {
        "trigger_id": world.desk.trigger(outcome, view.id),
        "view": view.render(),
        "response_urls": [],
    }


def closing(person: Person, view: View, is_cleared: bool) -> dict[str, Any]:
    """view_closed."""
    return _base("view_closed", person) | {"view": view.render(), "is_cleared": is_cleared}


def shortcut(
    world: World, person: Person, outcome: Outcome, message: Message, callback_id: str
) -> dict[str, Any]:
    """message_action: a shortcut from a message's menu."""
    channel = world.workspace.channels[message.channel]
    return _base("message_action", person) | {
        "callback_id": callback_id,
        "action_ts": world.clock.stamp(),
        "trigger_id": world.desk.trigger(outcome),
        "response_url": _response_url(world, outcome, channel, message.ts, message.thread_ts),
        "message_ts": message.ts,
        "channel": {"id": channel.id, "name": _shown_name(channel)},
        "message": message.render(),
    }


def command(
    world: World, person: Person, outcome: Outcome, channel: Channel, name: str, text: str
) -> dict[str, str]:
    """A slash command's form; `should_escape` turns @ana into <@U0ANA|ana>."""
    text = escaped(text)
    if world.app.escapes(name):
        handles = {p.handle: f"@{p.id}|{p.handle}" for p in world.workspace.people.values()}
        handles |= {g.handle: f"!subteam^{g.id}|@{g.handle}" for g in world.workspace.usergroups}
        text = mentioning(text, handles)
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": _shown_name(channel),
        "user_id": person.id,
        "user_name": person.handle,
        "command": name,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": _response_url(world, outcome, channel, None, None),
        "trigger_id": world.desk.trigger(outcome),
    }


def action_of(
    world: World, block: dict[str, Any], element: dict[str, Any], chosen: dict[str, Any]
) -> dict[str, Any]:
    """One of block_actions' actions: the element, without its options, with what was chosen."""
    action = {"type": element["type"], "block_id": block["block_id"]}
    action |= {"action_id": element["action_id"], "action_ts": world.clock.stamp()}
    for name in ("value", "style", "url"):
        if name in element:
            action[name] = element[name]
    if element["type"] == "button":
        # Slack escapes a button's text: github.com/slackapi/bolt-python/issues/513
        label = {**element["text"], "text": escaped(element["text"]["text"])}
        action["text"] = {"emoji": True} | label
    return action | chosen


def _shown_name(channel: Channel) -> str:
    return "directmessage" if channel.partner else channel.name
