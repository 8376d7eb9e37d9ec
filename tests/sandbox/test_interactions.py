"""Commands, clicks, shortcuts, the Home and response_urls, with a real Bolt app."""

import pytest
from slack_sdk.webhook import WebhookClient


def text(words):
    return {"type": "plain_text", "text": words}


MODAL = {
    "type": "modal",
    "title": text("T"),
    "callback_id": "c",
    "blocks": [{"type": "section", "text": text("x")}],
}
MENU = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": text("Flag"), "value": "flag"}, {"text": text("Skip"), "value": "skip"}],
}
BUTTON = {"type": "button", "action_id": "correct", "text": text("a < b"), "value": "s1"}


@pytest.fixture
def card(bot, channel):
    blocks = [{"type": "actions", "block_id": "acts", "elements": [BUTTON, MENU]}]
    return bot.chat_postMessage(channel=channel, text="card", blocks=blocks)["ts"]


def test_a_commands_acknowledgement_is_shown_to_who_typed_it(sandbox, bolt, connect, channel):
    @bolt.command("/winnow")
    def answer(ack, command):
        ack(text=f"{command['user_name']} in {command['channel_name']}: {command['text']}")

    connect(bolt)
    shown = sandbox.act(
        "command", user="ana", channel=channel, command="/winnow", text="status @ben & <x>"
    )["ephemeral"]
    assert shown["text"] == "ana in support-en: status <@U0BEN|ben> &amp; &lt;x&gt;"
    assert [shown] == sandbox.state()["ephemerals"]


def test_a_click_carries_what_slack_sends(sandbox, bolt, connect, channel, card):
    bodies = []

    @bolt.action("correct")
    def note(ack, body):
        bodies.append(body)
        ack()

    @bolt.action("more")
    def note_choice(ack, body):
        bodies.append(body)
        ack()

    connect(bolt)
    sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    sandbox.act("click", user="ana", channel="support-en", ts=card, action_id="more", value="flag")
    button, menu = bodies
    assert ("U0ANA", "ana", channel) == (
        button["user"]["id"],
        button["user"]["name"],
        button["channel"]["id"],
    )
    expected = {"type": "message", "message_ts": card, "channel_id": channel, "is_ephemeral": False}
    assert expected == button["container"]
    action = button["actions"][0]
    assert (
        action["value"],
        action["block_id"],
        action["text"]["text"],
    ) == ("s1", "acts", "a &lt; b")
    assert menu["actions"][0]["selected_option"] == MENU["options"][0]


def test_of_several_elements_with_one_action_id_the_block_says_which(
    sandbox, bolt, bot, connect, channel
):
    pressed = []

    @bolt.action("why")
    def note(ack, body):
        pressed.append((body["actions"][0]["block_id"], body["state"]["values"]))
        ack()

    connect(bolt)
    options = [{"text": text(each), "value": each} for each in ("tone", "fact")]
    menu = {"type": "static_select", "action_id": "why", "options": options}
    blocks = [{"type": "actions", "block_id": each, "elements": [menu]} for each in ("one", "two")]
    ts = bot.chat_postMessage(channel=channel, text="card", blocks=blocks)["ts"]
    click = {"user": "ana", "channel": channel, "ts": ts, "action_id": "why", "value": "fact"}
    sandbox.act("click", block_id="two", **click)
    ((block_id, values),) = pressed
    assert block_id == "two"
    assert values["two"]["why"]["selected_option"]["value"] == "fact"
    assert values["one"]["why"]["selected_option"] is None
    status, answer = sandbox.request("/sandbox/click", {**click, "block_id": "three"})
    assert (status, "there is no 'why' here" in answer["error"]) == (400, True)


def test_a_click_answers_with_the_ephemeral_that_follows_it(sandbox, bolt, connect, channel, card):
    @bolt.action("correct")
    def answer(ack, body, client):
        ack()
        client.chat_postEphemeral(
            channel=body["channel"]["id"], user=body["user"]["id"], text="counted"
        )

    connect(bolt)
    shown = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    assert shown["ephemeral"]["text"] == "counted"


def test_a_button_in_an_ephemeral_works_and_may_replace_it(sandbox, bolt, connect, channel):
    @bolt.command("/winnow")
    def ask(ack):
        ack(text="sure?", blocks=[{"type": "actions", "elements": [BUTTON]}])

    @bolt.action("correct")
    def replace(ack, body, respond):
        assert body["container"]["is_ephemeral"]
        ack()
        respond(text="done", replace_original=True)

    connect(bolt)
    asked = sandbox.act("command", user="ana", channel=channel, command="/winnow", text="x")
    ts = asked["ephemeral"]["ts"]
    answer = sandbox.act("click", user="ana", channel=channel, ts=ts, action_id="correct")
    assert ("done", ts) == (answer["ephemeral"]["text"], answer["ephemeral"]["ts"])
    assert [each["text"] for each in sandbox.state()["ephemerals"]] == ["done"]
    status, _ = sandbox.request(
        "/sandbox/click", {"user": "ben", "channel": channel, "ts": ts, "action_id": "correct"}
    )
    assert status == 400


def test_a_shortcut_carries_its_message(sandbox, bolt, connect, channel, card):
    seen = []

    @bolt.shortcut("capture")
    def capture(ack, body, client):
        seen.append(body["message"]["text"])
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        ack()

    connect(bolt)
    answer = sandbox.act("shortcut", user="ana", channel=channel, ts=card, callback_id="capture")
    assert seen == ["card"]
    assert answer["view_id"] == sandbox.state()["views"][0]["id"]


def test_opening_the_home_publishes_it(sandbox, bolt, connect):
    @bolt.event("app_home_opened")
    def publish(event, client):
        view = {"type": "home", "blocks": [{"type": "header", "text": text(event["user"])}]}
        client.views_publish(user_id=event["user"], view=view)

    connect(bolt)
    view = sandbox.act("home", user="ana")["view"]
    assert (view["type"], view["blocks"][0]["text"]["text"]) == ("home", "U0ANA")


def test_a_response_url_serves_five_times_and_anyone_may_be_answered(
    sandbox, bolt, connect, channel, bot
):
    urls = []

    @bolt.command("/winnow")
    def note(ack, command):
        urls.append(command["response_url"])
        ack()

    connect(bolt)
    sandbox.act("command", user="ana", channel=channel, command="/winnow", text="")
    hook = WebhookClient(urls[0])
    public = hook.send(text="for all", response_type="in_channel")
    answers = [hook.send(text=f"{n}").status_code for n in range(5)]
    assert (public.status_code, public.body) == (200, "ok")
    assert answers == [200, 200, 200, 200, 404]
    assert bot.conversations_history(channel=channel)["messages"][0]["text"] == "for all"
    assert len(sandbox.state()["ephemerals"]) == 4


def test_an_app_that_does_not_answer_is_named(sandbox, channel):
    status, answer = sandbox.request(
        "/sandbox/command", {"user": "ana", "channel": channel, "command": "/winnow"}
    )
    assert status == 504
    assert "is it running?" in answer["error"]


@pytest.mark.parametrize(
    ("verb", "body", "sentence"),
    [
        ("click", {}, "user is missing"),
        ("click", {"user": "zed"}, "user: nobody is called 'zed'"),
        ("click", {"user": "ana", "nonsense": 1}, "nonsense is unknown"),
        ("click", {"user": "ana", "channel": "nowhere", "ts": "1"}, "there is no 'nowhere'"),
        ("click", {"user": "ana", "channel": "random", "ts": "1"}, "has no message '1'"),
        ("click", {"user": "ana", "view_id": "V1"}, "no open view 'V1'"),
        ("submit", {"user": "ana"}, "view_id is missing"),
        ("command", {"user": "ana", "channel": "random", "command": "x"}, "begin with a slash"),
        ("type", {"user": "ana", "channel": "random"}, "text is missing"),
        ("read", {"user": "ana", "channel": "random", "ts": "x"}, "no time stamp"),
        ("fault", {"kind": "flood"}, "kind must be one of"),
        ("fault", {"kind": "slow", "times": "two"}, "times cannot be 'two'"),
        ("clock", {"advance": -1}, "goes not back"),
        ("reset", {"peoples": []}, "'peoples' is unknown"),
        ("reset", {"people": [{"nick": "x"}]}, "is no person"),
        ("dance", {}, "There is no /sandbox/dance"),
    ],
)
def test_a_wrong_request_is_answered_with_one_sentence(sandbox, verb, body, sentence):
    status, answer = sandbox.request(f"/sandbox/{verb}", body)
    assert status in (400, 404)
    assert sentence in answer["error"]


def test_a_message_with_replies_that_is_deleted_by_its_response_url_leaves_a_tombstone(
    sandbox, bolt, connect, channel, card
):
    @bolt.action("correct")
    def gone(ack, respond):
        ack()
        respond(delete_original=True)

    bolt.event("message")(lambda: None)
    sandbox.act("type", user="ana", channel=channel, text="why?", thread_ts=card)
    connect(bolt)
    sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    last = sandbox.log("event")[-1]["event"]
    assert (last["subtype"], last["message"]["subtype"]) == ("message_changed", "tombstone")


def test_typed_mentions_are_kept_by_an_edit_of_any_length(sandbox, ana, channel):
    ts = sandbox.act("type", user="ana", channel=channel, text="@here: <b> for @Ben.")["ts"]
    message = ana.conversations_history(channel=channel)["messages"][0]
    assert message["text"] == "<!here>: &lt;b&gt; for <@U0BEN>."
    elements = message["blocks"][0]["elements"][0]["elements"]
    assert elements[0] == {"type": "broadcast", "range": "here"}
    longer = "@here: @ben. @doctors " + "x" * 5000
    assert sandbox.act("edit", user="ana", channel=channel, ts=ts, text=longer) == {}
    event = sandbox.log("event")[-1]["event"]
    assert (event["subtype"], event["previous_message"]["text"]) == (
        "message_changed",
        message["text"],
    )
    assert event["message"]["text"].startswith("<!here>: <@U0BEN>. <!subteam^S0DOCTORS> xxx")
    assert event["message"]["edited"]["user"] == "U0ANA"


def test_only_ones_own_messages_are_edited_and_nothing_is_typed_into_an_archive(
    sandbox, channel, card
):
    said = {"user": "ana", "channel": channel, "text": "x"}
    ts = sandbox.act("type", **said)["ts"]
    assert sandbox.request("/sandbox/edit", said | {"ts": card})[0] == 400
    assert sandbox.request("/sandbox/edit", said | {"ts": ts, "user": "ben"})[0] == 400
    sandbox.act("archive", user="kim", channel=channel)
    for verb in ("type", "edit"):
        body = said | ({"ts": ts} if verb == "edit" else {})
        status, answer = sandbox.request(f"/sandbox/{verb}", body)
        assert (status, "archived" in answer["error"]) == (400, True)
    assert [m["text"] for m in sandbox.state()["messages"]][-1] == "x"
