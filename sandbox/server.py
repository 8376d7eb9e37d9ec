"""The sandbox as one aiohttp application on one loopback port."""

import json
from typing import Any

from aiohttp import web

from sandbox import acting, managing, responding
from sandbox.faults import fault_of
from sandbox.guard import Handler, own_pages_only
from sandbox.live import Feed
from sandbox.methods.files import render
from sandbox.page import file, page
from sandbox.playing import Playing
from sandbox.refusals import BadRequest
from sandbox.teacher import add_routes
from sandbox.web_api import WORLD, api
from sandbox.world import World

FEED: web.AppKey[Feed] = web.AppKey("feed", Feed)
PLAYING: web.AppKey[Playing] = web.AppKey("playing", Playing)
MOST_BYTES = 64 * 1024 * 1024  # uploads of whole exports
MOST_SECONDS = 10 * 366 * 86_400.0  # that the clock skips at once


def application(world: World, seed: int) -> web.Application:
    """Every route: Slack's, the sandbox's own, the page, and the teacher's."""
    around = [own_pages_only, announced, explained]
    app = web.Application(middlewares=around, client_max_size=MOST_BYTES)
    app[WORLD], app[FEED], app[PLAYING] = world, Feed(world), Playing(world, seed)
    app.router.add_route("*", "/api/{method}", api)
    app.router.add_get("/link/", world.hub.connect)
    app.router.add_post("/response/{id}", responding.respond)
    app.router.add_post("/upload/v1/{id}", responding.upload)
    app.router.add_get("/files/{id}/{name}", responding.download)
    app.router.add_get("/sandbox/state", state)
    app.router.add_get("/sandbox/log", log)
    app.router.add_get("/sandbox/clock", clock)
    app.router.add_post("/sandbox/{verb}", verb)
    app.router.add_get("/sandbox/live", app[FEED].connect)
    app.router.add_get("/", page)
    app.router.add_get("/archives/{channel}/{message}", page)
    app.router.add_get("/web/{name}", file)
    add_routes(app, seed, now=world.clock.now)
    app.on_shutdown.append(_stop)
    return app


async def _stop(app: web.Application) -> None:
    world = app[WORLD]
    app[PLAYING].stop()
    world.delivery.drop_all()
    world.faults.release()
    await app[FEED].close()
    await world.hub.disconnect("link_disabled")


@web.middleware
async def announced(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Ring the bell after whatever may have changed something."""
    try:
        return await handler(request)
    finally:
        if request.method != "GET":
            request.app[WORLD].bell.ring()


@web.middleware
async def explained(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a `BadRequest` with its sentence."""
    try:
        return await handler(request)
    except BadRequest as error:
        return web.json_response({"error": error.sentence}, status=error.status)


async def verb(request: web.Request) -> web.Response:
    """POST /sandbox/VERB."""
    world, name = request.app[WORLD], request.match_info["verb"]
    try:
        body = json.loads(await request.text() or "{}")
    except json.JSONDecodeError as error:
        raise BadRequest(f"The body is no JSON: {error}.") from error
    if not isinstance(body, dict):
        raise BadRequest("The body must be a JSON object.")
    if name in acting.VERBS:
        return web.json_response(await acting.act(world, name, body))
    if name in managing.VERBS:
        return web.json_response(managing.manage(world, name, body))
    if name == "play":
        return web.json_response(await request.app[PLAYING].control(body))
    if name not in _CONTROLS:
        known = ", ".join([*acting.VERBS, *sorted(managing.VERBS), *_CONTROLS, "play"])
        raise BadRequest(f"There is no /sandbox/{name}; there are {known}.", 404)
    return web.json_response(await _CONTROLS[name](world, body))


async def _fault(world: World, body: dict[str, Any]) -> dict[str, Any]:
    fault = fault_of(body)
    world.journal.append("fault", fault=fault.kind, set=body)
    if fault.kind == "disconnect":
        return {"disconnected": await world.hub.disconnect()}
    if fault.kind == "release":
        return {"released": world.faults.release()}
    world.faults.waiting.append(fault)
    return {}


async def _clock(world: World, body: dict[str, Any]) -> dict[str, Any]:
    seconds = body.get("advance")
    if set(body) != {"advance"} or not isinstance(seconds, int | float):
        raise BadRequest("clock: give {advance: seconds}.")
    if not 0 <= seconds <= MOST_SECONDS:
        raise BadRequest("clock: advance 0 s to ten years at a time; the clock goes not back.")
    world.clock.advance(seconds)
    world.journal.append("clock", advance=seconds)
    return {"now": world.clock.now().isoformat()}


async def _reset(world: World, body: dict[str, Any]) -> dict[str, Any]:
    world.reset(body)
    return {}


_CONTROLS = {"fault": _fault, "clock": _clock, "reset": _reset}


async def clock(request: web.Request) -> web.Response:
    """GET /sandbox/clock: the workspace's time, which a bot may follow (WINNOW_CLOCK_URL)."""
    return web.json_response({"now": request.app[WORLD].clock.now().isoformat()})


async def log(request: web.Request) -> web.Response:
    """GET /sandbox/log[?since=N]: the entries after number N."""
    since = request.query.get("since", "0")
    if not since.isdecimal():
        raise BadRequest("since: give the number of an entry.")
    return web.json_response(request.app[WORLD].journal.entries[int(since) :])


async def state(request: web.Request) -> web.Response:
    """GET /sandbox/state: all that is there now."""
    world = request.app[WORLD]
    space, now = world.workspace, int(world.clock.seconds())
    return web.json_response(
        {
            "users": [person.as_user(now) for person in space.people.values()],
            "channels": [
                channel.render(world.bot.id) | {"members": channel.members}
                for channel in space.channels.values()
            ],
            "messages": [
                message.render(metadata=True) | {"channel": message.channel}
                for messages in space.messages.values()
                for message in messages.values()
            ],
            "ephemerals": [ephemeral.render() for ephemeral in space.ephemerals],
            "views": [view.render() | {"user": view.user} for view in world.views.all()],
            "files": [render(world, file) for file in space.files.values() if file.shared],
            "now": world.clock.now().isoformat(),
            "held": len(world.faults.held),
            "connections": world.hub.connections,
        }
    )
