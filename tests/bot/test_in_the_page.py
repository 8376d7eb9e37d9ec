"""What the bot renders, as the sandbox's page shows it: all of it, and samples as they are."""

from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import homepage, labels
from bot.cards import ask_field, card, origin
from bot.gallery import Hung
from bot.headers import Week, header, weekly
from bot.modals import correct_view, generate_confirm_view, settle_view
from bot.naming import message as naming
from bot.review_views import full_view, refused_view, review_view
from bot.statuses import Standing, status
from core.agreement import Agreement
from core.records import Conversation, Instruction, Turn, fields
from core.votes import State, Verdict
from sandbox.blocks import message_problems, view_problems
from sandbox.inputs import with_ids
from sandbox.rendering import UNKNOWN, Names, blocks_html, view_html
from storage.batches import Progress
from storage.growth import Category, Growth
from storage.home import Cast, Mine
from storage.naming import Asked, Fate
from storage.reviewing import Look

LINK = "https://team.slack.com/archives/C1/p1"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAMES = Names(people={"U0A": "Ana", "U0B": "Ben", "U0C": "Chen"}, files={"F1": "/files/F1/a.png"})
PLACE = {"dataset": 1, "batch": 31, "channel": "C0123456789"}
HOSTILE = Instruction(
    system='"><img src=x onerror=alert(1)> </textarea>',
    instruction="<!channel> <@U0A> <https://evil.example|bank> *bold* _it_ ~no~ `code`",
    input=":smile: &amp; &lt;b&gt;\n\n  > indented\n```\nx\n```",
    output="\u202eevil\u2066 # head **md** [x](javascript:x) 湿疹*要*保湿。<script>x</script>",
)
TALK = Conversation(
    turns=(
        Turn(role="user", content="*皮肤* <!here> 发红"),
        Turn(role="assistant", content="\n:x: 多久了？\u200f"),
    )
)
VOTES = {"U0A": Verdict.APPROVE, "U0B": Verdict.REJECT}


class Page(HTMLParser):
    """The raw texts of a page (plain_text, options, fields), and all of its text."""

    def __init__(self, html):
        super().__init__()
        self.raw, self.all, self._open = [], "", []
        self.feed(str(html))
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in {"br", "hr", "img", "input"}:
            is_raw = tag in {"option", "textarea"} or dict(attrs).get("class") == "bk-raw"
            self._open.append(is_raw)
            self.raw += [""] if is_raw else []

    def handle_endtag(self, tag):
        self._open.pop()
        if tag == "textarea":
            self.raw[-1] = self.raw[-1].removeprefix("\n")

    def handle_data(self, data):
        self.all += data
        if self._open and self._open[-1]:
            self.raw[-1] += data


def show(blocks):
    blocks = with_ids(blocks)
    assert message_problems(blocks) == []
    return blocks_html(blocks, NAMES)


def show_view(view):
    view = {**view, "blocks": with_ids(view["blocks"])}
    assert view_problems(view) == []
    return view_html(view, {}, NAMES)


def cards(make_shown, lang):
    given = {"lang": lang, "dataset": "derma", "position": (3, 10), "lead": 2}
    for record in (HOSTILE, TALK):
        for state in (State.OPEN, State.CONTESTED, State.QUEUED, State.FROZEN, State.APPROVED):
            shown = make_shown(record, state=state, verdicts=VOTES, flags=["U0C"])
            yield card(shown, **given)
            yield card(shown, **given, closed=True)
            yield card(shown, **given, preview=True)
        yield card(make_shown(record, current=1), **given, link=LINK)
        yield origin(make_shown(record), lang)
    changed = HOSTILE.model_copy(update={"output": "another output"})
    yield card(make_shown(changed, revision=1, author="U0A", before=HOSTILE), **given)
    yield ask_field(make_shown(HOSTILE), lang, 7, "output", "<b>*new*</b>")
    for fate in Fate:
        yield naming(Asked(12, 0, "U0C", fate), make_shown(HOSTILE, verdicts=VOTES), lang)


def overviews(make_shown, lang):
    progress = Progress(
        number=6, size=10, decided=3, approved=214, target=500, closed=False,
        positions={44: 4}, short=((44, "C1", "1.4"),),
    )  # fmt: skip
    yield header(progress, batch=31, lang=lang, minutes=12, links=[LINK], guidelines=True)
    week = Week(
        number=6, approved=41, before=36, total=214, target=500, approval_rate=0.8,
        corrected_share=0.3, agreement=Agreement(raw=0.9, alpha=0.3, ac1=0.9, n=44),
        per_approved_usd=Decimal("0.08"), owed=[("*bites*", 12)], version=6, added=41,
        corrected=3, withdrawn=1, people={"U0A": "ben"},
    )  # fmt: skip
    yield weekly(week, lang=lang, dataset="derma")
    standing = Standing(
        "derma", {State.OPEN: 7}, 500, False, NOW, Decimal(1), Decimal(61)
    )  # fmt: skip
    awaiting = [(make_shown(HOSTILE, state=State.FROZEN, flags=["U0C"]), LINK)]
    yield status(standing, lang=lang, awaiting=awaiting)


def views(make_shown, lang):
    shown = make_shown(HOSTILE, state=State.QUEUED, verdicts=VOTES)
    yield correct_view(shown, lang=lang, channel="C1")
    yield settle_view(shown, lang=lang, verdict=Verdict.APPROVE, channel="C1")
    yield generate_confirm_view(
        lang=lang,
        dataset="derma",
        count=20,
        about="<b>*x*",
        way=None,
        most_usd=Decimal(2),
        channel="C1",
    )
    look = Look(
        shown=shown, given=dict.fromkeys(Verdict, 1), verdict=Verdict.SKIP, position=(3, 10),
        waiting=4, before=7,
    )  # fmt: skip
    yield review_view(look, lang=lang, dataset="derma", lead=2, place=PLACE)
    yield refused_view(lang=lang, dataset="derma", place=PLACE)
    yield full_view(shown, lang=lang, link=LINK)
    cast = Cast(12, Verdict.APPROVE, NOW, State.OPEN, True, HOSTILE)
    growth = Growth(((date(2026, 1, 5), 214),), 500, (Category("*x*", 1, 2),), 41)
    part = homepage.Part(
        id=1, name="derma", lang=lang, waiting=3, minutes=2, next_batch=NOW, paused=False,
        growth=growth, hung=Hung("F1", "growth", "<b>"), mine=Mine(1, 2, 3, 4, 3, (cast,)),
        awaiting=1, contested=True, page=[(shown, LINK)],
    )  # fmt: skip
    yield homepage.view(homepage.Page([part], 0), pictures=True)
    yield homepage.stranger(lang, ["U0C"])


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_all_that_the_bot_says_is_shown(make_shown, texts_of, lang):
    pages = [
        (message.blocks, show(message.blocks))
        for message in (*cards(make_shown, lang), *overviews(make_shown, lang))
    ]
    pages += [(view["blocks"], show_view(view)) for view in views(make_shown, lang)]
    for blocks, html in pages:
        assert UNKNOWN not in html
        said = Page(html).raw
        assert [text for text in texts_of(blocks, "plain_text") if text not in said] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("record", [HOSTILE, TALK])
def test_a_sample_is_on_its_card_once_and_unaltered(make_shown, record, lang):
    message = card(make_shown(record), lang=lang, dataset="d", position=(1, 2), lead=2)
    page = Page(show(message.blocks))
    for name, text in fields(record).items():
        if text:
            assert page.raw.count(text) == page.all.count(text) == 1, name
            assert page.raw.count(labels.label(record, name, lang)) == 1


@pytest.mark.parametrize("record", [HOSTILE, TALK])
def test_the_form_to_correct_a_sample_holds_its_texts(make_shown, record):
    view = correct_view(make_shown(record), lang="zh", channel="C1")
    said = Page(show_view(view)).raw
    for text in fields(record).values():
        assert text in said


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_records_of_every_kind_and_length_are_shown_as_they_are(make_shown, records, data):
    record = data.draw(records)
    message = card(make_shown(record), lang="en", dataset="d", position=None, lead=2)
    sections = [block for block in message.blocks if block["type"] == "section"]
    page = Page(show(sections))
    assert page.raw == [block["text"]["text"] for block in sections]
    assert "".join(page.raw) == page.all
