"""`winnow demo --auto`, judged by its log and its export alone.

The oracle below reads `sandbox-log.json`: what the bot showed in Slack and what people did there.
From that it works out by the rules of DESIGN.md §5 which revisions won. It knows nothing of the
bot's code or database.
"""

import html
import json
import re
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from core.recipe_ways import WAYS

SEED = 7
BOT = "U0WINNOW"
MOST_SECONDS = 60
FAULTS = {
    "disconnect",
    "duplicate",
    "late",
    "lost_answer",
    "lost_event",
    "rate_limit",
    "reorder",
    "server_error",
    "slow",
}
VERDICTS = {"white_check_mark": "approve", "x": "reject"}
FIELDS = {"System": "system", "Instruction": "instruction", "Input": "input", "Output": "output"}
COLUMNS = ("instruction", "input", "output", "system", "history")
NOT_MEMBERS = ("is_bot", "is_restricted", "is_ultra_restricted", "is_stranger", "deleted")
LEAD, MOST_VOTES = 2, 5


# The oracle ---------------------------------------------------------------------------------


@dataclass
class Revision:
    """A version as people saw it. `votes` are (time, user, token, verdict or None: taken away)."""

    texts: dict[str, str]
    ts: str = ""
    votes: list[tuple[float, str, str, str | None]] = field(default_factory=list)
    settled: str | None = None

    def verdicts(self) -> Counter[str]:
        """One verdict a person: the latest that is still there."""
        present: dict[tuple[str, str], tuple[float, str]] = {}
        for at, user, token, verdict in sorted(self.votes, key=lambda vote: vote[0]):
            present.pop((user, token), None)
            if verdict is not None:
                present[user, token] = (at, verdict)
        latest: dict[str, tuple[float, str]] = {}
        for (user, _), said in present.items():
            latest[user] = max(said, latest.get(user, said))
        return Counter(verdict for _, verdict in latest.values())


@dataclass
class Sample:
    """One card's thread. `name` is what its buttons carry; `flags` who flags it now."""

    name: str
    revisions: list[Revision]
    flags: set[str] = field(default_factory=set)

    def state(self) -> str:
        """DESIGN.md §5, first rule that fits."""
        current = self.revisions[-1]
        if current.settled:
            return {"approve": "approved", "reject": "rejected"}[current.settled]
        votes = current.verdicts()
        lead = votes["approve"] - votes["reject"]
        if self.flags:
            return "frozen"
        if abs(lead) >= LEAD:
            return "approved" if lead > 0 else "rejected"
        if votes["approve"] + votes["reject"] >= MOST_VOTES:
            return "queued"
        return "contested" if votes["reject"] else "open"


class Oracle:
    """Reads a log from its first entry to its last."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.members: set[str] = set()
        self.roots: dict[str, Sample] = {}
        self.places: dict[str, tuple[Sample, int]] = {}
        self._pending: dict[str, list[tuple[str, float, dict[str, str]]]] = {}
        self._written: dict[str, str] = {}
        self._clicks: dict[str, dict[str, Any]] = {}
        self._views: dict[str, str] = {}
        self._look_up(entries)
        for entry in entries:
            getattr(self, f"_{entry['kind']}", lambda _: None)(entry)

    def _look_up(self, entries: list[dict[str, Any]]) -> None:
        """Who may vote, and what people did in windows: that is logged after what came of it."""
        for entry in entries:
            if entry["kind"] == "call" and entry["answer"].get("ok"):
                self._answered(entry)
            if entry["kind"] == "interaction" and "trigger_id" in entry["payload"]:
                self._clicks[entry["payload"]["trigger_id"]] = entry["payload"]
        for entry in entries:
            if accepted(entry):
                self._corrected(entry["payload"], datetime.fromisoformat(entry["at"]).timestamp())

    def _answered(self, entry: dict[str, Any]) -> None:
        answer = entry["answer"]
        if entry["method"] == "users.list":
            self.people |= {user["id"]: user for user in answer["members"]}
        elif entry["method"] == "conversations.members":
            self.members |= set(answer["members"])
        elif entry["method"] == "views.open":
            self._views[answer["view"]["id"]] = entry["arguments"]["trigger_id"]

    def _corrected(self, payload: dict[str, Any], at: float) -> None:
        click = self._click_behind(payload)
        if click["actions"][0]["action_id"] == "correct":
            values = payload["view"]["state"]["values"]
            typed = {name: values[name][name]["value"] or "" for name in values}
            root = click["container"]["message_ts"]
            self._pending.setdefault(root, []).append((payload["user"]["id"], at, typed))

    def _click_behind(self, payload: dict[str, Any]) -> dict[str, Any]:
        """The click that opened the window which was submitted."""
        return self._clicks[self._views[payload["view"]["id"]]]

    def may_vote(self, user: str) -> bool:
        """Full members of the workspace who are in the channel; strangers are on no list."""
        listed = user in self.members and user in self.people
        return listed and not any(self.people[user].get(mark) for mark in NOT_MEMBERS)

    def _call(self, entry: dict[str, Any]) -> None:
        if entry["method"] != "chat.postMessage" or entry["user"] != BOT:
            return
        if not entry["answer"].get("ok"):
            return
        message = entry["answer"]["message"]
        name = correct_button(message)
        if name is None:
            return
        shown = Revision(texts_of(message), message["ts"])
        if message.get("thread_ts") in (None, message["ts"]):
            self.roots[message["ts"]] = Sample(name, [shown])
            self.places[message["ts"]] = (self.roots[message["ts"]], 0)
        else:
            self._shown(self.roots[message["thread_ts"]], message["thread_ts"], shown)

    def _shown(self, sample: Sample, root: str, shown: Revision) -> None:
        """A version appears; it must read as its author wrote it, to the byte."""
        author, at, changes = self._pending[root].pop(0)
        before = sample.revisions[-1]
        assert before.texts | changes == shown.texts
        token = f"correction {len(sample.revisions)}"
        before.votes.append((at, author, token, "reject"))
        shown.votes.append((at, author, token, "approve"))
        sample.revisions.append(shown)
        self.places[shown.ts] = (sample, len(sample.revisions) - 1)

    def _event(self, entry: dict[str, Any]) -> None:
        event = entry["event"]
        if event["type"] in {"reaction_added", "reaction_removed"}:
            self._reaction(event)
        elif event["type"] == "message" and event.get("subtype") == "message_changed":
            self._reply({**event["message"], "event_ts": event["event_ts"]})
        elif event["type"] == "message":
            self._reply(event)

    def _reaction(self, event: dict[str, Any]) -> None:
        place = self.places.get(event["item"]["ts"])
        if place is None or event["user"] == BOT or not self.may_vote(event["user"]):
            return
        sample, number = place
        verdict = VERDICTS[event["reaction"]] if event["type"] == "reaction_added" else None
        vote = (float(event["event_ts"]), event["user"], event["reaction"], verdict)
        sample.revisions[number].votes.append(vote)

    def _reply(self, event: dict[str, Any]) -> None:
        root, text = event.get("thread_ts"), html.unescape(event["text"])
        if event.get("user") == BOT or not root or root not in self.roots:
            return
        if self._written.get(event["ts"]) == text or not self.may_vote(event["user"]):
            return
        self._written[event["ts"]] = text
        name, colon, body = text.partition(": ")
        if colon and name in FIELDS.values():
            corrected = (event["user"], float(event["event_ts"]), {name: body})
            self._pending.setdefault(root, []).append(corrected)

    def _interaction(self, entry: dict[str, Any]) -> None:
        payload = entry["payload"]
        assert entry["outcome"] == "acknowledged"
        if accepted(entry):
            action = self._click_behind(payload)["actions"][0]
            settled = action["action_id"].removeprefix("settle_")
            for sample in self.roots.values():
                if settled in {"approve", "reject"} and sample.name == action["value"]:
                    sample.revisions[-1].settled = settled
        elif entry["type"] == "block_actions" and payload["actions"][0]["action_id"] == "flag":
            sample, _ = self.places[payload["container"]["message_ts"]]
            sample.flags ^= {payload["user"]["id"]}


def accepted(entry: dict[str, Any]) -> bool:
    """Whether it is a window that was submitted and not sent back with errors."""
    return entry.get("type") == "view_submission" and not entry["answer"]


def correct_button(message: dict[str, Any]) -> str | None:
    """What a card's Correct button carries; None where the message has no such button."""
    for block in message.get("blocks", []):
        for element in block.get("elements", []) if block["type"] == "actions" else []:
            if element.get("action_id") == "correct":
                return str(element["value"])
    return None


def texts_of(message: dict[str, Any]) -> dict[str, str]:
    """The record as a card shows it: each field's sections below its label."""
    texts = dict.fromkeys(FIELDS.values(), "")
    name = None
    for block in message["blocks"]:
        if block["type"] == "context":
            name = FIELDS.get(block["elements"][0]["text"])
        elif block["type"] == "section" and name:
            texts[name] += block["text"]["text"]
    return texts


# The runs -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """A finished demo."""

    said: str
    seconds: float
    folder: Path

    @property
    def log(self) -> list[dict[str, Any]]:
        return json.loads((self.folder / "sandbox-log.json").read_text(encoding="utf-8"))

    @property
    def export(self) -> Path:
        return self.folder / "exports" / "support-en" / "v0001"


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> dict[str, Run]:
    """One run with faults and one without, side by side, with the same seed."""
    begun, started = time.monotonic(), {}
    for name, more in (("plain", []), ("faults", ["--faults"])):
        folder = tmp_path_factory.mktemp("demo") / name
        command = [sys.executable, "-m", "bot.cli", "demo", "--auto", "--seed", str(SEED)]
        command += ["--port", "0", "--out", str(folder), *more]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started[name] = (process, folder)
    finished = {}
    try:
        for name, (process, folder) in started.items():
            said, _ = process.communicate(timeout=150)
            assert process.returncode == 0, said
            finished[name] = Run(said, time.monotonic() - begun, folder)
    finally:
        for process, _ in started.values():
            process.terminate()  # its children end with it
    return finished


@pytest.mark.parametrize("name", ["plain", "faults"])
def test_the_export_is_to_the_byte_what_won_by_the_log(runs, name):
    run = runs[name]
    won = {
        sample.name.partition(":")[0]: (len(sample.revisions) - 1, sample.revisions[-1].texts)
        for sample in Oracle(run.log).roots.values()
        if sample.state() == "approved"
    }
    provenance = json_lines(run.export / "provenance.jsonl")
    exported = {str(row["sample"]): row["revision"] for row in provenance}
    assert {number: revision for number, (revision, _) in won.items()} == exported
    expected: dict[str, dict[int, bytes]] = {}
    for row in provenance:
        texts = won[str(row["sample"])][1] | {"history": []}
        texts = {name: texts[name] for name in COLUMNS}
        line = json.dumps(texts, ensure_ascii=False).encode()
        for path, number in row["lines"].items():
            expected.setdefault(path, {})[number] = line
    for path, lines in expected.items():
        content = b"".join(lines[number] + b"\n" for number in range(1, len(lines) + 1))
        assert content == (run.export / path).read_bytes()
    assert {str(p.relative_to(run.export)) for p in run.export.glob("*/*.jsonl")} == set(expected)


@pytest.mark.parametrize("name", ["plain", "faults"])
def test_every_hash_of_the_manifest_holds_and_no_file_is_beside_it(runs, name):
    export = runs[name].export
    manifest = json.loads((export / "MANIFEST.json").read_text(encoding="utf-8"))
    found = {
        path.relative_to(export).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in export.rglob("*")
        if path.is_file() and path.name != "MANIFEST.json"
    }
    assert manifest["files"] == found
    provenance = json_lines(export / "provenance.jsonl")
    assert manifest["records"] == len(provenance)
    assert manifest["splits"] == Counter(row["split"] for row in provenance)
    assert sorted(manifest["added"]) == sorted(row["record_id"] for row in provenance)


@pytest.mark.parametrize("name", ["plain", "faults"])
def test_the_play_has_every_kind_of_decision_and_of_reviewer(runs, name):
    samples = Oracle(runs[name].log).roots.values()
    assert {sample.state() for sample in samples} == {"approved", "rejected", "open"}
    assert max(len(sample.revisions) for sample in samples) == 3
    assert any(sample.revisions[-1].settled for sample in samples)
    told = [entry for entry in runs[name].log if entry.get("method") == "chat.postEphemeral"]
    for outsider in ("U0GUS", "U0OLGA"):
        assert any(entry["arguments"]["user"] == outsider for entry in told)


def test_faults_change_no_decision_and_each_of_them_struck(runs):
    plain, struck = (
        {
            sample.revisions[0].texts["instruction"]: (
                sample.state(),
                len(sample.revisions),
                sample.revisions[-1].texts,
            )
            for sample in Oracle(runs[name].log).roots.values()
        }
        for name in ("plain", "faults")
    )
    assert plain == struck
    kinds = {
        entry["fault"]
        for entry in runs["faults"].log
        if entry["kind"] == "fault" and ("set" not in entry or entry["fault"] == "disconnect")
    }
    assert kinds == FAULTS
    assert not [entry for entry in runs["plain"].log if entry["kind"] == "fault"]
    for path in sorted(runs["plain"].export.glob("alpaca/*.jsonl")):
        assert path.read_bytes() == (runs["faults"].export / "alpaca" / path.name).read_bytes()


@pytest.mark.parametrize("name", ["plain", "faults"])
def test_no_message_of_the_bot_stands_twice_in_the_channel(runs, name):
    state = json.loads((runs[name].folder / "sandbox-state.json").read_text(encoding="utf-8"))
    keys = [
        message["metadata"]["event_payload"]["key"]
        for message in state["messages"]
        if message["user"] == BOT and "metadata" in message
    ]
    assert keys
    assert [key for key, times in Counter(keys).items() if times > 1] == []


def test_it_ends_by_itself_in_time_and_names_the_export(runs):
    for run in runs.values():
        assert str(run.export) in run.said
        assert run.seconds < 2 * MOST_SECONDS  # two at once share the machine
    state = json.loads((runs["plain"].folder / "sandbox-state.json").read_text(encoding="utf-8"))
    assert "alpaca" in " ".join(file["name"] for file in state["files"])


def test_it_ends_with_every_way_of_asking_on_both_wires(runs):
    told = runs["plain"].said.partition("Every way of asking")[2]
    brought = dict(re.findall(r"^  ([a-z-]+) +(\d .*)$", told, re.MULTILINE))
    assert set(brought) == set(WAYS)
    for line in brought.values():
        assert len(re.findall(r"\d (?:candidates|answers for contrast|mended) in \d", line)) == 2


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n") if line]
