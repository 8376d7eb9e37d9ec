"""Modals: opened, pushed, updated, submitted, refused and closed, with a real Bolt app."""

import time

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
