"""Socket Mode: connections by ticket, envelopes, acknowledgements, disconnects."""

import asyncio
import itertools
import json
import secrets
import uuid
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from sandbox.manifest import APP_ID
from sandbox.refusals import NotAcknowledged

MOST_CONNECTIONS = 10
CLOSE_SECONDS = 0.1  # how long a peer may take to agree to a close; it is on this machine


class Hub:
    """The app's connections. Each envelope goes to one of them, in turn.

    Args:
        ring: Called when a connection comes or goes.
    """

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._tickets: set[str] = set()
        self._open: list[web.WebSocketResponse] = []
        self._arrived = asyncio.Event()
        self._turn = itertools.count()
        self._waiting: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Any]]] = {}

    @property
    def connections(self) -> int:
        """How many sockets are connected."""
        return len(self._open)

    def ticket(self) -> str:
        """A ticket for one connection, for apps.connections.open."""
        ticket = secrets.token_hex(16)
        self._tickets.add(ticket)
        return ticket

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """Serve one connection until it closes."""
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden(text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(compress=False, timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        if len(self._open) >= MOST_CONNECTIONS:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        self._ring()
        try:
            await socket.send_json(self._hello())
            self._arrived.set()
            async for frame in socket:
                if frame.type is WSMsgType.TEXT:
                    self._acknowledge(frame.data)
        finally:
            self._forget(socket)
        return socket

    async def carry(
        self, kind: str, payload: dict[str, Any], attempt: int, reason: str, limit: float
    ) -> Any:  # noqa: ANN401
        """Send one envelope and wait for its acknowledgement (see delivery.Carrier)."""
        try:
            async with asyncio.timeout(limit):
                return await self._exchange(kind, payload, attempt, reason)
        except TimeoutError:
            raise NotAcknowledged("timeout") from None
        except ConnectionError:
            raise NotAcknowledged("connection_failed") from None

    async def disconnect(self, reason: str | None = "refresh_requested") -> int:
        """Tell every connection to go (or not, when `reason` is None), then close it; how many."""
        sockets = list(self._open)
        for socket in sockets:
            self._open.remove(socket)
            self._ring()
            if reason is not None:
                await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {}})
            await socket.close()
        if not self._open:
            self._arrived.clear()
        return len(sockets)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self._open),
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
            "connection_info": {"app_id": APP_ID},
        }

    async def _exchange(self, kind: str, payload: dict[str, Any], attempt: int, reason: str) -> Any:  # noqa: ANN401
        while not self._open:
            self._arrived.clear()
            await self._arrived.wait()
        socket = self._open[next(self._turn) % len(self._open)]
        envelope: dict[str, Any] = {"envelope_id": str(uuid.uuid4()), "type": kind}
        envelope |= {"payload": payload, "accepts_response_payload": kind != "events_api"}
        if kind == "events_api":
            envelope |= {"retry_attempt": attempt, "retry_reason": reason}
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[envelope["envelope_id"]] = (socket, future)
        try:
            await socket.send_json(envelope)
            return await future
        finally:
            del self._waiting[envelope["envelope_id"]]

    def _acknowledge(self, frame: str) -> None:
        try:
            answer = json.loads(frame)
        except json.JSONDecodeError:
            return  # Slack ignores what is no acknowledgement
        if not isinstance(answer, dict) or answer.get("envelope_id") not in self._waiting:
            return
        _, future = self._waiting[answer["envelope_id"]]
        if not future.done():
            future.set_result(answer.get("payload"))

    def _forget(self, socket: web.WebSocketResponse) -> None:
        if socket in self._open:
            self._open.remove(socket)
            self._ring()
        for holder, future in self._waiting.values():
            if holder is socket and not future.done():
                future.set_exception(ConnectionError("the socket closed"))
