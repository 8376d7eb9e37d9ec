"""Whole stories: the real bot beside a sandbox on the wire, and people who act through Slack."""

import asyncio
import json
import logging
import re
import ssl
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient

from bot import reconcile
from bot.app import build, desk_of
from bot.jobs import Jobs
from bot.sending import Sender
from bot.settings import Settings
from core.records import Instruction, Record
from sandbox import manifest
from sandbox.server import application
from sandbox.world import World
from storage import batches, datasets, outbox, posts, samples
from storage.engine import Store, open_store
from storage.samples import New

ROOT = Path(__file__).parents[2]
APP = manifest.read(ROOT / "manifest.yml")
PATIENCE = 10.0
CLOSING: list[threading.Thread] = []
# Without a context of its own a connection reads the machine's certificates anew, for 30 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

YES, NO = "white_check_mark", "x"


def wait_until(condition: Callable[[], Any], what: str = "", seconds: float = PATIENCE) -> Any:
    """The condition's first true value; fails when it stays false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.01)
    raise AssertionError(f"it did not happen in time: {what or condition}")


class Slack:
    """A sandbox on a loopback port with the app of manifest.yml installed, in its own thread."""

    def __init__(self) -> None:
        self.world = World(APP, rate_limits=False)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._runner = web.AppRunner(application(self.world, 0), shutdown_timeout=0.2)
        self.on_loop(self._listen())

    async def _listen(self) -> None:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.world.address = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    @property
    def base(self) -> str:
        return self.world.address

    @property
    def api(self) -> str:
        return f"{self.base}/api/"

    def on_loop(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    def hang_up(self) -> None:
        """Close every socket without a word."""
        self.on_loop(self.world.hub.disconnect(None))

    def stop(self) -> None:
        self.on_loop(self._runner.cleanup())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def request(self, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, data)  # noqa: S310
        asked.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def act(self, verb: str, **body: object) -> dict[str, Any]:
        """POST /sandbox/VERB."""
        status, answer = self.request(f"/sandbox/{verb}", body)
        assert status == 200, answer
        return answer

    def state(self) -> dict[str, Any]:
        return self.request("/sandbox/state")[1]

    def ledger(self) -> dict[str, Any]:
        """What the workspace's teacher was asked and charged."""
        return self.request("/sandbox/ledger")[1]

    def log(self, kind: str | None = None, **facts: object) -> list[dict[str, Any]]:
        entries = self.request("/sandbox/log")[1]
        return [
            entry
            for entry in entries
            if kind in (None, entry["kind"]) and all(entry.get(k) == v for k, v in facts.items())
        ]

    def calls(self, method: str) -> list[dict[str, Any]]:
        """The bot's calls of a method, in order."""
        return [c for c in self.log("call", method=method) if c["user"] == "U0WINNOW"]

    def all_delivered(self) -> bool:
        """Whether every event that was not lost is acknowledged, or given up."""
        entries = self.world.journal.entries
        ends = {"acknowledged", "given up"}
        over = {e["event_id"] for e in entries if e["kind"] == "delivery" and e["outcome"] in ends}
        over |= {e["event_id"] for e in entries if e.get("fault") == "lost_event" and "event" in e}
        return all(e["event_id"] in over for e in entries if e["kind"] == "event")

    def person(self, handle: str) -> WebClient:
        return WebClient(f"xoxp-{handle}", base_url=self.api, retry_handlers=[])


class Bot:
    """The real bot in this process: Bolt in Socket Mode, a sender, jobs that tests tick."""

    def __init__(self, slack: Slack, store: Store) -> None:
        settings = Settings(
            slack_bot_token="xoxb-sandbox", slack_app_token="xapp-sandbox", slack_api_url=slack.api
        )
        self._slack = slack
        self.desk = desk_of(settings, store)
        self.desk.environ = {}
        self.desk.client.ssl = NO_TLS
        self.jobs = Jobs(self.desk)
        self._stop = threading.Event()
        self._sender = threading.Thread(target=Sender(self.desk).run, args=(self._stop,))
        before = slack.state()["connections"]
        self._handler = SocketModeHandler(build(self.desk, settings), "xapp-sandbox")
        self._handler.connect()
        wait_until(lambda: slack.state()["connections"] > before, "the bot's connection")
        self.problems = self.desk.rosters.refresh()
        reconcile.run(self.desk)
        self._sender.start()

    def let_go(self) -> None:
        """Do not connect again once the connection ends."""
        self._handler.client.auto_reconnect_enabled = False

    def stop(self) -> None:
        """Stop, once the connection has ended."""
        wait_until(lambda: not self._handler.client.is_connected(), "the end of the connection")
        # Its threads take a second to notice; nothing reaches them any more.
        closing = threading.Thread(target=self._handler.close)
        closing.start()
        CLOSING.append(closing)
        self.jobs.stop()
        self._stop.set()
        self.desk.wake.set()
        self._sender.join()
        self.desk.slow.shutdown(wait=True)


class Card:
    """The message that shows a sample's current revision."""

    def __init__(self, story: "Story", sample: int) -> None:
        self._story = story
        self.sample = sample

    @property
    def posts(self) -> list[posts.Posted]:
        return posts.of_sample(self._story.store, self.sample)

    @property
    def ts(self) -> str:
        return self.posts[-1].ts

    @property
    def state(self) -> str:
        return samples.show(self._story.store, self.sample).state.value

    @property
    def revision(self) -> int:
        return samples.show(self._story.store, self.sample).outcome.revision

    @property
    def record(self) -> Record:
        return samples.show(self._story.store, self.sample).record

    @property
    def verdicts(self) -> dict[str, str]:
        """The ballot of the current revision by handle."""
        verdicts = samples.show(self._story.store, self.sample).outcome.ballot.verdicts
        return {user.removeprefix("U0").lower(): v.value for user, v in verdicts.items()}

    def becomes(self, state: str) -> None:
        """Wait until all that people did has arrived and the sample is in this state."""
        wait_until(
            lambda: self._story.slack.all_delivered() and self.state == state,
            f"sample {self.sample} {state}, not {self.state}",
        )

    def has(self, **verdicts: str) -> None:
        """Wait until all that people did has arrived and the ballot is exactly this."""
        wait_until(
            lambda: self._story.slack.all_delivered() and self.verdicts == verdicts,
            f"{verdicts}, not {self.verdicts}",
        )

    def becomes_version(self, number: int) -> None:
        """Wait until a version (from 1) is current and its message is posted."""
        wait_until(
            lambda: self.revision == number - 1 and self.posts[-1].revision == number - 1,
            f"version {number} of sample {self.sample}",
        )


class Story:
    """A workspace, a store and a bot; people act, and the test looks at what came of it."""

    def __init__(self, slack: Slack, store: Store, folder: Path) -> None:
        self.slack, self.store, self.folder = slack, store, folder
        self.bot: Bot | None = None
        self.bots: list[Bot] = []
        self.refused: set[tuple[str, str]] = set()
        self._numbers = iter(range(1, 1000))

    # The bot ----------------------------------------------------------------------------------

    def start(self) -> Bot:
        """Start a bot; one that runs already goes on beside it."""
        self.bot = Bot(self.slack, self.store)
        self.bots.append(self.bot)
        return self.bot

    def stop(self) -> None:
        if self.bots:
            wait_until(self.slack.all_delivered, "the end of what is on its way")
        for bot in self.bots:
            bot.let_go()
        self.slack.hang_up()  # a client that closes by itself waits 3 s for its own receiver
        for bot in self.bots:
            bot.stop()
        self.bots, self.bot = [], None

    def may_refuse(self, method: str, error: str) -> None:
        """Slack's refusal that this story provokes on purpose."""
        self.refused.add((method, error))

    def pass_time(self, seconds: float) -> None:
        self.slack.act("clock", advance=seconds)

    def tick(self) -> None:
        """What the scheduler does every second, and what it began."""
        self.bot.jobs.tick()
        wait_until(lambda: not self.bot.jobs._running, "the jobs")

    def read_again(self, **how: bool) -> int:
        return reconcile.run(self.bot.desk, **how)

    def settle_down(self) -> None:
        """Wait until all that the bot wanted to say is said; tallies become due at once."""

        def quiet() -> bool:
            self.slack.world.clock.advance(1.5)
            self.bot.desk.wake.set()  # or the sender looks only four times a second
            return not outbox.waiting(self.store)

        wait_until(lambda: quiet() or time.sleep(0.03), "an empty outbox")

    # A dataset --------------------------------------------------------------------------------

    def add(self, recipe: str) -> datasets.Dataset:
        name = re.search(r"^name: (\S+)", recipe, re.MULTILINE)[1]
        return datasets.add(self.store, recipe, self.folder / f"{name}.yml").dataset

    def candidates(self, number: int = 1, *, name: str = "backup-en", **of: Any) -> list[int]:
        """Store so many candidates without a teacher."""
        dataset = datasets.get(self.store, name)
        records = [of.get("record") or self._record() for _ in range(number)]
        origin = {"teacher": "replay:replies.jsonl", "ask": "meta", "prompt": "meta-en"}
        news = [New(record, of.get("category", "general"), "en", origin) for record in records]
        return samples.add(self.store, dataset.id, news)

    def _record(self) -> Instruction:
        number = next(self._numbers)
        return Instruction(
            instruction=f"How do I start backup number {number}?",
            output=f"Press the large button {number} times, then wait for the light.",
        )

    def posted(self, number: int = 1, *, name: str = "backup-en", **of: Any) -> list[Card]:
        """Post a batch of new candidates and wait for their messages."""
        numbers = self.candidates(number, name=name, **of)
        batches.open_batch(self.store, datasets.get(self.store, name), number)
        self.bot.desk.wake.set()
        cards = [Card(self, sample) for sample in numbers]
        wait_until(lambda: all(card.posts for card in cards), "the cards")
        return cards

    def card_of(self, sample: int) -> Card:
        return Card(self, sample)

    def card(self, **of: Any) -> Card:
        return self.posted(1, **of)[0]

    # People -----------------------------------------------------------------------------------

    def react(self, who: str, card: Card | str, emoji: str = YES, channel: str = "") -> None:
        ts = card if isinstance(card, str) else card.ts
        self.slack.person(who).reactions_add(channel=channel or CHANNEL, timestamp=ts, name=emoji)

    def unreact(self, who: str, card: Card | str, emoji: str = YES) -> None:
        ts = card if isinstance(card, str) else card.ts
        self.slack.person(who).reactions_remove(channel=CHANNEL, timestamp=ts, name=emoji)

    def reply(self, who: str, card: Card, text: str) -> str:
        """Type a reply into the thread of a card; returns its ts."""
        root = card.posts[0].ts
        said = {"user": who, "channel": CHANNEL, "text": text, "thread_ts": root}
        return self.slack.act("type", **said)["ts"]

    def click(self, who: str, action_id: str, card: Card | str, value: str | None = None):
        """Press a button, or choose in a menu, of a message."""
        ts = card if isinstance(card, str) else card.ts
        more = {} if value is None else {"value": value}
        return self.slack.act(
            "click", user=who, action_id=action_id, channel=CHANNEL, ts=ts, **more
        )

    def command(self, who: str, text: str, channel: str = "") -> dict[str, Any]:
        return self.slack.act(
            "command", user=who, channel=channel or CHANNEL, command="/winnow", text=text
        )

    # What people see --------------------------------------------------------------------------

    def message(self, ts: str) -> dict[str, Any]:
        return next(m for m in self.slack.state()["messages"] if m["ts"] == ts)

    def shown(self, message: dict[str, Any]) -> str:
        """All words of a message's blocks, or its text where it has none."""
        return words(message.get("blocks") or [message["text"]])

    def sees(self, ts: str, *parts: str) -> str:
        """Wait until a message shows these words."""
        wait_until(
            lambda: all(part in self.shown(self.message(ts)) for part in parts),
            f"{parts} in {self.shown(self.message(ts))!r}",
        )
        return self.shown(self.message(ts))

    def told(self, who: str) -> list[str]:
        """What a person was told privately in channels, in order."""
        user = f"U0{who.upper()}"
        return [self.shown(e) for e in self.slack.state()["ephemerals"] if e["user"] == user]

    def is_told(self, who: str, part: str) -> str:
        """Wait until a person was told something; returns the whole of it."""

        def heard() -> str | None:
            return next((said for said in self.told(who) if part in said), None)

        return wait_until(heard, f"{who} told {part!r}, not {self.told(who)}")

    def direct(self, who: str) -> list[str]:
        """The direct messages that a person got from the bot, in order."""
        channel = self.slack.world.workspace.direct("U0WINNOW", f"U0{who.upper()}").id
        return [m["text"] for m in self.slack.state()["messages"] if m["channel"] == channel]

    def is_written(self, who: str, part: str) -> str:
        """Wait until a person got a direct message."""

        def read() -> str | None:
            return next((said for said in self.direct(who) if part in said), None)

        return wait_until(read, f"{who} written {part!r}, not {self.direct(who)}")

    def view(self, view_id: str) -> dict[str, Any]:
        return next(v for v in self.slack.state()["views"] if v["id"] == view_id)


def words(node: Any) -> str:
    """Every text in blocks, line by line."""
    if isinstance(node, str):
        return node
    if isinstance(node, list):
        return "\n".join(filter(None, map(words, node)))
    if not isinstance(node, dict):
        return ""
    texts = [v for k, v in node.items() if k in {"text", "elements", "fields", "accessory"}]
    texts += [v for k, v in node.items() if k in {"label", "element", "options"}]
    return "\n".join(filter(None, map(words, texts)))


CHANNEL = "C0SUPPORTEN"
RECIPE = """\
name: {name}
goal: Answers questions about a backup box.
format: {format}
language: en
channel: "#support-en"
teachers: ["replay:replies.jsonl"]
curators: ["@kim"]
target: {target}
"""


@pytest.fixture
def recipe() -> Callable[..., str]:
    """The text of a small recipe; `more` is YAML that follows."""

    def text(more: str = "", **values: object) -> str:
        known = {"name": "backup-en", "format": "instruction", "target": 100} | values
        return RECIPE.format(**known) + more

    return text


@pytest.fixture(scope="session", autouse=True)
def _all_closed() -> Iterator[None]:
    yield
    for closing in CLOSING:
        closing.join()


@pytest.fixture
def slack() -> Iterator[Slack]:
    server = Slack()
    yield server
    server.stop()


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """A database's address: SQLite, unless a test is parametrized with `postgres`."""
    return request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_url")


@pytest.fixture
def store(slack: Slack, database: str) -> Iterator[Store]:
    opened = open_store(database, slack.world.clock.now)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def problems(published) -> Callable[[str, str], list[str]] | None:
    """`problems("blocks" or "view", JSON)`: what Slack does not take; None where nobody knows."""
    return published and cache(lambda kind, payload: published(kind, json.loads(payload)))


@pytest.fixture
def quiet(slack: Slack, store: Store, tmp_path: Path, caplog, problems) -> Iterator[Story]:
    """A story whose bot is not started yet; at the end the sandbox's log is looked through."""
    caplog.set_level(logging.ERROR)
    story = Story(slack, store, tmp_path)
    yield story
    story.stop()
    check_log(slack.log(), story.refused, problems)
    wrong = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert [w for w in wrong if not w.startswith("unexpected, id")] == []


@pytest.fixture
def story(quiet: Story, recipe: Callable[..., str]) -> Story:
    """A running bot with one dataset in #support-en, whose curator is @kim."""
    quiet.add(recipe())
    quiet.start()
    return quiet


@pytest.fixture
def until() -> Callable[..., Any]:
    return wait_until


def check_log(
    entries: list[dict[str, Any]],
    intended: set[tuple[str, str]],
    problems: Callable[[str, str], list[str]] | None,
) -> None:
    """No call of the bot was refused but on purpose; every payload is one that Slack takes."""
    calls = [e for e in entries if e["kind"] == "call" and e["user"] == "U0WINNOW"]
    refused = [c for c in calls if not c["answer"]["ok"] and c["status"] == 200]
    unexpected = [c for c in refused if (c["method"], c["answer"]["error"]) not in intended]
    assert unexpected == []
    answers = [e["answer"] for e in entries if e["kind"] == "interaction" and e["answer"]]
    if problems is None:
        logging.getLogger(__name__).warning("no ../shared/contracts: blocks were not validated")
        return
    for given in [*(call["arguments"] for call in calls), *answers]:
        for name, kind in (("blocks", "blocks"), ("view", "view")):
            if given.get(name):
                payload = given[name]
                text = payload if isinstance(payload, str) else json.dumps(payload)
                assert problems(kind, text) == [], given
