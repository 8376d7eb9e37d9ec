"""Hostile text shows as itself, runs nothing, reaches nobody, and loads nothing from elsewhere.

That no dialog opens and nothing is requested from elsewhere is looked at by every window.
"""

import pytest
from playwright.sync_api import expect

from core.records import Instruction

RTL = "\u202eבדיקה\u200f \u2067gnp.exe\u2069"
EVIL = (
    "<!channel> <@U1> <@U0ANA> <#C0RANDOM> <!date^0^{date}|x> &lt;b&gt; &amp;\n"
    "<script>alert(1)</script><img src=x onerror=alert(2)> \"' javascript:alert(3)\n"
    "<https://evil.example|bank> https://evil.example/?a=1&b=2 mailto:a@evil.example\n"
    "*bold* _it_ ~no~ `code` ```pre``` > quote\n- item :tada: :white_check_mark: {{7*7}} ${7*7}\n"
    + RTL
)
RECORD = Instruction(instruction=f"What is this?\n{EVIL}", output=EVIL + "\tend  of  it")
BETTER = EVIL + "\nand a second line"
NAME = '<b>Ana</b> <!channel> *x* :tada: "' + RTL


@pytest.fixture
def hostile(quiet, recipe):
    """A workspace in which Ana's name is hostile too."""
    people = [
        {"name": "ana", "real_name": NAME, "title": EVIL},
        {"name": "ben", "real_name": "Ben Okafor"},
        {"name": "kim", "real_name": "Kim Sato"},
    ]
    status, answer = quiet.slack.request("/sandbox/reset", {"people": people, "rate_limits": False})
    assert status == 200, answer
    quiet.add(recipe())
    quiet.start()
    return quiet


def test_a_sample_a_correction_and_a_name_show_as_themselves(hostile, window):
    card = hostile.card(record=RECORD, category="R&D <!channel> *x*")
    hostile.settle_down()
    ana, ben = window("ana"), window("ben")
    sections = ana.message(card.ts).locator(".bk-section")
    assert [each.text_content() for each in sections.all()] == [RECORD.instruction, RECORD.output]
    marked = ana.message(card.ts).locator(".body").locator("a, .mention, .mention-all, b, code")
    expect(marked).to_have_count(0)
    ana.agrees()

    ana.tap(ana.button(card.ts, "correct"))
    expect(ana.field("output")).to_have_value(RECORD.output)
    ana.field("output").fill(BETTER)
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    card.becomes_version(2)
    assert card.record.output == BETTER
    hostile.settle_down()
    assert BETTER in ben.message(card.ts).locator(".bk-section").all_text_contents()
    expect(ben.message(card.ts).locator(".mention")).to_have_text([f"@{NAME}"])
    expect(ben.page.locator(".mention-all")).to_have_count(0)
    ben.agrees()

    # What a person types is markup, as in Slack, and still runs nothing.
    ana.type(f"{EVIL} {NAME}")
    said = ben.messages.last
    expect(said).to_contain_text("<script>alert(1)</script>")
    assert {each.get_attribute("rel") for each in said.locator(".body a").all()} <= {"noopener"}
    assert said.locator("script, img, iframe").count() == 0
    assert NAME in said.text_content()
    assert NAME in ben.page.get_by_label("Act as").text_content()


def test_forty_thousand_characters_are_shown_and_corrected_in_parts(hostile, window, until):
    long = (EVIL + "\n") * 200
    card = hostile.card(record=Instruction(instruction="Why?", output=long[:40_000]))
    hostile.settle_down()
    ana = window("ana", phone=True)
    expect(ana.message(card.ts)).to_contain_text("Shortened")
    ana.agrees()
    ana.choose(card.ts, "full")
    ana.tap(ana.message(card.ts).locator("button.thread-summary"))
    expect(ana.thread).to_contain_text("<script>alert(1)</script>")
    ana.page.go_back()

    ana.tap(ana.button(card.ts, "correct"))
    first = ana.modal.locator("textarea").first
    first.fill("New. " + first.input_value())
    ana.tap(ana.modal.locator('[data-modal="submit"]'))
    card.becomes_version(2)
    assert card.record.output == "New. " + long[:40_000]


def test_the_page_may_run_and_load_only_its_own_files(slack, chromium):
    page = chromium.new_page()
    answer = page.goto(slack.base)
    policy = dict(
        part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";")
    )
    page.close()
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert "unsafe" not in str(policy)
    assert {"base-uri", "form-action", "frame-ancestors"} <= set(policy)


def test_a_page_from_elsewhere_can_neither_post_nor_listen(story, window, chromium):
    """A page that another site serves, in the same browser."""
    card = story.card()
    elsewhere = chromium.new_page()
    elsewhere.route("https://evil.example/", lambda route: route.fulfill(body="<p>hello</p>"))
    elsewhere.goto("https://evil.example/")
    tried = """async ([base, channel, ts]) => {
      const post = (path, body, type) => fetch(base + path, {
        method: 'POST', mode: 'no-cors', body, headers: { 'Content-Type': type } });
      const click = JSON.stringify({ user: 'ana', action_id: 'flag', channel, ts });
      await post('/sandbox/click', click, 'text/plain').catch(() => null);
      await post('/api/reactions.add',
        `token=xoxp-ana&channel=${channel}&timestamp=${ts}&name=x`,
        'application/x-www-form-urlencoded').catch(() => null);
      return new Promise(resolve => {
        const socket = new WebSocket(base.replace('http', 'ws') + '/sandbox/live?as=ana');
        socket.onmessage = () => resolve('heard');
        socket.onerror = () => resolve('refused');
      });
    }"""
    heard = elsewhere.evaluate(tried, [story.slack.base, "C0SUPPORTEN", card.ts])
    elsewhere.close()
    assert heard == "refused"
    assert story.slack.log("interaction") == []
    ana = window("ana")
    expect(ana.reaction(card.ts, "x").locator(".count")).to_have_text("1")
    assert card.verdicts == {}
