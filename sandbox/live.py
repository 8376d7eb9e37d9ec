"""The page's feed: each change of the world reaches every connected page, by WebSocket.

Nothing is sent by whoever changes something. After a ring of the bell the feed looks at the whole
world, gives each item that changed a new serial, and every connection sends what it has not yet
sent. So no change can be forgotten, and a page that reads slowly gets the latest state, no queue.
"""

import asyncio
import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from aiohttp import web

from sandbox.items import Item, Items
from sandbox.people import Person
from sandbox.titles import shown
from sandbox.workspace import Workspace
from sandbox.world import World

COALESCE_SECONDS = 0.005
REST = 4  # times as long as the last look took, so that looking takes a fifth of the time at most
SLOW_SECONDS = 10.0
FIRST_ENTRIES = 200  # of the log
_PING_SECONDS = 20.0
_CLOSE_SECONDS = 0.1
_MOST_BYTES = 1024  # the page only listens


@dataclass(frozen=True)
class Told:
    """An item as it is to be told; a new serial whenever it changed."""

    item: Item
    serial: int
    written: str


class Shelf:
    """The latest items by scope: "" for all, a channel for its members, a person for themselves."""

    def __init__(self) -> None:
        self._scopes: dict[str, dict[str, Told]] = {}
        self._serial = 0

    def fill(self, scope: str, items: Iterable[Item]) -> None:
        """These are the scope's items now; those that are as before keep their serial."""
        before = self.read(scope)
        self._scopes[scope] = {item["key"]: self._told(item, before) for item in items}

    def read(self, scope: str) -> dict[str, Told]:
        """A scope's items by key."""
        return self._scopes.get(scope, {})

    def _told(self, item: Item, before: dict[str, Told]) -> Told:
        kept = before.get(item["key"])
        if kept is not None and kept.item == item:
            return kept
        self._serial += 1
        return Told(item, self._serial, json.dumps(item))


@dataclass(eq=False)
class Connection:
    """One page: whom it asked to be, and what it was told of which workspace and its log.

    `client` tells it from the other windows of that person.
    """

    wanted: str
    client: str
    socket: web.WebSocketResponse
    news: asyncio.Event = field(default_factory=asyncio.Event)
    workspace: Workspace | None = None
    serials: dict[str, int] = field(default_factory=dict)
    logged: int = 0


class Feed:
    """All connected pages of one sandbox.

    Args:
        world: The sandbox.
        patience: Seconds that a page may leave a frame unread before its socket is cut.
    """

    def __init__(self, world: World, patience: float = SLOW_SECONDS) -> None:
        self._world = world
        self._patience = patience
        self._connections: list[Connection] = []
        self._due: asyncio.TimerHandle | None = None
        self._not_before = 0.0
        self._begin()
        world.bell.listen(self._rung)

    def _begin(self) -> None:
        self._workspace, self._journal = self._world.workspace, self._world.journal
        self._items, self._shelf = Items(self._world), Shelf()

    async def connect(self, request: web.Request) -> web.WebSocketResponse:
        """GET /sandbox/live?as=HANDLE[&client=ID]: tell one page what happens, until it goes."""
        socket = web.WebSocketResponse(
            compress=False,
            heartbeat=_PING_SECONDS,
            max_msg_size=_MOST_BYTES,
            timeout=_CLOSE_SECONDS,
        )
        await socket.prepare(request)
        asked = request.query
        connection = Connection(asked.get("as", ""), asked.get("client", ""), socket)
        self._connections.append(connection)
        leaving = asyncio.create_task(_left(connection))
        try:
            self._look()
            await self._tell(connection)
        except (TimeoutError, ConnectionError):  # too slow, or gone; the page comes back by itself
            if request.transport is not None:
                request.transport.abort()
        finally:
            self._connections.remove(connection)
            leaving.cancel()
        return socket

    async def close(self) -> None:
        """Close every page's socket."""
        for connection in list(self._connections):
            await connection.socket.close()
            connection.news.set()

    def _rung(self) -> None:
        if self._connections and self._due is None:
            loop = asyncio.get_running_loop()
            rest = self._not_before - time.monotonic()
            self._due = loop.call_later(max(COALESCE_SECONDS, rest), self._look)

    def _look(self) -> None:
        """Bring the shelf up to date, and wake every connection."""
        if self._due is not None:
            self._due.cancel()
            self._due = None
        begun = time.monotonic()
        if self._workspace is not self._world.workspace:
            self._begin()
        self._items.begin()
        self._shelf.fill("", self._items.people())
        for channel in self._workspace.channels.values():
            self._shelf.fill(channel.id, self._items.messages(channel))
        people = {person.id: person for person in map(self._who, self._connections)}
        for person in people.values():
            self._shelf.fill(person.id, self._items.own(person))
        for connection in self._connections:
            connection.news.set()
        ended = time.monotonic()
        self._not_before = ended + REST * (ended - begun)

    def _who(self, connection: Connection) -> Person:
        """Whom a page acts as: the one it asked for, else the first member there is."""
        everyone = list(self._workspace.people.values())
        named = [p for p in everyone if connection.wanted in (p.handle, p.id)]
        return (named or [p for p in everyone if not p.is_bot] or everyone)[0]

    async def _tell(self, connection: Connection) -> None:
        while not connection.socket.closed:
            connection.news.clear()
            for frame in self._frames(connection):
                async with asyncio.timeout(self._patience):
                    await connection.socket.send_str(frame)
            await connection.news.wait()

    def _frames(self, connection: Connection) -> Iterator[str]:
        """What the page was not yet told, and keep that it is told now."""
        whole = connection.workspace is not self._workspace
        if whole:
            connection.workspace, connection.serials = self._workspace, {}
            connection.logged = max(0, len(self._journal.entries) - FIRST_ENTRIES)
        visible = self._visible(connection)
        told, connection.serials = connection.serials, {k: t.serial for k, t in visible.items()}
        new = [t for key, t in visible.items() if told.get(key) != t.serial]
        gone = [key for key in told if key not in visible]
        entries = self._journal.entries[connection.logged :]
        connection.logged += len(entries)
        if whole or new or gone:
            start = '{"whole": true, ' if whole else "{"
            items = ", ".join(map(self._written, new))
            yield f'{start}"items": [{items}], "gone": {json.dumps(gone)}}}'
        if entries:
            yield json.dumps({"log": [shown(entry, self._workspace) for entry in entries]})

    def _visible(self, connection: Connection) -> dict[str, Told]:
        person = self._who(connection)
        windows = (None, "", connection.client)  # a modal that no window opened is in every one
        scopes = [person.id, ""]
        scopes += [c.id for c in self._workspace.channels.values() if person.id in c.members]
        shelves = [self._shelf.read(scope) for scope in scopes]
        return {
            key: told
            for shelf in shelves
            for key, told in shelf.items()
            if told.item.get("client") in windows
        }

    def _written(self, told: Told) -> str:
        """The item's JSON; the time of day is that of the telling."""
        if told.item["kind"] != "workspace":
            return told.written
        return json.dumps(told.item | {"now": self._world.clock.now().isoformat()})


async def _left(connection: Connection) -> None:
    """Wait until the page has closed its socket."""
    async for _ in connection.socket:
        continue
    connection.news.set()
