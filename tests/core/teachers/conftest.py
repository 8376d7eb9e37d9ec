"""A small HTTP server in place of the providers: the wire is where tests substitute."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from core.recipe import TeacherSpec
from core.teachers import Patience, open_teacher
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

    An answer is (status, body as text or JSON, headers), "hang", "cut", or a function from the
    request to one of these.
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

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["content-length"])))
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
        else:
            self.answer(*answer)

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
        total=5.0,
        first_wait=0.01,
        longest_wait=0.05,
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
def teacher(environ, patience):
    opened = []

    def make(model, **settings):
        made = open_teacher(
            TeacherSpec(model=model, **settings),
            environ=environ,
            folder=Path(),
            patience=patience,
        )
        opened.append(made)
        return made

    yield make
    for each in opened:
        each.close()


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
