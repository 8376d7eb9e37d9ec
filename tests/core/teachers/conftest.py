"""A small HTTP server in place of the providers: the wire is where tests substitute."""

import asyncio
import json
import selectors
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.recipe import TeacherSpec
from core.teachers import Patience, ask_one, open_teacher
from core.teachers.base import Ask

SCHEMA = {
    "type": "object",
    "properties": {"records": {"type": "array", "items": {"type": "string"}, "maxItems": 3}},
    "required": ["records"],
    "additionalProperties": False,
}


@dataclass
class Wire:
    """`answers` are given in order and the last for ever.

    An answer is (status, body as text or JSON, headers), "hang", "cut", "trickle" (one byte now and
    then), or a function from the request to one of these.
    """

    url: str = ""
    answers: list[Any] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def will(self, *answers):
        self.answers = list(answers)

    def next(self):
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wire: Wire

    def do_GET(self):
        self.hear({})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        # A bulk's file comes as a form.
        self.hear(json.loads(body) if "json" in self.headers["content-type"] else {})

    def hear(self, request):
        self.wire.requests.append(request)
        self.wire.paths.append(self.path)
        self.wire.keys.append(self.headers.get("authorization", ""))
        answer = self.wire.next()
        if callable(answer):
            answer = answer(request)
        if answer == "hang":
            self.wire.released.wait(10)
            self.close_connection = True
        elif answer == "cut":
            self.close_connection = True
        elif answer == "trickle":
            self.trickle()
        else:
            self.answer(*answer)

    def trickle(self):
        self.send_response(200)
        self.send_header("content-length", "10000")
        self.end_headers()
        with suppress(OSError):  # until the client hangs up
            while not self.wire.released.wait(0.05):
                self.wfile.write(b" ")
        self.close_connection = True

    def answer(self, status, body, headers):
        data = (body if isinstance(body, str) else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("content-type", headers.get("content-type", "application/json"))
        self.send_header("content-length", str(len(data)))
        for name, value in headers.items():
            if name != "content-type":
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        """Silence: a test's output is its own."""


@pytest.fixture
def wire():
    state = Wire()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"wire": state}))
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield state
    state.released.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def patience():
    return Patience(
        attempts=3,
        total=2.0,
        first_wait=0.01,
        longest_wait=0.05,
        longest_backoff=0.05,
        connect=0.5,
        request=5.0,
        per_token=0,
    )


@pytest.fixture
def environ(wire):
    return {
        "ANTHROPIC_API_KEY": "sk-ant-secret",
        "ANTHROPIC_BASE_URL": f"{wire.url}/anthropic",
        "OPENAI_API_KEY": "sk-open-secret",
        "OPENAI_BASE_URL": f"{wire.url}/openai/v1",
    }


@pytest.fixture
def teacher(environ):
    def make(model, **settings):
        return open_teacher(TeacherSpec(model=model, **settings), environ=environ, folder=Path())

    return make


@pytest.fixture
def asked(patience):
    def make(teacher, ask, patience=patience):
        return ask_one(teacher, ask, patience)

    return make


@pytest.fixture
def ask():
    def make(prompt="Write 3 samples.", **more):
        return Ask(
            **{
                "system": "You write samples.",
                "prompt": prompt,
                "schema": SCHEMA,
                "max_output_tokens": 64,
                **more,
            }
        )

    return make


@pytest.fixture
def claude_says():
    def make(text="Hello.", *, stop="end_turn", usage=None, status=200, headers=None, **more):
        body = {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "claude-haiku-4-5-20251001",
            "content": [{"type": "text", "text": text}],
            "stop_reason": stop,
            "usage": usage or {"input_tokens": 100, "output_tokens": 10},
            **more,
        }
        return status, body, headers or {}

    return make


@pytest.fixture
def gpt_says():
    def make(text="Hello.", *, stop="stop", status=200, headers=None, refusal=None, **more):
        message = {"role": "assistant", "content": text, "refusal": refusal}
        body = {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "model": "gpt-4.1-mini-2025-04-14",
            "choices": [{"index": 0, "message": message, "finish_reason": stop}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
            **more,
        }
        return status, body, headers or {}

    return make


@pytest.fixture
def says_no():
    def make(status, message="It went wrong.", *, headers=None, **error):
        return status, {"error": {"message": message, **error}}, headers or {}

    return make


@pytest.fixture
def spec():
    def make(model, **settings):
        return TeacherSpec(model=model, **settings)

    return make


class Jumping(selectors.DefaultSelector):
    """Looks at real sockets; where nothing comes it moves its clock instead of waiting."""

    now = 0.0

    def select(self, timeout=None):
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            return super().select(None)  # no timer: only another thread can bring something
        # A thread of the SDKs may still be at work; the further the jump, the longer it gets.
        ready = super().select(0.001 if timeout < 10 else 0.02)
        if not ready:
            self.now += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time passes as fast as its callbacks run."""

    def __init__(self):
        self._jumping = Jumping()
        super().__init__(self._jumping)

    def time(self):
        return self._jumping.now


@pytest.fixture
def virtual_loop():
    return VirtualLoop
