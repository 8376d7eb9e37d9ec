"""`winnow run` as a process: Socket Mode, and signed HTTP."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

YES, NO = "white_check_mark", "x"
WINNOW = [sys.executable, "-c", "from bot.cli import main; main()"]


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def run(slack, database, tmp_path):
    """Start `winnow run` with arguments; it must end well when it is told to."""
    processes = []

    def begin(*arguments: str) -> subprocess.Popen:
        environ = {
            **os.environ,
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_SIGNING_SECRET": "sandbox-secret",
            "SLACK_API_URL": slack.api,
            "WINNOW_DATABASE_URL": database,
            "WINNOW_CLOCK_URL": f"{slack.base}/sandbox/clock",
        }
        process = subprocess.Popen(
            [*WINNOW, "run", *arguments],
            cwd=tmp_path,
            env=environ,
            stderr=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 0, said


def _ready(process: subprocess.Popen) -> list[str]:
    """Wait until it listens; what it said until then."""
    lines = iter(process.stderr.readline, "")
    seen = []
    for line in lines:
        seen.append(line)
        if line == "ready\n":
            return seen
    raise AssertionError(f"it never was ready: {seen}")


def _health(port: int) -> dict:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
        return json.load(answer)


def test_signed_http_carries_events_clicks_modals_and_commands(quiet, recipe, run, port):
    quiet.slack.act("reset", events_url=f"http://127.0.0.1:{port}/slack/events", rate_limits=False)
    quiet.add(recipe())
    _ready(run("--http", str(port)))
    assert _health(port) == {"ok": True, "mode": "http"}
    card = _posted(quiet)

    quiet.react("ana", card, NO)
    card.has(ana="reject")
    view_id = quiet.click("ben", "correct", card)["view_id"]
    answer = quiet.slack.act("submit", user="ben", view_id=view_id, values={"output": " "})
    assert "cannot be saved" in answer["errors"]["output"]
    quiet.slack.act("submit", user="ben", view_id=view_id, values={"output": "Better."})
    card.becomes_version(2)
    quiet.react("ana", card)
    card.becomes("approved")
    assert "1/100 approved" in quiet.command("ana", "status")["ephemeral"]["text"]


def test_a_forged_request_changes_nothing(quiet, recipe, run, port):
    quiet.add(recipe())
    _ready(run("--http", str(port)))
    card = _posted(quiet)
    event = {
        "type": "reaction_added",
        "user": "U0ANA",
        "reaction": YES,
        "item": {"type": "message", "channel": "C0SUPPORTEN", "ts": card.ts},
        "event_ts": f"{time.time():.6f}",
    }
    body = {"type": "event_callback", "event_id": "Ev1", "team_id": "T0SANDBOX", "event": event}
    forged = urllib.request.Request(
        f"http://127.0.0.1:{port}/slack/events",
        json.dumps(body).encode(),
        {
            "Content-Type": "application/json",
            "X-Slack-Request-Timestamp": str(int(time.time())),
            "X-Slack-Signature": "v0=" + "0" * 64,
        },
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(forged, timeout=5)  # noqa: S310
    refused.value.close()
    assert refused.value.code == 401
    assert card.verdicts == {}


def test_socket_mode_says_ready_and_how_it_is_and_due_jobs_begin(quiet, recipe, run, port, until):
    lines = [json.dumps({"instruction": f"Lamp {n}?", "output": f"It is {n}."}) for n in range(3)]
    (quiet.folder / "replies.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    schedule = "schedule: {batch: '0 9 * * *', batch_size: 2}\n"
    quiet.add(recipe("checks: {default: off}\n" + schedule))
    said = _ready(run("--health", str(port)))
    assert [line for line in said if line.startswith("WARNING")] == []
    assert _health(port) == {"ok": True, "mode": "socket"}
    with pytest.raises(OSError, match=r"refused|timed out"):
        socket.create_connection(("127.0.0.2", port), timeout=5)

    quiet.pass_time(86_400)
    until(
        lambda: [m for m in quiet.slack.state()["messages"] if "Lamp" in quiet.shown(m)],
        "the batch",
    )


def _posted(quiet):
    """A card that the process posts."""
    from storage import batches, datasets, posts

    (sample,) = quiet.candidates(1)
    batches.open_batch(quiet.store, datasets.get(quiet.store, "backup-en"), 1)
    card = quiet.card_of(sample)
    deadline = time.monotonic() + 10
    while not posts.of_sample(quiet.store, sample) and time.monotonic() < deadline:
        time.sleep(0.02)
    return card
