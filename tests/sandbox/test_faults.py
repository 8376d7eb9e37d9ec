"""Each fault on request strikes the app, only the app, and the log says so."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackApiError

DROPPED = (ConnectionError, OSError)


@pytest.fixture
def posted(bot, channel):
    return bot.chat_postMessage(channel=channel, text="card")["ts"]


@pytest.fixture
def heard(bolt, connect):
    """The reactions a connected app is told of, in order."""
    reactions = []
    bolt.event("reaction_added")(lambda event: reactions.append(event["reaction"]))
    bolt.event("message")(lambda: None)
    connect(bolt)
    return reactions


def struck(sandbox):
    return [entry["fault"] for entry in sandbox.log("fault") if "set" not in entry]


def test_a_rate_limit_says_how_long_to_wait_and_ends(sandbox, bot, ana, channel):
    sandbox.act("fault", kind="rate_limit", method="chat.postMessage", times=2, seconds=1)
    ana.chat_postMessage(channel=channel, text="people are spared")
    for _ in range(2):
        with pytest.raises(SlackApiError) as caught:
            bot.chat_postMessage(channel=channel, text="x")
        answer = caught.value.response
        assert (
            answer.status_code,
            answer["error"],
            answer.headers["Retry-After"],
        ) == (429, "ratelimited", "1")
    bot.chat_postMessage(channel=channel, text="x")
    assert struck(sandbox) == ["rate_limit"] * 2


def test_a_server_error_performs_nothing(sandbox, bot, channel):
    sandbox.act("fault", kind="server_error", method="chat.postMessage")
    with pytest.raises(SlackApiError) as caught:
        bot.chat_postMessage(channel=channel, text="x")
    assert caught.value.response.status_code == 500
    assert bot.conversations_history(channel=channel)["messages"] == []


def test_a_slow_answer_is_an_answer(sandbox, bot):
    sandbox.act("fault", kind="slow", method="auth.test", seconds=0.3)
    begun = time.monotonic()
    assert bot.auth_test()["ok"]
    assert time.monotonic() - begun >= 0.3


def test_a_lost_answer_is_performed_all_the_same(sandbox, bot, channel):
    sandbox.act("fault", kind="lost_answer", method="chat.postMessage")
    with pytest.raises(DROPPED):
        bot.chat_postMessage(channel=channel, text="once")
    messages = bot.conversations_history(channel=channel)["messages"]
    assert [message["text"] for message in messages] == ["once"]
    assert struck(sandbox) == ["lost_answer"]


@pytest.mark.parametrize(("before", "there"), [(True, 0), (False, 1)])
def test_a_held_call_waits_until_it_is_released(sandbox, bot, channel, until, before, there):
    sandbox.act("fault", kind="hold", method="chat.postMessage", before=before)
    with ThreadPoolExecutor(1) as pool:
        posting = pool.submit(bot.chat_postMessage, channel=channel, text="x")
        until(lambda: sandbox.state()["held"] == 1)
        assert there == len(sandbox.state()["messages"])
        assert not posting.done()
        assert sandbox.act("fault", kind="release") == {"released": 1}
        assert posting.result(5)["ok"]
    assert len(sandbox.state()["messages"]) == 1


@pytest.mark.parametrize(("before", "there"), [(True, 0), (False, 1)])
def test_a_held_call_of_an_app_that_died_is_not_performed_after_its_death(
    sandbox, channel, until, before, there
):
    import socket

    sandbox.act("fault", kind="hold", method="chat.postMessage", before=before)
    host, port = sandbox.base.removeprefix("http://").split(":")
    body = f"token=xoxb-sandbox&channel={channel}&text=x"
    with socket.create_connection((host, int(port))) as dying:
        dying.sendall(
            f"POST /api/chat.postMessage HTTP/1.1\r\nHost: {host}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        until(lambda: sandbox.state()["held"] == 1)
    time.sleep(0.1)
    sandbox.act("fault", kind="release")
    until(lambda: sandbox.state()["held"] == 0)
    assert there == len(sandbox.state()["messages"])


def test_a_lost_event_never_arrives_and_a_duplicate_twice(
    sandbox, heard, ana, channel, posted, until
):
    sandbox.act("fault", kind="lost_event", method="reaction_added")
    ana.reactions_add(channel=channel, name="x", timestamp=posted)
    sandbox.act("fault", kind="duplicate", method="reaction_added")
    ana.reactions_add(channel=channel, name="eyes", timestamp=posted)
    until(lambda: len(heard) == 2)
    assert heard == ["eyes", "eyes"]
    event_id = sandbox.log("fault")[-1]["event_id"]
    until(lambda: [e["event_id"] for e in sandbox.log("delivery")].count(event_id) == 2)
    assert struck(sandbox) == ["lost_event", "duplicate"]


@pytest.mark.parametrize("kind", ["late", "reorder"])
def test_events_may_overtake_one_another(sandbox, heard, ana, channel, posted, until, kind):
    sandbox.act("fault", kind=kind, method="reaction_added", seconds=0.5)
    for name in ("x", "eyes"):
        ana.reactions_add(channel=channel, name=name, timestamp=posted)
    until(lambda: len(heard) == 2)
    assert heard == ["eyes", "x"]


def test_a_disconnected_app_connects_again(sandbox, heard, ana, channel, posted, until):
    assert sandbox.act("fault", kind="disconnect") == {"disconnected": 1}
    until(lambda: sandbox.state()["connections"] == 1)
    ana.reactions_add(channel=channel, name="x", timestamp=posted)
    until(lambda: heard == ["x"])


def test_reset_clears_faults_and_state_but_not_time(sandbox, bot, channel):
    sandbox.act("fault", kind="server_error", times=99)
    advanced = sandbox.act("clock", advance=3600)["now"]
    sandbox.act("reset", channels=[{"name": "one"}], people=[{"name": "zoe"}])
    assert bot.conversations_list()["channels"][0]["name"] == "one"
    assert [user["name"] for user in sandbox.state()["users"]] == ["winnow", "zoe"]
    assert sandbox.request("/sandbox/clock")[1]["now"] >= advanced
