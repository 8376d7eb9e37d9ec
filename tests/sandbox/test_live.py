"""The page's feed: what each person is told, and that nothing is forgotten."""

import asyncio
import socket
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError

from sandbox import live
from sandbox.live import Feed
from sandbox.manifest import Installed
from sandbox.world import World

SUPPORT, RANDOM = "C0SUPPORTEN", "C0RANDOM"
PATIENCE = 1.0


def text(words):
    return {"type": "plain_text", "text": words}


def form(*ids, **more):
    inputs = [
        {
            "type": "input",
            "block_id": each,
            "label": text(each),
            "element": {"type": "plain_text_input", "action_id": each},
        }
        for each in ids
    ]
    content = {"type": "modal", "title": text("Correct"), "submit": text("Save"), "blocks": inputs}
    return content | {"callback_id": "correct"} | more


OPEN = {"type": "actions", "elements": [{"type": "button", "action_id": "open", "text": text("O")}]}


@pytest.fixture
def modal(bot, bolt, connect, sandbox):
    """Opens a modal for ana; its view_id."""

    @bolt.action("open")
    def show(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=form("output"))

    bolt.view("correct")(lambda ack: ack())
    connect(bolt)
    ts = bot.chat_postMessage(channel=SUPPORT, text="card", blocks=[OPEN])["ts"]

    def press():
        return sandbox.act("click", user="ana", channel=SUPPORT, ts=ts, action_id="open")["view_id"]

    return press


def key(ts, channel=SUPPORT):
    return f"message/{channel}/{ts}"


def test_the_first_frame_is_all_that_the_person_may_see(sandbox, bot, ana, window):
    ts = bot.chat_postMessage(channel=SUPPORT, text="*hello* <@U0BEN>")["ts"]
    bot.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="for ana")
    bot.chat_postMessage(channel="U0BEN", text="for ben")
    opened = window("ana")
    assert (opened.frames[0]["whole"], opened.frames[0]["gone"]) == (True, [])
    assert opened.items["workspace"]["me"] == {
        "id": "U0ANA",
        "name": "ana",
        "real_name": "Ana Ruiz",
    }
    assert "<b>hello</b>" in opened.items[key(ts)]["html"]
    assert 'data-user="U0BEN"' in opened.items[key(ts)]["html"]
    assert ["for ana" in each["html"] for each in opened.of("ephemeral")] == [True]
    assert {each["name"] for each in opened.of("channel")} == {
        "dermatology-zh",
        "general-zh",
        "support-en",
        "random",
    }
    assert len(opened.of("person")) == 10
    other = window("ben")
    assert other.of("ephemeral") == []
    assert [(each["name"], each["partner"]) for each in other.of("channel") if each["is_im"]] == [
        ("winnow", "U0WINNOW")
    ]


def test_a_reaction_reaches_the_other_window(sandbox, ana, window):
    ts = ana.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    other = window("ben")
    ana.reactions_add(channel=SUPPORT, name="+1::skin-tone-3", timestamp=ts)
    other.until(lambda it: it.items[key(ts)]["reactions"])
    assert [item["key"] for item in other.frames[-1]["items"]] == [key(ts)]
    assert other.items[key(ts)]["reactions"] == [
        {"name": "+1::skin-tone-3", "glyph": "👍🏼", "count": 1, "users": ["U0ANA"]}
    ]
    ana.reactions_remove(channel=SUPPORT, name="+1::skin-tone-3", timestamp=ts)
    other.until(lambda it: not it.items[key(ts)]["reactions"])


def test_a_thread_an_edit_and_a_deletion_reach_the_other_window(sandbox, ana, window):
    other = window("ben")
    ts = ana.chat_postMessage(channel=SUPPORT, text="first")["ts"]
    reply = ana.chat_postMessage(channel=SUPPORT, text="& second", thread_ts=ts)["ts"]
    other.until(lambda it: it.items.get(key(ts), {}).get("reply_count") == 1)
    said = other.items[key(reply)]
    assert (said["is_reply"], said["thread_ts"], said["text"]) == (True, ts, "&amp; second")
    assert (other.items[key(ts)]["latest_reply"], other.items[key(ts)]["reply_users"]) == (
        reply,
        ["U0ANA"],
    )
    ana.chat_update(channel=SUPPORT, ts=reply, text="third")
    other.until(lambda it: it.items[key(reply)]["edited"])
    assert "third" in other.items[key(reply)]["html"]
    ana.chat_delete(channel=SUPPORT, ts=ts)
    other.until(lambda it: it.items[key(ts)]["tombstone"])
    ana.chat_delete(channel=SUPPORT, ts=reply)
    other.until(lambda it: key(reply) not in it.items)


def test_where_the_app_is_not_changes_arrive_all_the_same(sandbox, window):
    other = window("ben")
    ts = sandbox.act("type", user="ana", channel="random", text="no bot hears this")["ts"]
    other.until(lambda it: key(ts, RANDOM) in it.items)


def test_a_modal_is_shown_to_its_person_and_goes_at_once(sandbox, modal, window):
    own, other = window("ana"), window("ben")
    view_id = modal()
    shown = own.until(lambda it: it.items.get(f"view/{view_id}"))
    assert (shown["title"], shown["submit"], shown["close"]) == ("Correct", "Save", "Cancel")
    assert (shown["depth"], shown["callback_id"]) == (0, "correct")
    assert 'name="output"' in shown["html"]
    sandbox.act("submit", user="ana", view_id=view_id, values={"output": "x"})
    own.until(lambda it: it.of("view") == [])
    second = modal()
    own.until(lambda it: f"view/{second}" in it.items)
    sandbox.act("close", user="ana", view_id=second)  # the app asked not to hear of it
    own.until(lambda it: it.of("view") == [])
    assert other.of("view") == []


def test_a_home_is_shown_to_its_person(sandbox, bot, window):
    own = window("ana")
    view = {"type": "home", "blocks": [{"type": "header", "text": text("Awaits you")}]}
    bot.views_publish(user_id="U0BEN", view=view)
    bot.views_publish(user_id="U0ANA", view=view)
    assert "Awaits you" in own.until(lambda it: it.items.get("home"))["html"]


def test_who_leaves_sees_no_more_and_who_joins_sees_all(sandbox, ana, window):
    ts = ana.chat_postMessage(channel=SUPPORT, text="x")["ts"]
    other = window("ben")
    sandbox.act("leave", user="ben", channel=SUPPORT)
    other.until(lambda it: f"channel/{SUPPORT}" not in it.items)
    assert key(ts) not in other.items
    ana.chat_postMessage(channel=SUPPORT, text="y")
    sandbox.act("join", user="ben", channel=SUPPORT)
    other.until(lambda it: f"channel/{SUPPORT}" in it.items)
    assert len([m for m in other.of("message") if m["channel"] == SUPPORT]) == 4


def test_a_private_channel_is_for_its_members(sandbox, window):
    channels = [{"name": "closed", "is_private": True, "members": ["ana"]}, {"name": "open"}]
    sandbox.act("reset", channels=channels, rate_limits=False)
    own, other = window("ana"), window("ben")
    sandbox.act("type", user="ana", channel="closed", text="secret")
    sandbox.act("type", user="ana", channel="open", text="known")
    own.until(lambda it: len(it.of("message")) == 2)
    other.until(lambda it: it.of("message"))
    assert [m["channel"] for m in other.of("message")] == ["C0OPEN"]
    assert [c["name"] for c in other.of("channel")] == ["open"]


def test_the_workspace_tells_the_time_the_faults_and_the_connections(
    sandbox, bolt, connect, window
):
    own = window("ana")
    first = own.items["workspace"]
    assert (first["connections"], first["faults"], first["held"]) == (0, [], [])
    assert first["app"] == {"id": "A0SANDBOX", "name": "Winnow", "user_id": "U0WINNOW"}
    assert [each["glyph"] for each in first["emoji"][:6]] == ["✅", "❌", "🚩", "👀", "👍", "👎"]
    connect(bolt)
    own.until(lambda it: it.items["workspace"]["connections"] == 1)
    sandbox.act("fault", kind="slow", method="auth.test")
    own.until(lambda it: it.items["workspace"]["faults"] == ["slow"])
    sandbox.act("clock", advance=3600)
    own.until(lambda it: it.items["workspace"]["ahead"] == first["ahead"] + 3600)
    assert own.items["workspace"]["now"] > first["now"]


def test_a_second_window_is_told_the_time_of_its_own_opening(sandbox, window):
    first, second = window("ana"), window("ana")
    assert second.items["workspace"]["now"] > first.items["workspace"]["now"]


def test_a_reset_shows_the_new_world_and_somebody_who_is_in_it(sandbox, ana, window):
    own = window("ana")
    ana.chat_postMessage(channel=SUPPORT, text="x")
    own.until(lambda it: it.of("message"))
    sandbox.act("reset", people=[{"name": "zoe"}], rate_limits=False)
    own.until(lambda it: it.frames[-1].get("whole"))
    assert (own.items["workspace"]["me"]["name"], own.of("message")) == ("zoe", [])


def test_the_log_is_told_with_a_line_each_and_cut_to_be_shown(sandbox, ana, window):
    ts = ana.chat_postMessage(channel=SUPPORT, text="x" * 5000)["ts"]
    own = window("ana")
    own.until(lambda it: it.log)
    with pytest.raises(SlackApiError):
        ana.chat_update(channel=SUPPORT, ts="1.000000", text="x")
    sandbox.client().reactions_add(channel=SUPPORT, name="x", timestamp=ts)
    ana.reactions_add(channel=SUPPORT, name="x", timestamp=ts)
    sandbox.act("clock", advance=60)
    own.until(lambda it: it.log[-1]["kind"] == "clock")
    assert [each["n"] for each in own.log] == list(range(1, len(own.log) + 1))
    titles = [each["title"] for each in own.log if each["kind"] != "delivery"]
    assert titles == [
        "message ana",
        "ana chat.postMessage → ok",
        "ana chat.update → message_not_found",
        "reaction_added winnow ❌",
        "reactions.add → ok",
        "reaction_added ana ❌",
        "ana reactions.add → ok",
        "clock +60 s",
    ]
    assert own.log[1]["detail"]["arguments"]["text"].endswith("… (5000 characters)")
    assert own.log[1]["detail"]["arguments"]["text"].startswith("x" * 2000 + "…")


def test_of_a_long_log_the_end_is_told(sandbox, window):
    for _ in range(live.FIRST_ENTRIES + 10):
        sandbox.act("clock", advance=0)
    own = window("ana")
    own.until(lambda it: it.log)
    assert len(own.log) == live.FIRST_ENTRIES
    assert own.log[-1]["n"] == live.FIRST_ENTRIES + 10


def test_nothing_is_forgotten_whatever_happens(sandbox, bot, ana, modal, window):
    """After one of everything, two windows that saw it happen know what two new ones are told."""
    before = {handle: window(handle) for handle in ("ana", "ben")}
    ts = ana.chat_postMessage(channel=SUPPORT, text="<@U0BEN> look")["ts"]
    reply = ana.chat_postMessage(channel=SUPPORT, text="r", thread_ts=ts, reply_broadcast=True)
    for name in ("x", "eyes"):
        ana.reactions_add(channel=SUPPORT, name=name, timestamp=ts)
    ana.reactions_remove(channel=SUPPORT, name="x", timestamp=ts)
    ana.chat_update(channel=SUPPORT, ts=reply["ts"], text="edited")
    bot.files_upload_v2(channel=SUPPORT, filename="a.txt", content="a\nb")
    bot.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="psst")
    bot.conversations_open(users="U0BEN")
    bot.chat_postMessage(channel="U0BEN", text="direct")
    modal()
    sandbox.act("close", user="ana", view_id=modal())
    modal()
    bot.views_publish(user_id="U0ANA", view={"type": "home", "blocks": [{"type": "divider"}]})
    sandbox.act("read", user="ben", channel=SUPPORT, ts=ts)
    sandbox.act("type", user="ana", channel="random", text="x")
    sandbox.act("leave", user="emil", channel="random")
    sandbox.act("archive", user="kim", channel="random")
    sandbox.act("fault", kind="late", times=3)
    sandbox.act("clock", advance=600)
    sandbox.act("play", pace=3000)
    for handle, old in before.items():
        new = window(handle)
        expected = {k: v | {"now": ""} if k == "workspace" else v for k, v in new.items.items()}
        old.until(
            lambda it, expected=expected: (
                expected
                == {k: v | {"now": ""} if k == "workspace" else v for k, v in it.items.items()}
            )
        )


@asynccontextmanager
async def feeding(world):
    """A server of the feed alone; its port."""
    app = web.Application()
    app.router.add_get("/live", Feed(world, patience=PATIENCE).connect)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def stalled(port):
    """A page that opens its socket and never reads from it."""
    raw = socket.create_connection(("127.0.0.1", port))
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    raw.sendall(
        b"GET /live?as=ben HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    return raw


async def told(page, word):
    while word not in (await page.receive(timeout=5)).data:
        continue


def test_a_page_that_does_not_read_holds_up_nobody_and_is_cut_off():
    async def play():
        world = World(Installed(), rate_limits=False)
        channel, ana = world.workspace.place("random"), world.workspace.person("ana")
        async with feeding(world) as port, aiohttp.ClientSession() as session:
            address = f"http://127.0.0.1:{port}/live?as=ana"
            with stalled(port) as raw:
                async with session.ws_connect(address, max_msg_size=0) as page:
                    for number in range(40):
                        world.say(ana, channel, f"{number}! " + "x" * 100_000, None, False)
                        world.bell.ring()
                        await told(page, f'"text": "{number}! ')
                await asyncio.sleep(PATIENCE + 0.3)
                raw.settimeout(3)
                return sum(map(len, iter(lambda: raw.recv(1 << 20), b"")))  # until it was cut

    assert asyncio.run(play()) < 40 * 2 * 100_000  # a message is told as text and as HTML
