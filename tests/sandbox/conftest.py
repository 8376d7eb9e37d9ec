"""A running sandbox, driven over the wire; every call is held against Slack's tables."""

import asyncio
import contextlib
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft7Validator
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from sandbox.contract import COMMON_ERRORS, CONTRACT
from sandbox.door import BOT_TOKEN
from sandbox.manifest import Installed
from sandbox.server import application
from sandbox.teacher import add_routes
from sandbox.world import World

# Without a context of its own a connection reads the machine's certificates anew, for 30 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
CONTRACTS = Path(__file__).parents[2].parent / "shared" / "contracts"


class Running:
    """A sandbox on a loopback port, in a thread of its own."""

    def __init__(self, app: Installed | None = None) -> None:
        self.world = World(app or Installed(), rate_limits=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner = web.AppRunner(application(self.world, 0), shutdown_timeout=0.5)
        self._on_loop(self._listen())
        self.base = self.world.address

    async def _listen(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    def _on_loop(self, work) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def hang_up(self) -> None:
        """Close every socket without a word, as a broken network does."""
        self._on_loop(self.world.hub.disconnect(None))

    def stop(self) -> None:
        self._on_loop(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def request(self, path, body=None, headers=None):
        """(status, parsed JSON) of one request."""
        data = None if body is None else json.dumps(body)
        status, _, content = self.fetch(path, data, headers)
        return status, json.loads(content)

    def fetch(self, path, data=None, headers=None):
        """(status, headers, text) of one request with a JSON body."""
        status, headers, content = self.fetch_bytes(path, data, headers)
        return status, headers, content.decode()

    def fetch_bytes(self, path, data=None, headers=None):
        """(status, headers, bytes) of one request; a POST where there is `data`."""
        connection = HTTPConnection(self.base.removeprefix("http://"), timeout=20)
        headers = {"Content-Type": "application/json"} | (headers or {})
        with contextlib.closing(connection):
            connection.request("GET" if data is None else "POST", path, data, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()

    def act(self, verb, **body):
        status, answer = self.request(f"/sandbox/{verb}", body)
        assert status == 200, answer
        return answer

    def state(self):
        return self.request("/sandbox/state")[1]

    def log(self, kind=None):
        entries = self.request("/sandbox/log")[1]
        return [entry for entry in entries if kind in (None, entry["kind"])]

    def client(self, token=BOT_TOKEN) -> WebClient:
        return WebClient(token, base_url=f"{self.base}/api/", retry_handlers=[], ssl=NO_TLS)


class Window:
    """A page's side of the feed: `items` by key and `log`, as far as they were read."""

    def __init__(self, base: str, handle: str) -> None:
        self.items: dict[str, dict] = {}
        self.log: list[dict] = []
        self.frames: list[dict] = []
        self._runner = asyncio.Runner()
        self._session, self._socket = self._runner.run(self._open(base, handle))

    async def _open(self, base, handle):
        session = aiohttp.ClientSession()
        address = f"{base}/sandbox/live?as={handle}"
        return session, await session.ws_connect(address, max_msg_size=0)

    async def _close(self):
        await self._socket.close()
        await self._session.close()

    def close(self) -> None:
        self._runner.run(self._close())
        self._runner.close()

    def read(self, seconds: float = 3.0) -> dict:
        """The next frame; TimeoutError where none comes."""
        frame = self._runner.run(self._socket.receive_json(timeout=seconds))
        self.frames.append(frame)
        self.log += frame.get("log", [])
        if frame.get("whole"):
            self.items = {}
        self.items |= {item["key"]: item for item in frame.get("items", [])}
        for key in frame.get("gone", []):
            del self.items[key]
        return frame

    def until(self, look: Callable[["Window"], object]) -> object:
        """Read until `look` finds something; what it found."""
        while not (found := look(self)):
            self.read()
        return found

    def drain(self, seconds: float = 0.3) -> None:
        """Read until nothing comes for so long."""
        with contextlib.suppress(TimeoutError):
            while True:
                self.read(seconds)

    def of(self, kind: str) -> list[dict]:
        return [item for item in self.items.values() if item["kind"] == kind]


def _until(condition: Callable[[], object], seconds: float = 8.0) -> object:
    """The condition's first true value; fails when it stays false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError("it did not happen in time")


@pytest.fixture
def until():
    return _until


@pytest.fixture(scope="session")
def _server() -> Iterator[Running]:
    running = Running()
    yield running
    running.stop()


@pytest.fixture
def sandbox(_server: Running) -> Iterator[Running]:
    """A sandbox as new; at the end its log is checked call by call."""
    _server.act("reset", rate_limits=False)
    yield _server
    check_calls(_server.log("call"))


@pytest.fixture
def start() -> Iterator[Callable[[Installed], Running]]:
    """Starts a sandbox with another app installed."""
    started: list[Running] = []

    def begin(app: Installed) -> Running:
        started.append(Running(app))
        return started[-1]

    yield begin
    for running in started:
        running.stop()


def check_calls(calls) -> None:
    """Every error code is one Slack publishes; every answer has the published form."""
    for call in calls:
        answer, method = call["answer"], call["method"]
        if not answer["ok"]:
            known = COMMON_ERRORS | set(CONTRACT.get(method, {"errors": ()})["errors"])
            assert answer["error"] in known, call
        published = CONTRACTS / "slack-api-ref" / f"{method}.json"
        if answer["ok"] and published.exists() and method != "apps.connections.open":
            # Slack's own "schema" references are unknown here, so oneOf would match several.
            text = published.read_text().replace('"oneOf"', '"anyOf"')
            output = json.loads(text).get("output") or {}
            assert [e.message for e in Draft7Validator(output).iter_errors(answer)] == [], method


@pytest.fixture
def contracts() -> Path:
    if not CONTRACTS.is_dir():
        pytest.skip(f"the published contracts are not at {CONTRACTS}")
    return CONTRACTS


@pytest.fixture
def bot(sandbox) -> WebClient:
    return sandbox.client()


@pytest.fixture
def ana(sandbox) -> WebClient:
    return sandbox.client("xoxp-ana")


@pytest.fixture
def channel() -> str:
    return "C0SUPPORTEN"


@pytest.fixture
def connect(sandbox) -> Iterator[Callable[[App], SocketModeHandler]]:
    """Connects a Bolt app by Socket Mode, and disconnects it at the end."""
    handlers: list[SocketModeHandler] = []

    def join(app: App) -> SocketModeHandler:
        before = sandbox.state()["connections"]
        handler = SocketModeHandler(app, "xapp-sandbox")
        handlers.append(handler)
        handler.connect()
        _until(lambda: sandbox.state()["connections"] > before)
        return handler

    yield join
    for handler in handlers:
        handler.client.auto_reconnect_enabled = False
    sandbox.hang_up()  # a client that closes by itself waits 3 s for its own receiver
    for handler in handlers:
        _until(lambda client=handler.client: not client.is_connected())
        handler.close()
    _until(lambda: sandbox.state()["connections"] == 0)


@pytest.fixture
def window(sandbox) -> Iterator[Callable[[str], Window]]:
    """Opens the page's feed as a person; its first frame is read."""
    windows: list[Window] = []

    def look_in(handle: str) -> Window:
        windows.append(Window(sandbox.base, handle))
        windows[-1].read()
        return windows[-1]

    yield look_in
    for each in windows:
        each.close()


@pytest.fixture
def bolt(bot) -> App:
    """A Bolt app that acknowledges after its listener ran."""
    return App(client=bot, process_before_response=True)


PROMPT = {"role": "user", "content": "Write records about Nestrel."}


def _strict(properties):
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


class Endpoint:
    """A running teacher endpoint, and what a test asks of it through the SDKs and outside."""

    def __init__(self, address):
        import anthropic
        import openai

        self.address = address
        self.transformed = anthropic.transform_schema
        self.openai = openai.OpenAI(
            api_key="sandbox-key", base_url=f"{address}/openai/v1", max_retries=0, timeout=10
        )
        self.anthropic = anthropic.Anthropic(
            api_key="sandbox-key", base_url=f"{address}/anthropic", max_retries=0, timeout=10
        )

    def http(self, path, body=None, headers=None):
        """Status, headers and JSON of a plain request; `body` may be raw bytes."""
        import httpx2

        data = body if body is None or isinstance(body, bytes) else json.dumps(body)
        method = "GET" if data is None else "POST"
        answer = httpx2.request(method, f"{self.address}{path}", content=data, headers=headers)
        return answer.status_code, answer.headers, answer.json()

    def ledger(self):
        return self.http("/sandbox/ledger")[2]

    def set(self, **knobs):
        status, _, answer = self.http("/sandbox/teacher", knobs)
        assert status == 200, answer
        return answer

    def fault(self, fault, **more):
        return self.set(fault=fault, **more)

    def ask_openai(self, count=5, model="support-en", kind="instruction", **more):
        form = {"name": "reply", "strict": True, "schema": self.schema(count, kind)}
        return self.openai.chat.completions.create(
            model=model,
            messages=[PROMPT],
            response_format={"type": "json_schema", "json_schema": form},
            **more,
        )

    def ask_anthropic(self, count=5, model="support-en", kind="instruction", **more):
        schema = self.transformed(self.schema(count, kind))
        return self.anthropic.messages.create(
            model=model,
            messages=[PROMPT],
            output_config={"format": {"type": "json_schema", "schema": schema}},
            **{"max_tokens": 8192, **more},
        )

    @staticmethod
    def schema(count, kind="instruction"):
        texts = {
            "instruction": ("instruction", "input", "output"),
            "conversation": ("system",),
        }
        properties = {name: {"type": "string"} for name in texts[kind]}
        if kind == "instruction":
            pair = {"question": {"type": "string"}, "answer": {"type": "string"}}
            properties["history"] = {"type": "array", "items": _strict(pair)}
        else:
            roles = {"type": "string", "enum": ["user", "assistant"]}
            turn = {"role": roles, "content": {"type": "string"}}
            properties["turns"] = {"type": "array", "items": _strict(turn)}
        records = {"type": "array", "items": {"$ref": "#/$defs/Record"}, "maxItems": count}
        return {**_strict({"records": records}), "$defs": {"Record": _strict(properties)}}

    def close(self):
        self.openai.close()
        self.anthropic.close()


@contextlib.contextmanager
def _serving(seed=7):
    """A teacher endpoint on a free port, in a loop of its own, at noon."""
    loop = asyncio.new_event_loop()
    app = web.Application()
    add_routes(app, seed, now=lambda: datetime(2026, 11, 22, 12, tzinfo=UTC))
    runner = web.AppRunner(app)

    async def start():
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner.addresses[0][1]

    port = loop.run_until_complete(start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    endpoint = Endpoint(f"http://127.0.0.1:{port}")
    try:
        yield endpoint
    finally:
        endpoint.close()
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result(20)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


@pytest.fixture
def serving():
    """Starts a teacher endpoint, drawing by a seed, for as long as a `with` lasts."""
    return _serving


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    with _serving() as running:
        yield running
