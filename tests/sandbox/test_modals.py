"""Modals: opened, pushed, updated, submitted, refused and closed, with a real Bolt app."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk.errors import SlackApiError


def text(words):
    return {"type": "plain_text", "text": words}


def field(block_id, **element):
    inner = {"type": "plain_text_input", "action_id": block_id, "multiline": True} | element
    return {"type": "input", "block_id": block_id, "label": text(block_id), "element": inner}


def modal(*blocks, **more):
    base = {"type": "modal", "title": text("Correct"), "submit": text("Save"), "blocks": [*blocks]}
    return base | {"callback_id": "correct"} | more


BUTTON = {"type": "button", "action_id": "correct", "text": text("a < b"), "value": "s1"}


@pytest.fixture
def card(bot, channel):
    blocks = [{"type": "actions", "block_id": "acts", "elements": [BUTTON]}]
    return bot.chat_postMessage(channel=channel, text="card", blocks=blocks)["ts"]


@pytest.fixture
def correcting(bolt, connect):
    """A Bolt app that opens a modal for the button and takes what is submitted."""
    taken = []

    @bolt.action("correct")
    def open_modal(ack, body, client):
        client.views_open(
            trigger_id=body["trigger_id"], view=modal(field("output", initial_value="old"))
        )
        ack()

    @bolt.view("correct")
    def submit(ack, view):
        value = view["state"]["values"]["output"]["output"]["value"]
        if value == "bad":
            ack(response_action="errors", errors={"output": "Say more."})
        else:
            taken.append(value)
            ack()

    connect(bolt)
    return taken


def test_a_click_opens_a_modal_that_can_be_filled_in(sandbox, correcting, channel, card):
    view_id = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")[
        "view_id"
    ]
    errors = sandbox.act("submit", user="ana", view_id=view_id, values={"output": "bad"})
    assert errors == {"errors": {"output": "Say more."}}
    exact = "  two\nlines & <tags> ✅ "
    assert sandbox.act("submit", user="ana", view_id=view_id, values={"output": exact}) == {}
    assert [exact] == correcting
    assert sandbox.state()["views"] == []


def test_an_untouched_modal_is_submitted_with_what_it_began_with(
    sandbox, correcting, channel, card
):
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    sandbox.act("submit", user="ana", view_id=opened["view_id"])
    assert correcting == ["old"]


def test_slacks_client_itself_asks_for_required_fields(sandbox, correcting, channel, card):
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    answer = sandbox.act("submit", user="ana", view_id=opened["view_id"], values={"output": ""})
    assert answer == {"errors": {"output": "Please complete this required field."}}
    assert correcting == []


@pytest.mark.parametrize(
    ("acknowledgement", "left", "shown"),
    [
        ({"response_action": "update", "view": modal(field("next"))}, 1, True),
        ({"response_action": "push", "view": modal(field("next"))}, 2, True),
        ({"response_action": "clear"}, 0, False),
        ({}, 0, False),
    ],
)
def test_a_submission_may_be_answered_with_a_view(
    sandbox, bolt, connect, channel, card, acknowledgement, left, shown
):
    @bolt.action("correct")
    def open_modal(ack, body, client):
        ack()
        client.views_open(
            trigger_id=body["trigger_id"], view=modal(field("output", initial_value="x"))
        )

    bolt.view("correct")(lambda ack: ack(**acknowledgement))
    connect(bolt)
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    answer = sandbox.act("submit", user="ana", view_id=opened["view_id"])
    assert left == len(sandbox.state()["views"])
    assert shown == ("view_id" in answer)


def test_an_acknowledgement_slack_would_not_take_is_said(sandbox, bolt, connect, channel, card):
    @bolt.action("correct")
    def open_modal(ack, body, client):
        ack()
        view = modal(field("output", initial_value="x"))
        client.views_open(trigger_id=body["trigger_id"], view=view)

    bolt.view("correct")(lambda ack: ack(response_action="errors", errors={"nowhere": "x"}))
    connect(bolt)
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    status, answer = sandbox.request(
        "/sandbox/submit", {"user": "ana", "view_id": opened["view_id"]}
    )
    assert status == 502
    assert "nowhere" in answer["error"]


def test_closing_a_modal_is_told_only_where_the_app_asked(sandbox, bolt, connect, channel, card):
    closed = []

    @bolt.action("correct")
    def open_modal(ack, body, client):
        ack()
        told = len(closed) == 0
        client.views_open(
            trigger_id=body["trigger_id"], view=modal(field("output"), notify_on_close=told)
        )

    @bolt.view_closed("correct")
    def note(ack, view):
        ack()
        closed.append(view["id"])

    connect(bolt)
    for _ in range(2):
        opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
        assert sandbox.act("close", user="ana", view_id=opened["view_id"]) == {}
    assert len(closed) == 1
    assert sandbox.state()["views"] == []


def test_a_trigger_serves_once_and_for_three_seconds(sandbox, bolt, connect, channel, card, until):
    triggers = []

    @bolt.action("correct")
    def note(ack, body):
        ack()
        triggers.append(body["trigger_id"])

    connect(bolt)
    bot = sandbox.client()

    def error_of(trigger_id):
        with pytest.raises(SlackApiError) as caught:
            bot.views_open(trigger_id=trigger_id, view=modal(field("output")))
        return caught.value.response["error"]

    for _ in range(2):
        sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    bot.views_open(trigger_id=triggers[0], view=modal(field("output")))
    assert error_of(triggers[0]) == "exchanged_trigger_id"
    assert error_of("1.2.3") == "invalid_trigger_id"
    time.sleep(3.05)
    assert error_of(triggers[1]) == "expired_trigger_id"


def test_an_update_keeps_what_was_typed_where_the_ids_are_the_same(
    sandbox, correcting, bot, channel, card
):
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    view = sandbox.state()["views"][0]
    sandbox.act("submit", user="ana", view_id=opened["view_id"], values={"output": "bad"})
    again = modal(field("output", initial_value="fresh"), field("note"))
    updated = bot.views_update(view_id=view["id"], hash=view["hash"], view=again)["view"]
    values = updated["state"]["values"]
    assert (values["output"]["output"]["value"], values["note"]["note"]["value"]) == ("bad", None)
    with pytest.raises(SlackApiError, match="hash_conflict"):
        bot.views_update(view_id=view["id"], hash=view["hash"], view=again)
    with pytest.raises(SlackApiError, match="not_found"):
        bot.views_update(view_id="V0", view=again)


def test_a_modal_may_be_pushed_three_deep(sandbox, bolt, connect, channel, card):
    errors = []
    button = {"type": "actions", "elements": [BUTTON | {"action_id": "deeper"}]}

    @bolt.action("correct")
    def first(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(button))
        ack()

    @bolt.action("deeper")
    def deeper(ack, body, client):
        ack()
        try:
            client.views_push(trigger_id=body["trigger_id"], view=modal(button))
        except SlackApiError as error:
            errors.append(error.response["error"])

    connect(bolt)
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    ids = [opened["view_id"]]
    for _ in range(3):
        answer = sandbox.act("click", user="ana", view_id=ids[-1], action_id="deeper")
        ids.append(answer.get("view_id", ids[-1]))
    assert errors == ["push_limit_reached"]
    assert [ids[0]] * 3 == [view["root_view_id"] for view in sandbox.state()["views"]]


CONFIG = {"trigger_actions_on": ["on_character_entered"]}


@pytest.fixture
def typing(bolt, connect, sandbox, channel, card):
    """A modal whose field `output` is sent as it is typed, and whose field `note` is not."""
    heard = []

    @bolt.action("correct")
    def show(ack, body, client):
        ack()
        output = field("output", initial_value="old", dispatch_action_config=CONFIG)
        view = modal(output | {"dispatch_action": True}, field("note"))
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @bolt.action("output")
    def note(ack, body):
        ack()
        heard.append(body)

    bolt.view_closed("correct")(lambda ack: ack())
    connect(bolt)
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    return opened["view_id"], heard


def test_what_is_typed_is_sent_with_all_that_was_typed_before(sandbox, typing):
    view_id, heard = typing
    typed = {"output": "new & <b>", "note": "why"}
    for given in ({"value": "new & <b>", "values": typed}, {"values": typed | {"output": ""}}):
        sandbox.act("click", user="ana", view_id=view_id, action_id="output", **given)
    first, second = heard
    action = first["actions"][0]
    assert (action["type"], action["value"]) == ("plain_text_input", "new & <b>")
    assert (action["block_id"], first["container"]["view_id"]) == ("output", view_id)
    values = first["view"]["state"]["values"]
    assert values["output"]["output"]["value"] == "new & <b>"
    assert values["note"]["note"]["value"] == "why"
    assert second["actions"][0]["value"] is None
    assert second["view"]["state"]["values"]["output"]["output"]["value"] is None


def test_a_field_that_is_not_sent_as_it_is_typed_cannot_be_clicked(sandbox, typing):
    view_id, _ = typing
    body = {"user": "ana", "view_id": view_id, "action_id": "note", "value": "x"}
    status, answer = sandbox.request("/sandbox/click", body)
    assert (status, "only sent with the whole form" in answer["error"]) == (400, True)


def test_what_was_chosen_stays_chosen_beside_another_menu_of_its_block(
    sandbox, bolt, connect, channel, card
):
    options = [{"text": text(each), "value": each} for each in ("a", "b")]
    menus = [
        {"type": "static_select", "action_id": each, "options": options} for each in ("one", "two")
    ]

    @bolt.action("correct")
    def show(ack, body, client):
        ack()
        view = modal({"type": "actions", "block_id": "menus", "elements": menus})
        client.views_open(trigger_id=body["trigger_id"], view=view)

    for each in ("one", "two"):
        bolt.action(each)(lambda ack: ack())
    connect(bolt)
    opened = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    for name, value in (("one", "a"), ("two", "b")):
        click = {"view_id": opened["view_id"], "action_id": name, "value": value}
        sandbox.act("click", user="ana", **click)
    chosen = sandbox.state()["views"][0]["state"]["values"]["menus"]
    assert {name: each["selected_option"]["value"] for name, each in chosen.items()} == {
        "one": "a",
        "two": "b",
    }


def test_when_a_pushed_form_is_submitted_the_view_below_shows_again(
    sandbox, bolt, bot, connect, channel, card, window
):
    root = modal(field("note"), {"type": "actions", "elements": [BUTTON | {"action_id": "deeper"}]})

    @bolt.action("correct")
    def show(ack, body, client):
        ack()
        client.views_open(trigger_id=body["trigger_id"], view=root | {"callback_id": "review"})

    @bolt.action("deeper")
    def deeper(ack, body, client):
        ack()
        client.views_push(
            trigger_id=body["trigger_id"], view=modal(field("output"), notify_on_close=True)
        )

    submitted = []

    @bolt.view("correct")
    def submit(ack, view):
        submitted.append(view)
        ack()

    connect(bolt)
    own = window("ana")
    below = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    click = {"user": "ana", "view_id": below["view_id"], "action_id": "deeper"}
    above = sandbox.act("click", **click, values={"note": "kept"})
    own.until(lambda it: len(it.of("view")) == 2)
    assert sorted((v["depth"], v["callback_id"]) for v in own.of("view")) == [
        (0, "review"),
        (1, "correct"),
    ]
    sandbox.act("submit", user="ana", view_id=above["view_id"], values={"output": "x"})
    (view,) = submitted
    assert (view["root_view_id"], view["previous_view_id"]) == (below["view_id"], below["view_id"])
    own.until(lambda it: len(it.of("view")) == 1)
    (shown,) = own.of("view")
    assert (shown["id"], shown["depth"], "kept" in shown["html"]) == (below["view_id"], 0, True)
    bot.views_update(view_id=below["view_id"], view=modal(field("note", initial_value="next")))
    own.until(lambda it: it.of("view")[0]["hash"] != shown["hash"])


def test_a_form_that_is_closed_while_the_app_thinks_stays_closed(
    sandbox, bolt, connect, channel, card
):
    thinking, closed = threading.Event(), threading.Event()

    @bolt.action("correct")
    def show(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=modal(field("output")))
        ack()

    @bolt.view("correct")
    def think(ack):
        thinking.set()
        closed.wait(2)
        ack(response_action="push", view=modal(field("more")))

    connect(bolt)
    asked = {"user": "ana", "channel": channel, "ts": card, "action_id": "correct"}
    form = {"user": "ana", "view_id": sandbox.act("click", **asked)["view_id"]}
    with ThreadPoolExecutor() as pool:
        saving = pool.submit(sandbox.request, "/sandbox/submit", form | {"values": {"output": "x"}})
        assert thinking.wait(2)
        sandbox.act("close", **form)
        closed.set()
        assert saving.result() == (200, {})
    assert sandbox.state()["views"] == []


def test_a_home_published_meanwhile_is_not_what_a_click_led_to(
    sandbox, bolt, connect, channel, card
):
    @bolt.action("correct")
    def open_modal(ack, body, client):
        opened = client.views_open(trigger_id=body["trigger_id"], view=modal(field("output")))
        home = {"type": "home", "blocks": [{"type": "divider"}]}
        client.views_publish(user_id=body["user"]["id"], view=home)
        ack()
        seen.append(opened["view"]["id"])

    seen = []
    connect(bolt)
    answer = sandbox.act("click", user="ana", channel=channel, ts=card, action_id="correct")
    assert answer["view_id"] == seen[0]
