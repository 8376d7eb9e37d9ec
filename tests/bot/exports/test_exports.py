"""Exports on the command line, by `/winnow export` and by the clock, against a local Slack."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest
from slack_sdk import WebClient

from bot import clock, exports
from bot.app import desk_of
from bot.commands import Asked
from bot.sending import Sender
from bot.settings import Settings
from bot.texts import say
from core.errors import UsageError
from core.records import Instruction
from storage import batches, datasets, outbox, posts, samples
from storage import exports as versions
from storage.engine import open_store
from storage.kinds import OutboxKind, Role
from storage.samples import New

ROOT = Path(__file__).parents[3]
CHANNEL = "C0SUPPORTEN"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    """The address of a local Slack, a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", "--no-rate-limits"],
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process.stderr.readline().split()[-1].rstrip("/")
    process.terminate()
    process.communicate(timeout=10)


def fetched(sandbox: str, path: str, body: str | None = None) -> bytes:
    connection = HTTPConnection(sandbox.removeprefix("http://"), timeout=10)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", path, body, headers)
        return connection.getresponse().read()


class Office:
    """A bot whose events all got lost: it hears of votes only by reading Slack again."""

    def __init__(self, sandbox: str, store, path: Path, recipe: str) -> None:
        self.sandbox = sandbox
        self.settings = Settings(slack_bot_token="xoxb-sandbox", slack_api_url=f"{sandbox}/api/")
        self.desk = desk_of(self.settings, store)
        datasets.add(store, recipe, path)
        assert self.desk.rosters.refresh() == []
        self.dataset = datasets.get(store, "care")

    def posted(self, number: int) -> int:
        """A sample whose card stands in the channel."""
        record = Instruction(instruction=f"Question {number}?", output=f"Answer {number}.")
        new = New(record, category="general", language="en", origin={"teacher": "replay:r.jsonl"})
        (sample,) = samples.add(self.desk.store, self.dataset.id, [new])
        batches.open_batch(self.desk.store, self.dataset, 1)
        self.send()
        return sample

    def react(self, sample: int, *people: str) -> None:
        card = posts.of_sample(self.desk.store, sample)[-1]
        for person in people:
            client = WebClient(f"xoxp-{person}", base_url=self.settings.slack_api_url)
            client.reactions_add(channel=card.channel, timestamp=card.ts, name="white_check_mark")

    def send(self) -> None:
        Sender(self.desk).drain(kinds=set(OutboxKind) - {OutboxKind.UPDATE}, seconds=20)

    def asked(self, *words: str, user: str = "kim") -> Asked:
        return Asked(
            key=f"command:{'-'.join(words)}",
            user=self.id(user),
            channel=CHANNEL,
            trigger="",
            dataset=self.dataset,
            role=Role.CURATOR,
            words=words,
        )

    def id(self, handle: str) -> str:
        return next(user["id"] for user in self.state()["users"] if user["name"] == handle)

    def state(self) -> dict:
        return json.loads(self.get("/sandbox/state"))

    def get(self, path: str) -> bytes:
        return fetched(self.sandbox, path)

    def told(self) -> list[tuple[str, str]]:
        """(user, text) of what only one person sees."""
        return [(shown["user"], shown["text"]) for shown in self.state()["ephemerals"]]

    def titles(self) -> list[str]:
        """The headline of each message that has one, oldest first."""
        shown = sorted(self.state()["messages"], key=lambda message: message["ts"])
        return [
            block["text"]["text"]
            for message in shown
            for block in message.get("blocks", [])
            if block["type"] == "header"
        ]


@pytest.fixture
def store(sqlite_url) -> Iterator:
    opened = open_store(sqlite_url, clock.system)
    yield opened
    opened.close()


@pytest.fixture
def office_with(sandbox, store, tmp_path, recipe):
    def build(*lines: str) -> Office:
        fetched(sandbox, "/sandbox/reset", "{}")
        text = recipe + "".join(f"{line}\n" for line in ('curators: ["@kim"]', *lines))
        return Office(sandbox, store, tmp_path / "care.yml", text)

    return build


@pytest.fixture
def office(office_with) -> Office:
    return office_with()


def test_the_command_reads_slack_again_before(office, store, capsys):
    office.react(office.posted(1), "ana", "ben")
    exported = exports.export_command(office.settings, store, "care", None, None)
    assert exported.as_json()["records"] == 1
    assert capsys.readouterr().err == ""


def test_without_a_token_the_command_says_what_it_left_out(office, store, capsys):
    office.react(office.posted(1), "ana", "ben")
    exported = exports.export_command(Settings(), store, "care", None, None)
    assert exported.version == 0
    assert "Slack was not read again, since SLACK_BOT_TOKEN is not set" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "formats", "to", "sentence"),
    [
        ("car", None, None, "There is no dataset car."),
        ("care", ["csv"], None, "There is no export format csv."),
        ("care", None, "hf://data", "--to: hf://data is an address"),
    ],
)
def test_a_wrong_argument_is_refused_before_slack_is_asked(
    office, store, name, formats, to, sentence
):
    nowhere = Settings(slack_bot_token="xoxb-none", slack_api_url="http://127.0.0.1:9/")
    with pytest.raises(UsageError, match=sentence):
        exports.export_command(nowhere, store, name, formats, to)


def test_in_slack_the_files_come_into_the_channel(office, store):
    for number in range(1, 5):
        office.react(office.posted(number), "ana", "ben")
    exports.to_channel(office.desk, office.asked("alpaca", "sharegpt"), ["alpaca", "sharegpt"])
    office.send()
    version = versions.latest(store, office.dataset.id)
    written = [path for path in version.manifest["files"] if path.endswith("/train.jsonl")]
    assert len(written) == 2
    uploaded = {
        file["name"]: office.get(f"/files/{file['id']}/{file['name']}")
        for file in office.state()["files"]
    }
    for path in written:
        name = f"care_v0001_{path.replace('/', '_')}"
        assert uploaded[name] == (Path(version.path) / path).read_bytes()
    counts = {"added": 4, "corrected": 0, "withdrawn": 0}
    assert office.told() == [
        (office.id("kim"), say("en", "exported", version="v0001", n=4, **counts))
    ]


def test_in_slack_what_is_unchanged_is_uploaded_again(office):
    office.react(office.posted(1), "ana", "ben")
    for key in ("one", "two"):
        exports.to_channel(office.desk, office.asked(key), ["alpaca"])
    office.send()
    names = [file["name"] for file in office.state()["files"]]
    assert len(names) == 2
    assert len(set(names)) == 1
    assert office.told()[-1] == (office.id("kim"), say("en", "export_unchanged", version="v0001"))


def test_in_slack_a_person_hears_that_nothing_is_approved(office):
    office.posted(1)
    exports.to_channel(office.desk, office.asked(), ["alpaca"])
    office.send()
    assert office.told() == [(office.id("kim"), say("en", "nothing_to_export"))]
    assert office.state()["files"] == []


def test_in_slack_a_person_hears_why_it_failed(office_with):
    office = office_with("export: {to: taken}")
    (office.dataset.folder / "taken").write_text("a file, not a folder")
    office.react(office.posted(1), "ana", "ben")
    exports.to_channel(office.desk, office.asked(), ["alpaca"])
    office.send()
    ((user, text),) = office.told()
    assert user == office.id("kim")
    assert "The export could not be written to" in text


def test_every_week_the_summary_follows_the_export(office, store):
    office.react(office.posted(1), "ana", "ben")
    office.posted(2)
    due = store.now() + timedelta(minutes=1)
    exports.weekly(office.desk, office.dataset, due)
    office.send()
    assert office.titles()[-1] == "care, week 1"
    (summary,) = [m for m in office.state()["messages"] if m["text"] == "care, week 1"]
    said = json.dumps(summary["blocks"], ensure_ascii=False)
    assert "*1* approved (last week 0) · *1/500*" in said
    assert "v0001: +1 · corrected 0 · withdrawn 0" in said
    assert f"Thanks to <@{office.id('ana')}>, <@{office.id('ben')}>" in said
    assert "Owed: general 499" in said


def test_a_week_without_a_change_is_passed_over(office, store):
    office.react(office.posted(1), "ana", "ben")
    due = store.now()
    for weeks in range(3):
        exports.weekly(office.desk, office.dataset, due + timedelta(weeks=weeks))
    office.send()
    assert office.titles().count("care, week 1") == 1
    assert versions.latest(store, office.dataset.id).version == 1
    assert not [title for title in office.titles() if title in {"care, week 2", "care, week 3"}]


def test_a_recipe_may_want_a_version_every_week(office_with, store):
    office = office_with("schedule: {export_unchanged: true}")
    office.react(office.posted(1), "ana", "ben")
    due = store.now()
    for weeks in range(2):
        exports.weekly(office.desk, office.dataset, due + timedelta(weeks=weeks))
    office.send()
    assert office.titles()[-2:] == ["care, week 1", "care, week 2"]
    assert versions.latest(store, office.dataset.id).version == 2


def test_the_summary_is_posted_once_for_a_due_time(office_with, store):
    office = office_with("schedule: {export_unchanged: true}")
    office.react(office.posted(1), "ana", "ben")
    due = store.now()
    for _ in range(2):
        exports.weekly(office.desk, office.dataset, due)
    office.send()
    assert office.titles().count("care, week 1") == 1


def test_curators_hear_of_a_weekly_export_that_failed(office_with, store):
    office = office_with('export: {to: "here & there"}')
    (office.dataset.folder / "here & there").write_text("a file, not a folder")
    office.react(office.posted(1), "ana", "ben")
    with pytest.raises(Exception, match="could not be written"):
        exports.weekly(office.desk, office.dataset, store.now())
    wanted = []
    while errand := outbox.claim(store):
        outbox.done(store, errand)
        wanted.append((errand.kind, errand.args.get("user"), errand.args.get("text")))
        if errand.args.get("text") == "export_failed":
            assert "here & there" in errand.args["error"], "escaped once, when it is sent"
    assert (OutboxKind.DIRECT, office.id("kim"), "export_failed") in wanted
