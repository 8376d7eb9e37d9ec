"""What the app is told, over Socket Mode and a real Bolt app."""

import time

import pytest
from slack_bolt import App

from sandbox.manifest import Installed


def types(entries):
    return [(e["event"]["type"], e["event"].get("subtype")) for e in entries]


@pytest.fixture
def posted(bot, channel):
    return bot.chat_postMessage(channel=channel, text="card")["ts"]


@pytest.fixture
def heard(bolt):
    """Every event the Bolt app's listeners were given, with its retry attempt."""
    events = []

    @bolt.use
    def note(body, request, next_):
        if body.get("type") == "event_callback":
            retry = request.headers.get("x-slack-retry-num", ["0"])[0]
            events.append((body["event"], int(retry), body["event_id"]))
        next_()

    for name in ("message", "reaction_added", "reaction_removed", "app_mention"):
        bolt.event(name)(lambda: None)
    return events


def test_a_reaction_reaches_the_listener_and_is_acknowledged(
    sandbox, connect, bolt, heard, ana, channel, posted, until
):
    connect(bolt)
    ana.reactions_add(channel=channel, name="x", timestamp=posted)
    ana.reactions_remove(channel=channel, name="x", timestamp=posted)
    until(lambda: len([e for e, _, _ in heard if e["type"].startswith("reaction")]) == 2)
    event = next(e for e, _, _ in heard if e["type"] == "reaction_added")
    item = {"type": "message", "channel": channel, "ts": posted}
    assert ("U0ANA", "x", "U0WINNOW", item) == (
        event["user"],
        event["reaction"],
        event["item_user"],
        event["item"],
    )
    until(lambda: len(sandbox.log("delivery")) == 3)
    assert {"acknowledged"} == {entry["outcome"] for entry in sandbox.log("delivery")}


def test_each_change_of_a_message_is_an_event(sandbox, ana, channel):
    first = ana.chat_postMessage(channel=channel, text="one")["ts"]
    ana.chat_postMessage(channel=channel, text="two", thread_ts=first)
    ana.chat_postMessage(channel=channel, text="all", thread_ts=first, reply_broadcast=True)
    ana.chat_update(channel=channel, ts=first, text="uno")
    ana.chat_delete(channel=channel, ts=first)
    single = ana.chat_postMessage(channel=channel, text="three")["ts"]
    ana.chat_delete(channel=channel, ts=single)
    events = sandbox.log("event")
    assert types(events) == [
        ("message", None),
        ("message", None),
        ("message", "thread_broadcast"),
        ("message", "message_changed"),
        ("message", "message_changed"),
        ("message", None),
        ("message", "message_deleted"),
    ]
    _, reply, broadcast, edited, tombstone, _, deleted = (e["event"] for e in events)
    assert first == reply["thread_ts"] == broadcast["root"]["ts"]
    assert (edited["previous_message"]["text"], edited["message"]["text"]) == ("one", "uno")
    assert edited["message"]["edited"]["user"] == "U0ANA"
    assert tombstone["message"]["subtype"] == "tombstone"
    assert (single, "three") == (deleted["deleted_ts"], deleted["previous_message"]["text"])


def test_a_mention_is_both_a_message_and_an_app_mention(sandbox, channel):
    sandbox.act("type", user="ana", channel=channel, text="@winnow be kinder")
    message, mention = (entry["event"] for entry in sandbox.log("event"))
    assert (message["type"], mention["type"]) == ("message", "app_mention")
    assert "<@U0WINNOW> be kinder" == message["text"] == mention["text"]


def test_typed_text_is_escaped_and_its_blocks_are_exact(sandbox, channel):
    raw = "output: if a < b & c > d, see &lt; ✅ *bold* https://example.org/a?b=1&c=2。"
    sandbox.act("type", user="ana", channel=channel, text=raw)
    event = sandbox.log("event")[0]["event"]
    assert event["text"] == (
        "output: if a &lt; b &amp; c &gt; d, see &amp;lt; :white_check_mark: *bold* "
        "<https://example.org/a?b=1&amp;c=2>。"
    )
    elements = event["blocks"][0]["elements"][0]["elements"]
    assert elements == [
        {"type": "text", "text": "output: if a < b & c > d, see &lt; "},
        {"type": "emoji", "name": "white_check_mark", "unicode": "2705"},
        {"type": "text", "text": " *bold* "},
        {"type": "link", "url": "https://example.org/a?b=1&c=2"},
        {"type": "text", "text": "。"},
    ]


def test_an_event_whose_listener_fails_is_delivered_again_with_the_same_id(
    sandbox, connect, bolt, ana, channel, posted, until
):
    attempts = []

    @bolt.event("reaction_added")
    def fail_once(body, request):
        attempts.append((body["event_id"], request.headers.get("x-slack-retry-num")))
        if len(attempts) == 1:
            raise RuntimeError("the database is away")

    connect(bolt)
    begun = time.monotonic()
    ana.reactions_add(channel=channel, name="x", timestamp=posted)
    until(lambda: len(attempts) == 2)
    assert 2.9 < time.monotonic() - begun < 5
    assert [retry for _, retry in attempts] == [["0"], ["1"]]
    assert attempts[0][0] == attempts[1][0]
    event_id = attempts[0][0]

    def outcomes():
        return [e["outcome"] for e in sandbox.log("delivery") if e["event_id"] == event_id]

    until(lambda: outcomes() == ["timeout", "acknowledged"])


def test_what_happens_while_nothing_is_connected_arrives_on_connecting(
    sandbox, connect, bolt, heard, ana, channel, posted, until
):
    ana.reactions_add(channel=channel, name="x", timestamp=posted)
    assert sandbox.log("delivery") == []
    connect(bolt)
    until(lambda: "reaction_added" in [e["type"] for e, _, _ in heard])


def test_the_app_hears_nothing_from_channels_it_is_not_in(sandbox, ana):
    ana.chat_postMessage(channel="C0RANDOM", text="x")
    assert sandbox.log("event") == []


def test_joining_leaving_and_archiving_are_events(sandbox, channel):
    sandbox.act("leave", user="ana", channel=channel)
    sandbox.act("join", user="ana", channel=channel)
    sandbox.act("archive", user="kim", channel=channel)
    sandbox.act("unarchive", user="kim", channel=channel)
    assert types(sandbox.log("event")) == [
        ("member_left_channel", None),
        ("message", "channel_leave"),
        ("message", "channel_join"),
        ("member_joined_channel", None),
        ("channel_archive", None),
    ]


def test_an_administrator_may_delete_the_bots_message(sandbox, channel, posted):
    sandbox.act("delete", user="kim", channel=channel, ts=posted)
    assert types(sandbox.log("event")) == [("message", None), ("message", "message_deleted")]


def test_removing_the_bot_from_a_channel_is_told_to_it(sandbox, channel):
    sandbox.act("leave", user="winnow", channel=channel)
    assert types(sandbox.log("event")) == [("member_left_channel", None)]


def test_only_subscribed_events_are_sent(start, channel):
    picky = start(Installed(events=frozenset({"reaction_added"})))
    ts = picky.client().chat_postMessage(channel=channel, text="x")["ts"]
    picky.client("xoxp-ana").reactions_add(channel=channel, name="x", timestamp=ts)
    assert types(picky.log("event")) == [("reaction_added", None)]


def test_two_connections_share_the_events(sandbox, connect, bot, ana, channel, posted, until):
    def listening():
        app, reactions = App(client=bot), []
        app.event("reaction_added")(lambda event: reactions.append(event["reaction"]))
        connect(app)
        return reactions

    one, other = listening(), listening()
    for name in ("x", "eyes", "+1", "-1"):
        ana.reactions_add(channel=channel, name=name, timestamp=posted)
    until(lambda: len(one + other) == 4)
    assert {"x", "eyes", "+1", "-1"} == set(one + other)
    assert one
    assert other


def test_a_ticket_opens_one_connection_only(sandbox):
    assert sandbox.fetch("/link/?ticket=guessed")[0] == 403
