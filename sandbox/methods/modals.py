"""views.*: modals and the App Home."""

import json
from typing import Any

from sandbox import blocks as block_kit
from sandbox.door import Call, Malformed
from sandbox.methods.content import refuse
from sandbox.pictures import picture_problems
from sandbox.refusals import Refused
from sandbox.views import View
from sandbox.world import World


def open_(world: World, call: Call) -> dict[str, Any]:
    """views.open: needs a fresh trigger_id."""
    view = _content(world, call, "modal")
    trigger = world.desk.exchange(_trigger(call))
    shown = world.views.open(trigger.outcome.user, view, trigger.outcome.client)
    trigger.outcome.saw_view(shown.id)
    return {"view": shown.render()}


def push(world: World, call: Call) -> dict[str, Any]:
    """views.push: on the modal in which the trigger was born, three deep at most."""
    view = _content(world, call, "modal")
    trigger = world.desk.exchange(_trigger(call))
    below = next((v for v in world.views.all() if v.id == trigger.in_view), None)
    if below is None:
        raise refuse(call, "not_found")
    shown = world.views.push(below, view)
    trigger.outcome.saw_view(shown.id)
    return {"view": shown.render()}


def update(world: World, call: Call) -> dict[str, Any]:
    """views.update by view_id or external_id."""
    view = world.views.find(call.get("view_id"), call.get("external_id"))
    content = _content(world, call, view.content["type"])
    world.views.update(view, content, call.get("hash"))
    _tell(world, view)
    return {"view": view.render()}


def publish(world: World, call: Call) -> dict[str, Any]:
    """views.publish: a person's App Home."""
    user = call.args["user_id"]
    if user not in world.workspace.people:
        raise Refused("invalid_arguments", "[ERROR] user_not_found [json-pointer:/user_id]")
    view = world.views.publish(user, _content(world, call, "home"), call.get("hash"))
    _tell(world, view)
    return {"view": view.render()}


def checked(world: World, content: Any, kind: str) -> dict[str, Any]:  # noqa: ANN401
    """A view as Slack takes it, or the refusal; also used for views in acknowledgements."""
    if isinstance(content, Malformed) or not isinstance(content, dict):
        raise Refused("invalid_arguments", "[ERROR] must be a JSON object [json-pointer:/view]")
    problems = block_kit.view_problems(content)
    if not problems and content["type"] != kind:
        problems = [f"must be a {kind} [json-pointer:/view/type]"]
    problems = problems or picture_problems(
        world.workspace, world.bot.id, content["blocks"], "/view/blocks"
    )
    if problems:
        raise Refused("invalid_arguments", *(f"[ERROR] {problem}" for problem in problems))
    if len(json.dumps(content).encode()) > block_kit.VIEW_BYTES:
        raise Refused("view_too_large")
    return content


def _content(world: World, call: Call, kind: str) -> dict[str, Any]:
    return checked(world, call.get("view"), kind)


def _trigger(call: Call) -> str:
    trigger = call.get("trigger_id") or call.get("interactivity_pointer")
    if trigger is None:
        raise refuse(call, "invalid_trigger_id")
    return str(trigger)


def _tell(world: World, view: View) -> None:
    for outcome in world.desk.running(view.user):
        (outcome.saw_home if view.is_home else outcome.saw_view)(view.id)
