"""What people do that a Web API client cannot: press, fill in, type, open, read.

Each verb waits until the app acknowledged (at most 3 s), a moment longer for what follows the
acknowledgement, and answers with what the person got to see.
"""

import asyncio
from typing import Any

from sandbox import interactions
from sandbox.desk import Outcome
from sandbox.inputs import choose, elements, keeps_state, missing, option, typed_values
from sandbox.messages import Message
from sandbox.methods.modals import checked
from sandbox.methods.reactions import TIMESTAMP
from sandbox.people import Person
from sandbox.refusals import BadRequest, NotAcknowledged, Refused
from sandbox.responding import show
from sandbox.views import View
from sandbox.workspace import Channel, Ephemeral
from sandbox.world import World

# An acknowledgement may come before the view or message it leads to; how long to look for it.
AFTERMATH_SECONDS = 0.25
HOME_SECONDS = 3.0
Body = dict[str, Any]


async def click(world: World, body: Body) -> Body:
    """Press a button, or choose from a menu, in a message, a modal or a Home."""
    person = world.workspace.person(_text(body, "user"))
    view = None
    if "view_id" in body:
        view = _view(world, person, body)
        blocks = view.blocks
    else:
        message = _message(world, person, body)
        blocks = message.blocks
    block, element = _pressed(blocks, body)
    chosen = _chosen(block, element, body)
    action = interactions.action_of(world, block, element, chosen)
    kept = {block["block_id"]: {element["action_id"]: chosen}} if keeps_state(element) else {}
    outcome = world.desk.begin(person.id, _client(body))
    if view is None:
        payload = interactions.message_click(world, person, outcome, message, action, kept)
    else:
        view.typed |= typed_values(view.blocks, _values(body))
        for block_id, state in kept.items():
            view.typed.setdefault(block_id, {}).update(state)
        payload = interactions.view_click(world, person, outcome, view, action)
    return await _interact(world, "interactive", payload, outcome)


async def submit(world: World, body: Body) -> Body:
    """Fill in a modal and press its submit button."""
    person = world.workspace.person(_text(body, "user"))
    view = _modal(world, person, body)
    if view.content.get("submit") is None:
        raise BadRequest(f"view_id: the view {view.id} has nothing to submit.")
    view.typed |= typed_values(view.blocks, _values(body))
    errors = missing(view.blocks, view.state())
    if errors:  # Slack's client does not even send these
        return {"errors": errors}
    outcome = world.desk.begin(person.id)
    payload = interactions.submission(world, person, outcome, view)
    return await _interact(world, "interactive", payload, outcome, view)


async def close(world: World, body: Body) -> Body:
    """Close a modal without submitting it; the app hears of it where it asked to."""
    person = world.workspace.person(_text(body, "user"))
    view = _modal(world, person, body)
    view.typed |= typed_values(view.blocks, _values(body))
    cleared = bool(view.content.get("clear_on_close"))
    payload = interactions.closing(person, view, cleared)
    world.views.close(view, all_of_them=cleared)
    if not view.content.get("notify_on_close"):
        return {}
    return await _interact(world, "interactive", payload, world.desk.begin(person.id))


async def command(world: World, body: Body) -> Body:
    """Type a slash command in a channel."""
    person = world.workspace.person(_text(body, "user"))
    channel = _place(world, person, body)
    name = _text(body, "command")
    if not name.startswith("/"):
        raise BadRequest(f"command: {name!r} must begin with a slash.")
    if world.app.commands is not None and name not in world.app.commands:
        raise BadRequest(f"command: {name} is no command of the app's manifest.")
    outcome = world.desk.begin(person.id, _client(body))
    text = str(body.get("text", ""))
    payload = interactions.command(world, person, outcome, channel, name, text)
    return await _interact(world, "slash_commands", payload, outcome)


async def shortcut(world: World, body: Body) -> Body:
    """Choose a message shortcut from a message's menu."""
    person = world.workspace.person(_text(body, "user"))
    message = _message(world, person, body)
    if isinstance(message, Ephemeral):
        raise BadRequest("ts: an ephemeral message has no shortcuts.")
    callback_id = _text(body, "callback_id")
    known = world.app.shortcuts
    if known is not None and callback_id not in {each["callback_id"] for each in known}:
        raise BadRequest(f"callback_id: {callback_id} is no shortcut of the app's manifest.")
    outcome = world.desk.begin(person.id, _client(body))
    payload = interactions.shortcut(world, person, outcome, message, callback_id)
    return await _interact(world, "interactive", payload, outcome)


async def home(world: World, body: Body) -> Body:
    """Open the app's Home; waits until the app has published it (anew)."""
    person = world.workspace.person(_text(body, "user"))
    channel = world.workspace.direct(world.bot.id, person.id)
    before = world.views.homes.get(person.id)
    outcome = world.desk.begin(person.id)
    outcome.awaits_home = True
    try:
        world.events.home_opened(person.id, channel, before.render() if before else None)
        await _arrival(outcome, HOME_SECONDS)
    finally:
        world.desk.end(outcome)
    shown = world.views.homes.get(person.id)
    return {"view": shown.render() if shown else None}


async def type_(world: World, body: Body) -> Body:
    """Type raw text into the composer (the Web API takes text that is already escaped)."""
    person = world.workspace.person(_text(body, "user"))
    channel = _place(world, person, body)
    if channel.is_archived:
        raise BadRequest(f"channel: {channel.name} is archived; nobody can write there.")
    thread_ts = body.get("thread_ts")
    parent = world.workspace.messages[channel.id].get(str(thread_ts))
    if thread_ts is not None and (parent is None or parent.is_reply):
        raise BadRequest(f"thread_ts: {thread_ts!r} is no message that begins a thread.")
    broadcast = bool(body.get("reply_broadcast", False)) and thread_ts is not None
    message = world.say(person, channel, _text(body, "text"), thread_ts, broadcast)
    return {"ts": message.ts}


async def edit(world: World, body: Body) -> Body:
    """Type other raw text into one's own message, however long it is."""
    person = world.workspace.person(_text(body, "user"))
    message = _message(world, person, body)
    if isinstance(message, Ephemeral) or message.user != person.id:
        raise BadRequest(f"ts: {person.handle} can edit only what {person.handle} wrote.")
    if world.workspace.channels[message.channel].is_archived:
        raise BadRequest("channel: it is archived; nobody can write there.")
    world.edit(message, _text(body, "text"))
    return {}


async def read(world: World, body: Body) -> Body:
    """Read a channel up to a message."""
    person = world.workspace.person(_text(body, "user"))
    channel, ts = _place(world, person, body), _text(body, "ts")
    if not TIMESTAMP.fullmatch(ts):
        raise BadRequest(f"ts: {ts!r} is no time stamp of a message.")
    world.marks.read(person.id, channel.id, ts)
    return {}


_CLICK = {"user", "client", "action_id", "block_id", "value", "channel", "ts", "view_id", "values"}
VERBS = {
    "click": (click, _CLICK),
    "submit": (submit, {"user", "view_id", "values"}),
    "close": (close, {"user", "view_id", "values"}),
    "command": (command, {"user", "client", "channel", "command", "text"}),
    "shortcut": (shortcut, {"user", "client", "channel", "ts", "callback_id"}),
    "edit": (edit, {"user", "channel", "ts", "text"}),
    "home": (home, {"user"}),
    "read": (read, {"user", "channel", "ts"}),
    "type": (type_, {"user", "channel", "text", "thread_ts", "reply_broadcast"}),
}


async def act(world: World, verb: str, body: Body) -> Body:
    """Do one verb of VERBS; `BadRequest` where the body is none of it."""
    function, known = VERBS[verb]
    unknown = set(body) - known
    if unknown:
        raise BadRequest(f"{verb}: {', '.join(sorted(unknown))} is unknown; known are {known}.")
    return await function(world, body)


async def _interact(
    world: World, kind: str, payload: Body, outcome: Outcome, submitted: View | None = None
) -> Body:
    answer: Any = None
    result = "acknowledged"
    try:
        answer = await world.delivery.interact(kind, payload)
        errors = _apply(world, kind, payload, outcome, answer, submitted)
        world.bell.ring()  # a modal that was closed is gone at once, not after the wait
        if not errors and not (answer and submitted):
            await _arrival(outcome, AFTERMATH_SECONDS)
    except NotAcknowledged as failure:
        result = failure.reason
        raise BadRequest(
            f"The app did not acknowledge in time ({failure.reason}): is it running?", 504
        ) from failure
    except Refused as refusal:
        result = refusal.code
        why = "; ".join(refusal.messages) or refusal.code
        raise BadRequest(f"Slack would not take the acknowledgement: {why}", 502) from refusal
    finally:
        world.desk.end(outcome)
        what = payload.get("type", "command")
        world.journal.append(
            "interaction", type=what, payload=payload, outcome=result, answer=answer
        )
    return outcome.answer() | ({"errors": errors} if errors else {})


async def _arrival(outcome: Outcome, seconds: float) -> None:
    try:
        await asyncio.wait_for(outcome.arrived.wait(), seconds)
    except TimeoutError:
        return


def _apply(
    world: World, kind: str, payload: Body, outcome: Outcome, answer: object, view: View | None
) -> dict[str, str]:
    """Do what the acknowledgement says; the errors of a submission that was not accepted."""
    if view is not None:
        return _submitted(world, outcome, view, answer if isinstance(answer, dict) else {})
    if kind == "slash_commands" and answer:
        url = world.desk.response_urls[payload["response_url"].rsplit("/", 1)[1]]
        show(world, url, answer if isinstance(answer, dict) else {"text": str(answer)})
    return {}


def _submitted(world: World, outcome: Outcome, view: View, answer: Body) -> dict[str, str]:
    if view not in world.views.all():  # closed while the app thought: Slack drops the answer
        return {}
    match answer.get("response_action"):
        case None:
            world.views.close(view)
        case "errors":
            return _errors(view, answer.get("errors"))
        case "clear":
            world.views.close(view, all_of_them=True)
        case "update":
            world.views.update(view, checked(world, answer.get("view"), "modal"), None)
            outcome.saw_view(view.id)
        case "push":
            pushed = world.views.push(view, checked(world, answer.get("view"), "modal"))
            outcome.saw_view(pushed.id)
        case other:
            raise Refused("invalid_arguments", f"unknown response_action {other!r}")
    return {}


def _errors(view: View, errors: object) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refused("invalid_arguments", f"errors {errors!r} must name inputs of the view")
    return {str(block_id): str(sentence) for block_id, sentence in errors.items()}


def _text(body: Body, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise BadRequest(f"{name} is missing: give it as text.")
    return value


def _client(body: Body) -> str:
    """The window in which something is done; "" where a script does it."""
    return _text(body, "client") if "client" in body else ""


def _values(body: Body) -> Body:
    values = body.get("values", {})
    if not isinstance(values, dict):
        raise BadRequest("values must be an object {block_id: text}.")
    return values


def _place(world: World, person: Person, body: Body) -> Channel:
    channel = world.workspace.place(_text(body, "channel"))
    if person.id not in channel.members:
        raise BadRequest(f"channel: {person.handle} is not in {channel.name}.")
    return channel


def _message(world: World, person: Person, body: Body) -> Message | Ephemeral:
    channel, ts = _place(world, person, body), _text(body, "ts")
    for ephemeral in world.workspace.ephemerals:
        if (ephemeral.channel, ephemeral.ts, ephemeral.user) == (channel.id, ts, person.id):
            return ephemeral
    found = world.workspace.messages[channel.id].get(ts)
    if found is None:
        raise BadRequest(f"ts: {channel.name} has no message {ts!r} that {person.handle} sees.")
    return found


def _view(world: World, person: Person, body: Body) -> View:
    id_ = _text(body, "view_id")
    for view in world.views.all():
        if view.id == id_ and view.user == person.id:
            return view
    raise BadRequest(f"view_id: {person.handle} has no open view {id_!r}.")


def _modal(world: World, person: Person, body: Body) -> View:
    view = _view(world, person, body)
    if view.is_home:
        raise BadRequest(f"view_id: {view.id} is a Home; it is neither submitted nor closed.")
    return view


def _pressed(blocks: list[Body], body: Body) -> tuple[Body, Body]:
    """The block and the element that are meant; several may share an action_id."""
    action_id, block_id, value = _text(body, "action_id"), body.get("block_id"), body.get("value")
    found = [
        (block, element)
        for block, element in elements(blocks)
        if element["action_id"] == action_id and block_id in (None, block["block_id"])
    ]
    if not found:
        known = ", ".join(element["action_id"] for _, element in elements(blocks))
        raise BadRequest(f"action_id: there is no {action_id!r} here; there are: {known}.")
    exact = [pair for pair in found if value is not None and pair[1].get("value") == value]
    block, element = (exact or found)[0]
    if element["type"] == "button" and value is not None and not exact:
        raise BadRequest(f"value: no button {action_id!r} has the value {value!r}.")
    return block, element


def _chosen(block: Body, element: Body, body: Body) -> Body:
    if block["type"] == "input" and not block.get("dispatch_action"):
        raise BadRequest(f"action_id: {element['action_id']!r} is only sent with the whole form.")
    value = body.get("value", _values(body).get(block["block_id"]))
    if element["type"] in {"button", "icon_button"}:
        return {}
    if element["type"] == "feedback_buttons":
        return {"value": value}
    if element["type"] == "overflow":
        return {"selected_option": option(element, value)}
    return choose(element, value)
