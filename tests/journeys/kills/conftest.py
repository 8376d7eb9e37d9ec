"""The bot as a process that tests kill, beside a sandbox that is a process of its own."""

import json
import os
import subprocess
import sys
import sysconfig
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.cli import main
from core.votes import Vote, ballot
from storage import datasets, folding, outbox, samples, stats
from storage.engine import Store, open_store

ROOT = Path(__file__).parents[3]
WINNOW = Path(sysconfig.get_path("scripts")) / "winnow"
CHANNEL = "C0SUPPORTEN"
DATASET = "backup-en"
BOT = "U0WINNOW"
VOTERS = {f"U0{name}" for name in ("ANA", "BEN", "CHEN", "DORA", "EMIL", "KIM")}
PATIENCE = 30.0
WEEK = 7 * 24 * 3600.0
VERDICTS = {"white_check_mark": "approve", "x": "reject"}

RECIPE = f"""\
name: {DATASET}
goal: Answers questions about a small backup box.
format: instruction
language: en
channel: "#support-en"
teachers: ["replay:replies.jsonl"]
curators: ["@kim"]
target: 100
review: {{queue_after: never}}
schedule:
  batch_size: 8
  max_open: 8
  batch: "0 9 * * mon"
"""
REPLIES = (
    ("Where do I plug in the box?", "Into the router, with the short cable that came with it."),
    ("The red light blinks. What now?", "The disk is full: remove old copies, or add a disk."),
    ("Can two computers share it?", "Yes, up to five; each one gets a folder of its own."),
    ("How often does it save my files?", "Every night at two, unless you choose another hour."),
    ("I deleted a photo by mistake.", "Open the calendar, pick yesterday and drag it back."),
    ("Is what I store encrypted?", "It is, with a key that never leaves your own machine."),
    ("May I switch it off at night?", "Better not, for that is when most of the work happens."),
    ("Which warranty does it have?", "Two years; write to us with the number on its underside."),
)


def wait_until(look: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first true value of `look`; fails when none comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    raise AssertionError(f"it did not happen in time: {what}")


class Sandbox:
    """A local Slack in a process of its own, without rate limits."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "sandbox", "--port", "0", "--no-rate-limits"]
        self._process = subprocess.Popen(
            [*command, "--manifest", str(ROOT / "manifest.yml")],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.base = self._process.stderr.readline().split()[-1].rstrip("/")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
        self._process.stderr.close()

    def ask(self, path: str, body: object = None) -> tuple[int, Any]:
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(self.base + path, data)  # noqa: S310
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:  # noqa: S310
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def act(self, verb: str, **body: object) -> dict[str, Any]:
        status, answer = self.ask(f"/sandbox/{verb}", body)
        assert status == 200, answer
        return answer

    def tries(self, verb: str, **body: object) -> dict[str, Any] | None:
        """What a person sees, or None where the bot did not answer (Slack says so)."""
        status, answer = self.ask(f"/sandbox/{verb}", body)
        assert status in (200, 504), answer
        return answer if status == 200 else None

    @property
    def state(self) -> dict[str, Any]:
        return self.ask("/sandbox/state")[1]

    def log(self, kind: str) -> list[dict[str, Any]]:
        return [entry for entry in self.ask("/sandbox/log")[1] if entry["kind"] == kind]

    def person(self, handle: str) -> WebClient:
        return WebClient(f"xoxp-{handle}", base_url=f"{self.base}/api/", retry_handlers=[])

    def now(self) -> datetime:
        return datetime.fromisoformat(self.ask("/sandbox/clock")[1]["now"])

    def pass_time(self, seconds: float) -> None:
        self.act("clock", advance=seconds)

    def hold(self, method: str, *, before: bool, passing: int = 0) -> None:
        """Withhold the answer to the next call of a method, or to one after `passing` others."""
        if passing:
            self.act("fault", kind="slow", method=method, times=passing, seconds=0)
        self.act("fault", kind="hold", method=method, before=before)

    def holds(self, method: str) -> None:
        """Wait until the call is there, unanswered."""
        wait_until(lambda: self.state["held"], f"a held {method}")


class Bot:
    """`winnow run`, whose output goes to the file `log`."""

    def __init__(self, process: Any, log: Path) -> None:
        self.process, self.log = process, log

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def ready(self) -> "Bot":
        def look() -> bool:
            assert self.process.running(), self.said()
            return "\nready\n" in self.said()

        wait_until(look, "ready")
        return self

    def kill(self) -> None:
        self.process.kill()


class Review:
    """A dataset in review: its folder and database, the people, and whoever runs the bot."""

    def __init__(self, sandbox: Sandbox, forks: Any, folder: Path, database: str) -> None:
        self.sandbox, self.folder = sandbox, folder
        self._forks, self._database = forks, database
        self.environ = os.environ | {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": f"{sandbox.base}/api/",
            "WINNOW_DATABASE_URL": database,
            "WINNOW_CLOCK_URL": f"{sandbox.base}/sandbox/clock",
        }
        self.bots: list[Bot] = []

    # The bot, and commands -------------------------------------------------------------------

    def starts(self, *options: str) -> Bot:
        """A bot that has just been started and may not be ready yet."""
        log = self.folder / f"bot-{len(self.bots)}.log"
        log.touch()
        words = ("run", *options)
        self.bots.append(Bot(self._forks.start(words, self.folder, self.environ, log, log), log))
        return self.bots[-1]

    def bot(self) -> Bot:
        return self.starts().ready()

    def killed(self) -> None:
        """Kill every bot that runs."""
        for bot in self.bots:
            bot.kill()

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """A command of `winnow` to its end, as a process."""
        with tempfile.TemporaryDirectory() as folder:
            out, err = Path(folder) / "out", Path(folder) / "err"
            fork = self._forks.start(words, self.folder, self.environ, out, err)
            try:
                status = fork.ends(60)
            finally:
                fork.kill()
            said = [path.read_text(encoding="utf-8") for path in (out, err)]
        return subprocess.CompletedProcess(words, status, *said)

    def answer(self, *words: str) -> dict[str, Any]:
        """What a command that succeeds answers as JSON."""
        done = self.command(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)

    @cached_property
    def store(self) -> Store:
        return open_store(self._database, self.sandbox.now)

    def a_week_later(self) -> None:
        """Every weekly due time has passed once more."""
        self.sandbox.pass_time(WEEK)

    # People ----------------------------------------------------------------------------------

    def ts(self, sample: int, revision: int = 0) -> str:
        """Wait for a card with both its emojis; where it is."""
        return wait_until(
            lambda: self.shown(sample, revision), f"sample {sample}, revision {revision}"
        )

    def shown(self, sample: int, revision: int = 0) -> str | None:
        for message in self.sandbox.state["messages"]:
            own = {r["name"] for r in message.get("reactions", ()) if BOT in r["users"]}
            if key_of(message).startswith(f"card:{sample}:{revision}:") and len(own) == 2:
                return message["ts"]
        return None

    def react(self, who: str, sample: int, emoji: str, revision: int = 0) -> None:
        self.sandbox.person(who).reactions_add(
            channel=CHANNEL, timestamp=self.ts(sample, revision), name=emoji
        )

    def unreact(self, who: str, sample: int, emoji: str) -> None:
        self.sandbox.person(who).reactions_remove(
            channel=CHANNEL, timestamp=self.ts(sample), name=emoji
        )

    def reply(self, who: str, sample: int, text: str) -> str:
        posted = self.sandbox.person(who).chat_postMessage(
            channel=CHANNEL, thread_ts=self.ts(sample), text=text
        )
        return posted["ts"]

    def edit(self, who: str, ts: str, text: str) -> None:
        self.sandbox.person(who).chat_update(channel=CHANNEL, ts=ts, text=text)

    def types(self, who: str, text: str) -> dict[str, Any] | None:
        return self.sandbox.tries(
            "command", user=who, channel=CHANNEL, command="/winnow", text=text
        )

    def approves(self, sample: int) -> None:
        """Run a bot, and have two people approve."""
        self.bot()
        self.react("ana", sample, "white_check_mark")
        self.react("ben", sample, "white_check_mark")
        self.becomes(sample, "approved")

    # What came of it --------------------------------------------------------------------------

    def outcome(self, sample: int) -> samples.Shown:
        return samples.show(self.store, sample)

    def posts(self, key: str) -> list[dict[str, Any]]:
        """The bot's messages whose key begins so."""
        return [m for m in self.sandbox.state["messages"] if key_of(m).startswith(key)]

    def votes(self, sample: int) -> list[Vote]:
        """The vote events in the database."""
        with self.store.read() as session:
            return folding.votes_of(session, sample)

    def becomes(self, sample: int, state: str) -> None:
        wait_until(lambda: self.outcome(sample).state == state, f"sample {sample} {state}")

    def settles(self, seconds: float = PATIENCE) -> None:
        """Wait until Slack and the store say the same; the clock runs ten times as fast."""

        def look() -> bool:
            self.sandbox.pass_time(2)
            return not self.differences() or bool(time.sleep(0.2))

        deadline = time.monotonic() + seconds
        while not look() and time.monotonic() < deadline:
            pass
        assert self.differences() == []

    def differences(self) -> list[str]:
        """What is lost, double or still under way; nothing once all is well."""
        state, logged = self.sandbox.state, self.sandbox.log("interaction")
        waiting = outbox.waiting(self.store)
        found = [f"{waiting} calls wait in the outbox"] if waiting else []
        keys = Counter(key_of(message) for message in state["messages"] if key_of(message))
        found += [f"{key} was posted {n} times" for key, n in keys.items() if n > 1]
        dataset = datasets.get(self.store, DATASET)
        with self.store.read() as session:
            held = [sample.id for sample, _ in folding.outcomes(self.store, session, dataset.id)]
        found += [f"sample {s} has no card" for s in held if f"card:{s}:0:0" not in keys]
        for sample in held:
            found += self._differences_of(sample, state, corrections_of(sample, state, logged))
        return found

    def _differences_of(
        self, sample: int, state: dict[str, Any], corrected: list[tuple[str, str]]
    ) -> list[str]:
        """One sample: what the fold in the database says against what Slack shows."""
        shown, cast = self.outcome(sample), reactions_on(sample, state)
        votes, found = self.votes(sample), []
        for revision, seen in cast.items():
            counted = ballot(votes, revision).verdicts
            found += [
                f"{who}'s {verdict} on {sample}:{revision} is {counted.get(who)}"
                for who, verdict in seen.items()
                if counted.get(who) != verdict
            ]
        expected = dict(cast.get(shown.outcome.revision, {}))
        if corrected:
            author, text = corrected[-1]
            expected[author] = "approve"
            if shown.record.output != text:
                found.append(f"sample {sample} reads {shown.record.output!r}, not {text!r}")
        pairs = [
            ("revision", max(cast, default=0), shown.outcome.revision),
            ("ballot", expected, dict(shown.outcome.ballot.verdicts)),
            ("state", net_2(expected), shown.state),
        ]
        return found + [
            f"sample {sample}: the {what} is {actual}, not {wanted}"
            for what, wanted, actual in pairs
            if wanted != actual
        ]

    def ends_well(self) -> None:
        """The end of every story: all agrees, the folds, too, and no bot stumbled."""
        self.settles()
        self.killed()
        dataset = datasets.get(self.store, DATASET)
        assert stats.rewrite_folds(self.store, dataset, fix=False) == []
        said = "".join(bot.said() for bot in self.bots)
        assert "Traceback" not in said, said

    # Exports ----------------------------------------------------------------------------------

    @property
    def exports(self) -> Path:
        return self.folder / "exports"

    def wait_for_files(self, number: int) -> None:
        wait_until(lambda: len(self.sandbox.state["files"]) == number, f"{number} files in Slack")

    def versions(self) -> list[str]:
        """What the folder of versions holds."""
        folder = self.exports / DATASET
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def hidden(self) -> list[str]:
        """What lies beside the folder of versions."""
        return sorted({path.name for path in self.exports.iterdir()} - {DATASET})

    def broken(self) -> list[str]:
        """Files of visible versions that are not what their MANIFEST says, and whatever is none."""
        found = []
        for name in self.versions():
            folder = self.exports / DATASET / name
            try:
                manifest = json.loads((folder / "MANIFEST.json").read_bytes())
            except OSError:
                found.append(f"{name} has no manifest")
                continue
            for path, digest in manifest["files"].items():
                if sha256((folder / path).read_bytes()).hexdigest() != digest:
                    found.append(f"{name}/{path}")
        return found


def key_of(message: dict[str, Any]) -> str:
    """The key in a message's metadata; empty for people's messages."""
    return message.get("metadata", {}).get("event_payload", {}).get("key", "")


def reactions_on(sample: int, state: dict[str, Any]) -> dict[int, dict[str, str]]:
    """{revision: {user: verdict}} of those who may vote, as Slack shows a sample's cards."""
    cast: dict[int, dict[str, str]] = {}
    for message in state["messages"]:
        kind, *numbers = key_of(message).split(":")
        if kind == "card" and int(numbers[0]) == sample:
            cast[int(numbers[1])] = {
                user: VERDICTS[reaction["name"]]
                for reaction in message.get("reactions", ())
                for user in reaction["users"]
                if user in VOTERS
            }
    return cast


def corrections_of(
    sample: int, state: dict[str, Any], interactions: list[dict[str, Any]]
) -> list[tuple[str, str]]:
    """(author, new output) of a sample's corrections in their order: replies and modals."""
    cards = {key_of(message): message for message in state["messages"]}
    root = cards.get(f"card:{sample}:0:0", {}).get("ts")
    made = [
        (float(message["ts"]), message["user"], message["text"].removeprefix("output: "))
        for message in state["messages"]
        if message.get("thread_ts") == root and message["text"].startswith("output: ")
    ]
    for entry in interactions:
        view = entry["payload"].get("view", {})
        submitted = entry["type"] == "view_submission" and entry["outcome"] == "acknowledged"
        if submitted and json.loads(view["private_metadata"])["sample"] == sample:
            text = view["state"]["values"]["output"]["output"]["value"]
            at = datetime.fromisoformat(entry["at"]).timestamp()
            made.append((at, entry["payload"]["user"]["id"], text))
    return [(user, text) for _, user, text in sorted(made)]


def net_2(verdicts: dict[str, str]) -> str:
    """DESIGN.md §5 with its default lead of two, without flags, settlements and time."""
    said = Counter(verdicts.values())
    lead = said["approve"] - said["reject"]
    if abs(lead) >= 2:
        return "approved" if lead > 0 else "rejected"
    if said["approve"] + said["reject"] >= 5:
        return "queued"
    return "contested" if said["reject"] else "open"


@pytest.fixture(scope="session")
def winnow_script() -> Path:
    """The command as it is installed."""
    return WINNOW


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    server = Sandbox()
    yield server
    server.stop()


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    sandbox_process.act("reset")
    return sandbox_process


@pytest.fixture
def begin(sandbox, forks, tmp_path, monkeypatch) -> Iterator[Callable[..., Review]]:
    """Adds the dataset and generates its candidates with the command line, in this process."""
    begun = []

    def begin_review(database: str, schedule: str = "") -> Review:
        review = Review(sandbox, forks, tmp_path, database)
        (tmp_path / "recipe.yml").write_text(RECIPE + schedule, encoding="utf-8")
        lines = [json.dumps({"instruction": q, "output": a}) for q, a in REPLIES]
        (tmp_path / "replies.jsonl").write_text("\n".join(lines), encoding="utf-8")
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            for name, value in review.environ.items():
                here.setenv(name, value)
            assert main(["recipe", "add", "recipe.yml"]) == 0
            assert main(["generate", DATASET, "-n", str(len(REPLIES))]) == 0
        begun.append(review)
        return review

    yield begin_review
    for review in begun:
        review.killed()
        review.store.close()


@pytest.fixture
def review(begin, sqlite_url) -> Review:
    """Eight candidates on SQLite; the first bot to run posts them."""
    found = begin(sqlite_url)
    found.a_week_later()
    return found
