"""`/api/METHOD`: admits a call, lets faults strike it, performs it, records it, answers it."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sandbox import door
from sandbox.contract import CONTRACT
from sandbox.faults import CALL_KINDS, Fault
from sandbox.methods.registry import METHODS
from sandbox.refusals import Refused
from sandbox.world import World

WORLD: web.AppKey[World] = web.AppKey("world", World)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def api(request: web.Request) -> web.StreamResponse:
    """Answer one Web API call."""
    world, method = request.app[WORLD], request.match_info["method"]
    try:
        asked = await door.read(request)
    except Refused as refusal:
        return _refused(world, method, door.Request(None, {}, False), refusal)
    by_app = asked.token in (door.BOT_TOKEN, door.APP_TOKEN)
    fault = world.faults.strike(CALL_KINDS, method) if by_app else None
    if fault is None:
        return perform(world, method, asked)
    world.journal.append("fault", fault=fault.kind, method=method, before=fault.before)
    return await _struck(request, world, method, asked, fault)


def perform(world: World, method: str, asked: door.Request) -> web.Response:
    """Admit and perform one call, record it, and answer it."""
    try:
        call = door.admit(method, asked, world.workspace, world.app)
        tier = CONTRACT[method]["tier"]
        world.rates.charge(method, tier, call.token, call.get("channel"))
        answer = {"ok": True} | METHODS[method](world, call)
    except Refused as refusal:
        return _refused(world, method, asked, refusal)
    # The answer is copied here: a later edit must not change what was sent.
    return _answer(world, method, asked, copy.deepcopy(answer), 200, {})


async def _struck(
    request: web.Request, world: World, method: str, asked: door.Request, fault: Fault
) -> web.StreamResponse:
    if fault.kind == "rate_limit":
        seconds = max(1, round(fault.seconds))
        return _refused(world, method, asked, Refused("ratelimited", retry_after=seconds))
    if fault.kind == "server_error":
        return _answer(world, method, asked, {"ok": False, "error": "internal_error"}, 500, {})
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)
        return perform(world, method, asked)
    if fault.kind == "hold" and fault.before:
        await world.faults.hold(method)
        # A caller that was killed meanwhile must not have its call performed after its death.
        return _cut(request) if _gone(request) else perform(world, method, asked)
    answer = perform(world, method, asked)
    if fault.kind == "hold":
        await world.faults.hold(method)
        return answer
    return _cut(request)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def _cut(request: web.Request) -> web.Response:
    """End the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _refused(world: World, method: str, asked: door.Request, refusal: Refused) -> web.Response:
    answer: dict[str, Any] = {"ok": False, "error": refusal.code, **refusal.facts}
    if refusal.messages:
        answer["response_metadata"] = {"messages": list(refusal.messages)}
    if refusal.retry_after is None:
        return _answer(world, method, asked, answer, 200, {})
    return _answer(world, method, asked, answer, 429, {"Retry-After": str(refusal.retry_after)})


def _answer(
    world: World,
    method: str,
    asked: door.Request,
    answer: dict[str, Any],
    status: int,
    headers: dict[str, str],
) -> web.Response:
    caller = door.caller(asked.token, world.workspace)
    shown = answer if method != "apps.connections.open" else {"ok": answer["ok"]}
    world.journal.append(
        "call",
        method=method,
        user=caller and caller.id,
        arguments=asked.raw,
        status=status,
        answer=shown,
    )
    granted = {"X-OAuth-Scopes": ",".join(sorted(door.scopes_of(asked.token, world.app)))}
    return web.json_response(answer, status=status, headers=headers | granted)
