"""What is new to a person: counted by the server, so that windows and reloads agree."""

import pytest

from sandbox.memory import Memory

SUPPORT = "C0SUPPORTEN"


def counts(opened, channel=SUPPORT):
    item = opened.items[f"channel/{channel}"]
    return item["unread"], item["mentions"]


def mrkdwn(words):
    return [{"type": "section", "text": {"type": "mrkdwn", "text": words}}]


def plain(words):
    return [{"type": "section", "text": {"type": "plain_text", "text": words}}]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ({"text": "x"}, (1, 0)),
        ({"text": "<@U0BEN> look"}, (1, 1)),
        ({"text": "<@U0BEN|ben> look"}, (1, 1)),
        ({"text": "<@U0ANA> look"}, (1, 0)),
        ({"text": "<!channel> all"}, (1, 1)),
        ({"text": "<!here|here> all"}, (1, 1)),
        ({"text": "&lt;@U0BEN&gt; as text"}, (1, 0)),
        ({"text": "x", "blocks": mrkdwn("<@U0BEN> decides")}, (1, 1)),
        ({"text": "x", "blocks": plain("<@U0BEN> <!channel>")}, (1, 0)),
    ],
)
def test_a_message_is_new_and_may_mention_one(bot, window, message, expected):
    bot.chat_postMessage(channel=SUPPORT, **message)
    assert counts(window("ben")) == expected


def test_replies_count_where_the_channel_shows_them_or_they_mention_one(ana, window):
    ts = ana.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    ana.chat_postMessage(channel=SUPPORT, text="only in the thread", thread_ts=ts)
    assert counts(window("ben")) == (1, 0)
    ana.chat_postMessage(channel=SUPPORT, text="<@U0BEN> decide, please", thread_ts=ts)
    assert counts(window("ben")) == (2, 1)
    ana.chat_postMessage(channel=SUPPORT, text="y", thread_ts=ts, reply_broadcast=True)
    assert counts(window("ben")) == (3, 1)


def test_what_one_wrote_oneself_joins_and_tombstones_are_not_new(sandbox, ana, window):
    ts = ana.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    ana.chat_postMessage(channel=SUPPORT, text="y", thread_ts=ts)
    sandbox.act("leave", user="emil", channel=SUPPORT)
    sandbox.act("join", user="emil", channel=SUPPORT)
    assert counts(window("ana")) == (0, 0)
    ana.chat_delete(channel=SUPPORT, ts=ts)
    assert counts(window("ben")) == (0, 0)


def test_in_a_direct_message_everything_is_meant_for_one(bot, window):
    channel = bot.chat_postMessage(channel="U0ANA", text="x")["channel"]
    assert counts(window("ana"), channel) == (1, 1)


def test_what_one_window_has_read_the_other_and_a_reload_know(sandbox, bot, window):
    first, second = window("ben"), window("ben")
    one = bot.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    two = bot.chat_postMessage(channel=SUPPORT, text="y")["ts"]
    second.until(lambda it: counts(it) == (2, 0))
    sandbox.act("read", user="ben", channel=SUPPORT, ts=one)
    second.until(lambda it: counts(it) == (1, 0))
    sandbox.act("read", user="ben", channel=SUPPORT, ts=two)
    sandbox.act("read", user="ben", channel=SUPPORT, ts=one)  # a window that lags behind
    for opened in (first, second, window("ben")):
        opened.until(lambda it: it.items[f"channel/{SUPPORT}"]["last_read"] == two)
        assert counts(opened) == (0, 0)
    assert counts(window("ana")) == (2, 0)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"channel": SUPPORT}, "ts is missing"),
        ({"channel": SUPPORT, "ts": "now"}, "no time stamp"),
        ({"channel": "nowhere", "ts": "1.000000"}, "there is no 'nowhere'"),
    ],
)
def test_only_a_message_of_a_channel_can_be_read(sandbox, body, sentence):
    status, answer = sandbox.request("/sandbox/read", {"user": "ana", **body})
    assert (status, sentence in answer["error"]) == (400, True)


def test_a_memory_makes_a_value_once_for_the_same_and_forgets_what_nobody_wants():
    memory, made = Memory(), []

    def get(key, *made_of):
        return memory.get(key, made_of, lambda: made.append(key) or len(made))

    blocks = [1]
    assert [get("a", "x", blocks), get("a", "x", blocks), get("a", "x", [1])] == [1, 1, 1]
    assert get("a", "y", blocks) == 2
    memory.sweep()
    assert (get("a", "y", blocks), get("b", "z")) == (2, 3)
    memory.sweep()
    get("b", "z")
    memory.sweep()
    assert (get("b", "z"), get("a", "y", blocks)) == (3, 4)
