"""`winnow run`: listen in Socket Mode or behind signed HTTP, send, and do what is due."""

import json
import logging
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar

from bot import reconcile, teachers
from bot.app import build, desk_of
from bot.clock import of as clock_of
from bot.desk import Desk
from bot.jobs import Jobs
from bot.sending import Sender
from bot.settings import Settings
from bot.slack import BROKEN, AwayError, explained, trouble
from core.errors import UsageError, WinnowError
from storage import datasets, schema
from storage.engine import open_store

log = logging.getLogger(__name__)

Health = Callable[[], dict[str, Any]]
Result = TypeVar("Result")

_FIRST_PAUSE = 2.0
_LONGEST_PAUSE = 60.0


def run(settings: Settings, *, http: int | None, health: int | None) -> None:
    """Run until interrupted; prints `ready` on standard error once it listens.

    Raises:
        UsageError: a missing token, a schema that is behind, a port that is taken.
    """
    settings.bot_token()
    if http is None:
        settings.app_token()
    else:
        settings.signing_secret()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(levelname)s %(message)s")
    for talker in ("apscheduler", "alembic"):  # one reports each tick, the other its driver
        logging.getLogger(talker).setLevel(logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    store = open_store(settings.database_url, clock_of(settings.clock_url))
    schema.ready(store)
    desk = _patiently(lambda: desk_of(settings, store), stop)
    if desk is not None:
        _work(desk, settings, http, health, stop)
    store.close()


def _work(
    desk: Desk, settings: Settings, http: int | None, health: int | None, stop: threading.Event
) -> None:
    sender = threading.Thread(target=Sender(desk).run, args=(stop,), name="sender", daemon=True)
    jobs = Jobs(desk)
    listen = _socket_mode if http is None else _behind_http
    close = listen(desk, settings, http or 0, health, stop)
    try:
        _look_around(desk)
        desk.later(lambda: warm_up(desk))
        sender.start()
        jobs.start()
        _say("ready")
        stop.wait()
    finally:
        close()
        jobs.stop()
        stop.set()
        desk.wake.set()
        if sender.is_alive():
            sender.join(timeout=15)
        desk.slow.shutdown(wait=True)


def _patiently(work: Callable[[], Result], stop: threading.Event) -> Result | None:
    """Do what needs Slack; while Slack is away say so and try again. None when told to stop."""
    pause = _FIRST_PAUSE
    while not stop.is_set():
        try:
            return work()
        except AwayError as away:
            seconds = max(pause, away.wait.total_seconds())
            _say(f"{away} Trying again in {seconds:.0f} s.")
            stop.wait(seconds)
            pause = min(2 * pause, _LONGEST_PAUSE)
    return None


def _look_around(desk: Desk) -> None:
    """See who may vote and what happened in the meantime, if Slack lets us; jobs do it again."""
    try:
        for problem in desk.rosters.refresh():
            _say(problem)
        reconcile.run(desk)
    except BROKEN as error:
        _say(f"Slack does not answer now ({trouble(error).error}): it will be read later.")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def warm_up(desk: Desk) -> None:
    """Load the teachers' SDKs: a first command must be answered within Slack's three seconds."""
    for dataset in datasets.every(desk.store):
        with suppress(WinnowError):
            teachers.opened(dataset, desk.environ)
            log.info("the teachers of %s can be asked", dataset.name)


def _socket_mode(
    desk: Desk, settings: Settings, _port: int, health: int | None, stop: threading.Event
) -> Callable[[], None]:
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    handler = SocketModeHandler(build(desk, settings), settings.app_token())

    def state() -> dict[str, Any]:
        return {"ok": handler.client.is_connected(), "mode": "socket"}

    def connect() -> None:
        handler.client.wss_uri = None  # an address that was given is good for one attempt
        with explained(settings, "SLACK_APP_TOKEN"):
            handler.connect()  # type: ignore[no-untyped-call]

    server = _serve_health(health, state) if health is not None else None
    _patiently(connect, stop)

    def close() -> None:
        handler.close()  # type: ignore[no-untyped-call]
        if server is not None:
            server.shutdown()

    return close


def _behind_http(
    desk: Desk, settings: Settings, port: int, _health: int | None, _stop: threading.Event
) -> Callable[[], None]:
    import waitress
    from slack_bolt.adapter.wsgi import SlackRequestHandler

    bolt = SlackRequestHandler(build(desk, settings), path="/slack/events")

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/health" and environ["REQUEST_METHOD"] == "GET":
            start("200 OK", [("Content-Type", "application/json")])
            return [b'{"ok": true, "mode": "http"}']
        answer: Iterable[bytes] = bolt(environ, start)
        return answer

    try:
        server = waitress.create_server(application, host="0.0.0.0", port=port, threads=10)  # noqa: S104 - behind a proxy
    except OSError as error:
        raise UsageError(f"--http: port {port} cannot be used ({error.strerror}).") from error
    threading.Thread(target=server.run, name="http", daemon=True).start()
    close: Callable[[], None] = server.close
    return close


def _serve_health(port: int, state: Health) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = state()
            self.send_response(200 if found["ok"] else 503)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(found).encode())

        def log_message(self, *_: object) -> None:
            """Nobody wants a line a second."""

    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    except OSError as error:
        raise UsageError(f"--health: port {port} cannot be used ({error.strerror}).") from error
    threading.Thread(target=server.serve_forever, name="health", daemon=True).start()
    return server
