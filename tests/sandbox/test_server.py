"""The server around Slack: the command line, the manifest, the shapes of answers."""

import json
import signal
import subprocess
import sys

import pytest
from slack_sdk import WebClient


def test_the_teacher_stands_on_the_same_port(sandbox):
    status, ledger = sandbox.request("/sandbox/ledger")
    assert status == 200
    assert {"calls", "price", "cost_usd"} <= set(ledger)


def test_the_state_names_everything(sandbox, bot, channel):
    bot.chat_postMessage(
        channel=channel, text="x", metadata={"event_type": "e", "event_payload": {"key": "k"}}
    )
    state = sandbox.state()
    expected = {"users", "channels", "messages", "ephemerals", "views", "files", "now"}
    assert expected <= set(state)
    assert ("k", channel) == (
        state["messages"][0]["metadata"]["event_payload"]["key"],
        state["messages"][0]["channel"],
    )
    assert "U0ANA" in next(c for c in state["channels"] if c["id"] == channel)["members"]


def test_the_log_is_in_order_and_may_be_read_on(sandbox, bot, channel):
    ts = bot.chat_postMessage(channel=channel, text="secret token?")["ts"]
    bot.reactions_add(channel=channel, name="x", timestamp=ts)
    entries = sandbox.log()
    assert list(range(1, len(entries) + 1)) == [entry["n"] for entry in entries]
    calls = [(e["method"], e["user"], e["answer"]["ok"]) for e in entries if e["kind"] == "call"]
    assert calls == [("chat.postMessage", "U0WINNOW", True), ("reactions.add", "U0WINNOW", True)]
    assert entries[2:] == sandbox.request("/sandbox/log?since=2")[1]
    assert "xoxb" not in json.dumps(entries)


def test_the_command_line_says_where_it_listens_and_keeps_the_log(tmp_path):
    log = tmp_path / "log.json"
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--seed", "7", "--log", str(log)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line = process.stderr.readline()
        assert line.startswith("sandbox ready http://127.0.0.1:")
        assert WebClient("xoxb-sandbox", base_url=line.split()[-1] + "api/").auth_test()["ok"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert [entry["method"] for entry in json.loads(log.read_text())] == ["auth.test"]


MANIFEST = """
features:
  bot_user: {display_name: Winnow}
  slash_commands: [{command: /winnow, description: d, should_escape: true}]
  shortcuts:
    - {name: Correct, type: message, callback_id: correct, description: d}
    - {name: New, type: global, callback_id: new, description: d}
oauth_config: {scopes: {bot: [chat:write]}}
settings: {event_subscriptions: {bot_events: [reaction_added]}}
"""


def test_a_manifest_says_what_the_app_may_do(tmp_path, start, channel):
    from sandbox.manifest import read

    path = tmp_path / "manifest.yml"
    path.write_text(MANIFEST)
    app = read(path)
    assert ("winnow", {"chat:write"}, {"reaction_added"}) == (app.name, app.scopes, app.events)
    assert app.command_menu == ({"command": "/winnow", "description": "d", "usage_hint": ""},)
    assert app.shortcuts == ({"name": "Correct", "callback_id": "correct"},)
    running = start(app)
    status, answer = running.request(
        "/sandbox/command", {"user": "ana", "channel": channel, "command": "/other"}
    )
    assert (status, "no command of the app's manifest" in answer["error"]) == (400, True)
    ts = running.act("type", user="ana", channel=channel, text="x")["ts"]
    status, answer = running.request(
        "/sandbox/shortcut", {"user": "ana", "channel": channel, "ts": ts, "callback_id": "new"}
    )
    assert (status, "no shortcut of the app's manifest" in answer["error"]) == (400, True)


@pytest.mark.parametrize("content", [None, "features: {}"])
def test_a_manifest_that_is_none_is_one_sentence(tmp_path, content):
    path = tmp_path / "manifest.yml"
    if content is not None:
        path.write_text(content)
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--manifest", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1


def unknown_keys(ours, theirs, path=""):
    """Keys of an answer that Slack's recorded answers do not have."""
    if isinstance(ours, dict) and isinstance(theirs, dict) and theirs:
        for key, value in ours.items():
            if key not in theirs:  # (blocks are held against Slack's types in test_blocks)
                yield f"{path}/{key}"
            elif key != "blocks":
                yield from unknown_keys(value, theirs[key], f"{path}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and theirs:
        for each in ours:
            yield from unknown_keys(each, theirs[0], f"{path}[]")


def test_answers_have_only_keys_that_slack_has(sandbox, bot, channel, contracts):
    ts = bot.chat_postMessage(channel=channel, text="x")["ts"]
    bot.files_upload_v2(channel=channel, filename="a.json", content="{}")
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    answers = {
        "auth.test": bot.auth_test(),
        "chat.getPermalink": bot.chat_getPermalink(channel=channel, message_ts=ts),
        "chat.postEphemeral": bot.chat_postEphemeral(channel=channel, user="U0ANA", text="x"),
        "conversations.info": bot.conversations_info(channel=channel, include_num_members=True),
        "conversations.join": bot.conversations_join(channel=channel),
        "conversations.list": bot.conversations_list(),
        "conversations.members": bot.conversations_members(channel=channel),
        "reactions.add": bot.reactions_add(channel=channel, name="x", timestamp=ts),
        "usergroups.list": bot.usergroups_list(include_users=True),
        "users.info": bot.users_info(user="U0OLGA"),
        "users.list": bot.users_list(),
        "views.publish": bot.views_publish(user_id="U0ANA", view=view),
        "chat.delete": bot.chat_delete(channel=channel, ts=ts),
    }
    logs = contracts / "java-sdk-json-logs" / "api"
    for method, answer in answers.items():
        recorded = json.loads((logs / f"{method}.json").read_text())
        assert list(unknown_keys(answer.data, recorded)) == [], method


EVENTS = {
    "reaction_added": "ReactionAdded",
    "reaction_removed": "ReactionRemoved",
    "app_mention": "AppMention",
    "member_joined_channel": "MemberJoinedChannel",
    "channel_archive": "ChannelArchive",
}
MESSAGES = ("message", "message_changed", "message_deleted", "thread_broadcast", "channel_join")
PARTS = ("message", "previous_message", "root")


@pytest.fixture
def everything(sandbox, ana, channel):
    """The events of one of everything, by subtype or type."""
    ts = ana.chat_postMessage(channel=channel, text="<@U0WINNOW> x")["ts"]
    ana.reactions_add(channel=channel, name="x", timestamp=ts)
    ana.reactions_remove(channel=channel, name="x", timestamp=ts)
    ana.chat_postMessage(channel=channel, text="y", thread_ts=ts, reply_broadcast=True)
    gone = ana.chat_postMessage(channel=channel, text="z")["ts"]
    ana.chat_update(channel=channel, ts=gone, text="zz")
    ana.chat_delete(channel=channel, ts=gone)
    sandbox.act("leave", user="ben", channel=channel)
    sandbox.act("join", user="ben", channel=channel)
    sandbox.act("archive", user="kim", channel=channel)
    events = [entry["event"] for entry in sandbox.log("event")]
    return {event.get("subtype") or event["type"]: event for event in events}


def test_events_have_only_keys_that_slack_has(everything, contracts):
    folder = contracts / "java-sdk-json-logs" / "events"
    for kind, name in EVENTS.items():
        recorded = json.loads((folder / f"{name}Payload.json").read_text())["event"]
        assert list(unknown_keys(everything[kind], recorded)) == [], kind


def test_messages_in_events_have_only_keys_that_slacks_messages_have(everything, contracts):
    # No one recording holds every key of a message, so all of them together are the measure.
    known = set()
    for path in (contracts / "java-sdk-json-logs" / "events").glob("Message*.json"):
        event = json.loads(path.read_text())["event"]
        known |= set(event).union(*(set(event.get(part) or {}) for part in PARTS))
    clicks = contracts / "java-sdk-json-logs" / "app-backend" / "interactive-components"
    known |= set(json.loads((clicks / "BlockActionPayload.json").read_text())["message"])
    for kind in MESSAGES:
        event = everything[kind]
        for message in (event, *(event[part] for part in PARTS if part in event)):
            assert set(message) - known == set(), kind
