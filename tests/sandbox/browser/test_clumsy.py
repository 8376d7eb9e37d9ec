"""The page under clumsy hands: odd addresses, quick switches, things that go while one looks."""

import pytest
from playwright.sync_api import expect

SUPPORT, RANDOM = "C0SUPPORTEN", "C0RANDOM"


def plain(words):
    return {"type": "plain_text", "text": words}


@pytest.fixture
def say(sandbox):
    """Someone types into a channel; the ts."""

    def typed(text, user="ben", channel=SUPPORT, **more):
        return sandbox.act("type", user=user, channel=channel, text=text, **more)["ts"]

    return typed


def test_an_address_that_is_none_leads_to_a_channel(say, look):
    say("hello")
    page = look("/?as=ana#%E0%A4%A")
    expect(page.locator("#messages")).to_contain_text("hello")


def test_a_date_beyond_all_calendars_leaves_its_fallback(bot, look):
    date = {"type": "date", "timestamp": 10**20, "format": "{date}", "fallback": "some day"}
    section = {"type": "rich_text_section", "elements": [date]}
    blocks = [{"type": "rich_text", "elements": [section]}]
    bot.chat_postMessage(channel=SUPPORT, text="date", blocks=blocks)
    expect(look(f"/?as=ana#{SUPPORT}").locator("#messages")).to_contain_text("some day")


def test_an_open_thread_is_another_persons_after_a_switch(ana, say, look):
    ts = say("mind @ana")
    ana.reactions_add(channel=SUPPORT, timestamp=ts, name="x")
    page = look(f"/?as=ana#{SUPPORT}/{ts}")
    mine = page.locator("#replies .reaction[aria-pressed=true], #replies .mention-me")
    expect(mine).to_have_count(2)
    page.select_option("#person", "ben")
    expect(page.locator("#tip")).to_contain_text("You are Ben")
    expect(page.locator("#replies .reaction")).to_have_count(1)
    expect(mine).to_have_count(0)


def test_a_switch_of_persons_never_leaves_a_page_without_a_workspace(sandbox, say, look):
    say("hello")
    page = look(f"/?as=ana#{SUPPORT}")
    page.route_web_socket("**/sandbox/live*", lambda socket: None)  # never answers
    page.select_option("#person", "ben")
    page.locator("li.message").hover()
    page.locator('[data-tool="more"]').click()
    expect(page.get_by_role("menuitem").first).to_be_visible()


def test_the_thread_of_a_message_that_goes_is_closed(ana, say, look):
    kept, ts = say("stays"), say("goes", user="ana")
    page = look(f"/?as=ana#{SUPPORT}/{ts}")
    expect(page.locator("#thread")).to_be_visible()
    ana.chat_delete(channel=SUPPORT, ts=ts)
    expect(page.locator("#thread")).to_be_hidden()
    expect(page.locator("#notice")).to_contain_text("not here any more")
    assert page.url.endswith(f"#{SUPPORT}")
    expect(page.locator(f'li.message[data-ts="{kept}"]')).to_be_visible()


def test_what_was_mentioned_is_mentioned_after_an_edit(ana, say, look):
    ts = say("thanks @ben. and @doctors, @here & <x>", user="ana")
    page = look(f"/?as=ana#{SUPPORT}")
    page.locator("li.message").hover()
    page.locator('[data-tool="more"]').click()
    page.locator('[data-tool="edit"]').click()
    field = page.get_by_label("Edit message")
    expect(field).to_have_value("thanks @ben. and @doctors, @here & <x>")
    field.press("End")
    field.press("!")
    page.keyboard.insert_text(" " + "long " * 1000)
    field.press("Enter")
    expect(field).to_have_count(0)
    (message,) = ana.conversations_history(channel=SUPPORT)["messages"]
    mentions = "thanks <@U0BEN>. and <!subteam^S0DOCTORS>, <!here> &amp; &lt;x&gt;! long"
    assert (message["ts"], message["text"].startswith(mentions)) == (ts, True)


def test_nobody_writes_in_an_archived_channel(sandbox, say, look):
    ts = say("hello")
    page = look(f"/?as=ana#{SUPPORT}/{ts}")
    composers, closed = page.locator("form.composer"), page.locator("p.closed")
    expect(composers.locator("visible=true")).to_have_count(2)
    sandbox.act("archive", user="kim", channel=SUPPORT)
    expect(closed.locator("visible=true")).to_have_count(2)
    expect(composers.locator("visible=true")).to_have_count(0)
    sandbox.act("unarchive", user="kim", channel=SUPPORT)
    expect(composers.locator("visible=true")).to_have_count(2)


def test_the_send_button_is_ready_where_there_is_a_draft(say, look):
    say("hello")
    page = look(f"/?as=ana#{SUPPORT}")
    form = page.locator("#channel form.composer")
    form.locator("textarea").fill("half a thought")
    page.locator(f'a[data-channel="{RANDOM}"]').click()
    expect(form).not_to_have_class("composer ready")
    page.locator(f'a[data-channel="{SUPPORT}"]').click()
    expect(form).to_have_class("composer ready")


def test_a_reaction_that_is_so_already_is_no_error(ana, say, look):
    ts = say("hello")
    page = look(f"/?as=ana#{SUPPORT}")
    ana.reactions_add(channel=SUPPORT, timestamp=ts, name="x")
    pill = page.locator('.reaction[data-name="x"]')
    expect(pill).to_have_attribute("aria-pressed", "true")
    taken = '{"ok": false, "error": "no_reaction"}'
    page.route("**/api/reactions.remove", lambda route: route.fulfill(body=taken))
    pill.click()
    expect(pill).not_to_have_attribute("aria-busy", "true")
    expect(page.locator("#notice")).to_be_empty()


def test_boxes_tell_the_app_all_that_is_ticked(sandbox, bot, bolt, connect, look, until):
    told = []

    @bolt.action("pick")
    def pick(ack, action):
        ack()
        told.append([option["value"] for option in action["selected_options"]])

    connect(bolt)
    options = [{"text": plain(each), "value": each} for each in ("one", "two")]
    boxes = {"type": "checkboxes", "action_id": "pick", "options": options}
    bot.chat_postMessage(
        channel=SUPPORT, text="boxes", blocks=[{"type": "actions", "elements": [boxes]}]
    )
    page = look(f"/?as=ana#{SUPPORT}")
    for label, expected in (("one", ["one"]), ("two", ["one", "two"]), ("one", ["two"])):
        page.get_by_label(label).click()
        until(lambda expected=expected: told and told[-1] == expected)


def test_a_field_and_its_boxes_tell_the_app_what_a_modal_asks_for(
    sandbox, bot, bolt, connect, look, until
):
    told = []
    options = [{"text": plain(each), "value": each} for each in ("one", "two")]
    asked = [
        {"type": "plain_text_input", "action_id": "words"},
        {"type": "radio_buttons", "action_id": "pick", "options": options},
    ]
    inputs = [
        {"type": "input", "label": plain(each["action_id"]), "element": each}
        | {"dispatch_action": True}
        for each in asked
    ]

    @bolt.action("open")
    def show(ack, body, client):
        view = {"type": "modal", "title": plain("Form"), "submit": plain("Save"), "blocks": inputs}
        client.views_open(trigger_id=body["trigger_id"], view=view)
        ack()

    @bolt.action("words")
    def words(ack, action):
        ack()
        told.append(action["value"])

    @bolt.action("pick")
    def pick(ack, action):
        ack()
        told.append(action["selected_option"]["value"])

    connect(bolt)
    button = {"type": "button", "action_id": "open", "text": plain("Open")}
    blocks = [{"type": "actions", "elements": [button]}]
    bot.chat_postMessage(channel=SUPPORT, text="card", blocks=blocks)
    page = look(f"/?as=ana#{SUPPORT}")
    page.locator('[data-action-id="open"]').click()
    page.get_by_label("words").fill("typed")
    page.get_by_label("words").press("Enter")
    until(lambda: told == ["typed"])
    page.get_by_label("two").click()
    until(lambda: told == ["typed", "two"])
    expect(page.locator("#modal[open]")).to_be_visible()


def test_the_way_back_does_not_lead_to_a_person_who_is_not_there(say, look):
    say("hello")
    page = look("/?as=nobody")
    expect(page.locator("#person")).to_have_value("ana")
    page.go_back()
    assert page.url == "about:blank"


def test_who_goes_back_at_once_is_who_they_were(say, look):
    say("hello")
    page = look(f"/?as=ana#{SUPPORT}")
    page.evaluate("""() => {
      const person = document.getElementById("person");
      person.value = "ben";
      person.dispatchEvent(new Event("change"));
      history.back();
    }""")
    page.wait_for_url("**/?as=ana*")
    say("and again")
    expect(page.locator("#messages")).to_contain_text("and again")
    expect(page.locator("#tip")).to_contain_text("You are Ana")
    assert "as=ana" in page.url


def test_the_log_begins_anew_with_the_sandbox(sandbox, say, look):
    page = look(f"/?as=ana#{RANDOM}", "#channel h2")
    page.locator("#director-toggle").click()
    lines = page.locator("#log .title")
    say("before", user="ben")
    expect(lines).to_have_text(["message ben"])
    sandbox.act("reset", rate_limits=False)
    say("after", user="kim")
    expect(lines).to_have_text(["message kim"])


def test_an_empty_channel_says_that_it_is_empty(look):
    page = look(f"/?as=ana#{RANDOM}", "#channel h2")
    shown = "getComputedStyle(document.getElementById('messages'), '::before').content"
    assert page.evaluate(shown) == '"Nothing was written here yet."'
