"""What a newcomer stumbled over: panels, pills and places of the page that were in the way."""

import pytest
from playwright.sync_api import expect

SUPPORT, RANDOM = "C0SUPPORTEN", "C0RANDOM"
LAPTOP, WIDE, PHONE = (
    {"width": 1280, "height": 800},
    {"width": 1600, "height": 900},
    {"width": 390, "height": 844},
)
LONG = "A paragraph that takes some room on the screen. " * 12
TOP = "ts => document.getElementById(`m-${ts}`).getBoundingClientRect().top"


def plain(words):
    return {"type": "plain_text", "text": words}


@pytest.fixture
def say(sandbox):
    """Someone types into a channel; the ts."""

    def typed(text, user="ben", channel=SUPPORT, **more):
        return sandbox.act("type", user=user, channel=channel, text=text, **more)["ts"]

    return typed


@pytest.fixture
def at(look):
    """Opens the page in a window of a size."""

    def opened(path, size=LAPTOP):
        page = look(path)
        page.set_viewport_size(size)
        return page

    return opened


def open_thread(page, ts):
    row = page.locator(f'#messages > li[data-ts="{ts}"]')
    row.hover()
    row.locator('[data-tool="thread"]').click()


def test_the_directors_panel_and_a_thread_make_room_for_each_other(say, at):
    ts = say("hello")
    page = at(f"/?as=ana#{SUPPORT}")
    director, thread = page.locator("#director"), page.locator("#thread")
    page.locator("#director-toggle").click()
    open_thread(page, ts)
    expect(thread).to_be_visible()
    expect(director).to_be_hidden()
    page.locator("#reply").fill("nothing covers this")
    page.locator("#director-toggle").click()
    expect(director).to_be_visible()
    expect(thread).to_be_hidden()


def test_there_is_room_for_both_in_a_wide_window_until_it_is_made_narrow(say, at):
    page = at(f"/?as=ana#{SUPPORT}/{say('hello')}", WIDE)
    page.locator("#director-toggle").click()
    expect(page.locator("#director")).to_be_visible()
    expect(page.locator("#thread")).to_be_visible()
    page.set_viewport_size(LAPTOP)
    expect(page.locator("#director")).to_be_hidden()
    expect(page.locator("#thread")).to_be_visible()


@pytest.fixture
def long_channel(say):
    """A channel of several screens; the ts of its messages."""
    return [say(f"{number}. {LONG}", user="kim") for number in range(12)]


def scroll(page, ts, below=120):
    """Put a message so far below the upper edge of the list."""
    expect(page.locator(f'#messages > li[data-ts="{ts}"]')).to_be_attached()
    page.evaluate(
        """([ts, below]) => {
          const list = document.getElementById("history");
          const { top } = document.getElementById(`m-${ts}`).getBoundingClientRect();
          list.scrollTop += top - list.getBoundingClientRect().top - below;
        }""",
        [ts, below],
    )


def test_a_pill_for_one_person_goes_with_them(bot, long_channel, at):
    page = at(f"/?as=ana#{SUPPORT}")
    scroll(page, long_channel[2])
    bot.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="for ana")
    answer = page.get_by_role("button", name="An answer, only visible to you")
    expect(answer).to_be_visible()
    page.select_option("#person", "ben")
    expect(page.locator("#tip")).to_contain_text("You are Ben")
    expect(page.get_by_role("button", name="Latest messages")).to_be_visible()
    expect(answer).to_have_count(0)


def test_a_pill_goes_when_its_answer_is_seen(bot, say, long_channel, at):
    page = at(f"/?as=ana#{SUPPORT}")
    scroll(page, long_channel[2])
    ts = bot.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="for ana")["message_ts"]
    for number in range(8):
        say(f"later {number}. {LONG}", user="kim")
    expect(page.locator("#messages")).to_contain_text("later 7")
    answer = page.get_by_role("button", name="An answer, only visible to you")
    expect(answer).to_be_visible()
    scroll(page, ts)
    expect(page.get_by_role("button", name="Latest messages")).to_be_visible()
    expect(answer).to_have_count(0)


def test_a_mention_in_a_thread_is_seen_once_for_all(say, long_channel, at):
    first = long_channel[0]
    say("what do you say, @ana?", thread_ts=first)
    page = at(f"/?as=ana#{SUPPORT}")
    scroll(page, long_channel[3])
    pill = page.get_by_role("button", name="You are mentioned in a thread")
    pill.click()
    expect(page.locator("#replies")).to_contain_text("what do you say")
    expect(pill).to_be_hidden()
    page.get_by_role("button", name="Close thread").click()
    expect(page.locator("#thread")).to_be_hidden()
    expect(pill).to_be_hidden()


def test_pills_fit_on_a_phone(bot, say, long_channel, at):
    say("what do you say, @ana?", thread_ts=long_channel[0])
    page = at(f"/?as=ana#{SUPPORT}", PHONE)
    scroll(page, long_channel[3])
    bot.chat_postEphemeral(channel=SUPPORT, user="U0ANA", text="for ana")
    pills = page.locator(".jump:visible")
    expect(pills).to_have_text(["An answer, only visible to you"])
    page.reload()
    scroll(page, long_channel[3])
    expect(pills).to_have_count(2)
    for pill in pills.all():
        box = pill.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]


def test_who_acts_as_another_sees_the_same_message_at_the_same_place(long_channel, at):
    page = at(f"/?as=ana#{SUPPORT}")
    ts = long_channel[7]
    scroll(page, ts)
    before = page.evaluate(TOP, ts)
    page.select_option("#person", "ben")
    expect(page.locator("#tip")).to_contain_text("You are Ben")
    assert abs(page.evaluate(TOP, ts) - before) <= 1


def test_a_channel_opens_where_one_left_it_and_at_new_for_who_opens_it_first(long_channel, at):
    page = at(f"/?as=ana#{SUPPORT}")
    ts, support = long_channel[7], page.locator(f'a[data-channel="{SUPPORT}"]')
    scroll(page, ts)
    before = page.evaluate(TOP, ts)
    page.locator(f'a[data-channel="{RANDOM}"]').click()
    support.click()
    assert abs(page.evaluate(TOP, ts) - before) <= 1
    page.locator(f'a[data-channel="{RANDOM}"]').click()
    page.select_option("#person", "ben")
    expect(page.locator("#tip")).to_contain_text("You are Ben")
    support.click()
    expect(page.locator("#messages .divider.new")).to_be_in_viewport()


def test_the_bare_address_opens_where_most_is_unread_or_where_one_was(say, at):
    say("one", channel=RANDOM)
    for words in ("one", "two"):
        say(words)
    page = at("/?as=ana")
    page.wait_for_url(f"**/?as=ana#{SUPPORT}")
    expect(page.locator("a.has-unread")).to_have_text(["# random1"])
    page.locator(f'a[data-channel="{RANDOM}"]').click()
    page.locator(f'a[data-channel="{SUPPORT}"]').click()
    expect(page.locator("a.has-unread")).to_have_count(0)
    page.goto(page.url.partition("?")[0] + "?as=ana")
    page.wait_for_url(f"**#{SUPPORT}")


def test_the_first_cards_reactions_are_in_view(bot, at):
    header = [{"type": "header", "text": plain("Batch 1")}]
    header += [{"type": "section", "text": plain("line")}, {"type": "divider"}]
    card = [{"type": "section", "text": plain("A line.\n" * 14)}]
    buttons = {"type": "button", "text": plain("Correct"), "action_id": "correct"}
    bot.chat_postMessage(channel=SUPPORT, text="header", blocks=header)
    actions = [{"type": "actions", "elements": [buttons]}]
    ts = bot.chat_postMessage(channel=SUPPORT, text="card", blocks=card + actions)["ts"]
    bot.reactions_add(channel=SUPPORT, timestamp=ts, name="x")
    page = at(f"/?as=ana#{SUPPORT}")
    composer = page.locator("#channel .box")
    assert composer.bounding_box()["height"] <= 48
    page.evaluate("document.getElementById('history').scrollTop = 0")
    pill = page.locator(".reaction").bounding_box()
    assert pill["y"] + pill["height"] < composer.bounding_box()["y"]
    hint = page.get_by_text("Shift + Enter for a new line")
    expect(hint).to_be_hidden()
    before = composer.bounding_box()
    page.locator("#message").focus()
    expect(hint).to_be_visible()
    assert composer.bounding_box() == before


def test_a_fault_says_at_its_button_what_became_of_it(bot, say, at):
    say("hello")
    page = at(f"/?as=ana#{SUPPORT}")
    page.locator("#director-toggle").click()

    def press(kind):
        page.locator(f'[data-fault="{kind}"]').click()
        return page.locator(f"li:has([data-fault='{kind}']) .fault-state")

    state = press("lost_event")
    expect(state).to_have_text("armed: strikes the next event")
    say("nobody hears this")
    expect(state).to_contain_text("struck message")
    expect(press("disconnect")).to_contain_text("done at")


def test_another_pace_is_taken_up_while_they_play(say, at):
    say("hello")
    page = at(f"/?as=ana#{SUPPORT}")
    page.locator("#director-toggle").click()
    page.locator('[data-play="start"]').click()
    expect(page.locator(".playing")).to_contain_text("every 1.5 s")
    page.locator("#pace").select_option("slow")
    expect(page.locator(".playing")).to_contain_text("every 4 s")
    page.locator('[data-play="stop"]').click()
    expect(page.locator(".playing")).to_be_empty()
    page.locator("#pace").select_option("fast")
    expect(page.locator(".playing")).to_be_empty()


def test_edited_stands_in_the_text_beside_a_button(bot, at):
    button = {"type": "button", "text": plain("Show"), "action_id": "show"}
    blocks = [{"type": "section", "text": plain("Approved"), "accessory": button}]
    ts = bot.chat_postMessage(channel=SUPPORT, text="card", blocks=blocks)["ts"]
    bot.chat_update(channel=SUPPORT, ts=ts, text="decided", blocks=blocks)
    page = at(f"/?as=ana#{SUPPORT}")
    content = "node => getComputedStyle(node, '::after').content"
    words = page.locator(".bk-section .bk-raw").first
    assert words.evaluate(content) == '" (edited)"'
    assert page.locator(".bk-section").evaluate(content) == "none"


def test_a_phone_shows_only_the_name_of_who_one_is(say, at):
    say("hello")
    page = at(f"/?as=chen#{SUPPORT}")
    chosen = page.locator("#person option:checked")
    expect(chosen).to_contain_text("·")
    page.set_viewport_size(PHONE)
    expect(chosen).not_to_contain_text("·")
    page.set_viewport_size(LAPTOP)
    expect(chosen).to_contain_text("·")


def test_a_modal_is_in_the_window_that_opened_it(sandbox, bot, bolt, connect, at):
    form = {"type": "modal", "title": plain("Form"), "blocks": [{"type": "divider"}]}

    @bolt.action("open")
    def show(ack, body, client):
        client.views_open(trigger_id=body["trigger_id"], view=form)
        ack()

    connect(bolt)
    button = {"type": "button", "action_id": "open", "text": plain("Open")}
    blocks = [{"type": "actions", "elements": [button]}]
    ts = bot.chat_postMessage(channel=SUPPORT, text="card", blocks=blocks)["ts"]
    one, other = at(f"/?as=ana#{SUPPORT}"), at(f"/?as=ana#{SUPPORT}")
    modals = [page.locator("#modal[open]") for page in (one, other)]
    one.locator('[data-action-id="open"]').click()
    expect(modals[0]).to_be_visible()
    other.locator('[data-action-id="open"]').click()
    expect(modals[1]).to_be_visible()
    expect(modals[0]).to_be_visible()
    other.locator('[data-modal="close"]').click()
    expect(modals[1]).to_have_count(0)
    one.reload()
    expect(modals[0]).to_be_visible()
    one.locator('[data-modal="close"]').click()
    expect(modals[0]).to_have_count(0)
    sandbox.act("click", user="ana", channel=SUPPORT, ts=ts, action_id="open")
    for modal in modals:
        expect(modal).to_be_visible()


def test_tomorrow_is_written_small_within_a_line(bot, at):
    soon = int(bot.chat_postMessage(channel=SUPPORT, text="now")["ts"].split(".")[0]) + 86_400
    date = f"<!date^{soon}^{{date_short_pretty}} {{time}}|soon>"
    text = f"{date} is the *next batch {date}*\n{date} it comes. {date}"
    bot.chat_postMessage(channel=SUPPORT, text=text)
    page = at(f"/?as=ana#{SUPPORT}")
    dates = page.locator("#messages time[data-format]")
    expect(dates).to_have_count(4)
    found = [words.split()[0] for words in dates.all_text_contents()]
    assert found == ["Tomorrow", "tomorrow", "Tomorrow", "Tomorrow"]
