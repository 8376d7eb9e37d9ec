"""How an App Home looks."""

from dataclasses import replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.gallery import Hung
from bot.homepage import MOST, PAGE, Page, Part, stranger, view
from bot.statuses import when
from core.records import Instruction
from core.votes import State, Verdict
from storage.growth import Category, Growth
from storage.home import Cast, Mine

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
LINK = "https://team.slack.com/archives/C1/p1"
RECORD = Instruction(instruction="Is it eczema?", output="It may be. Show it to a doctor.")
NOTHING = Mine(0, 0, 0, 0, 0, ())
HUNG = Hung("F1", "214 of 500 approved", "")


def growth(approved=214, target=500, this_week=41):
    days = ((date(2026, 1, 1), 0), (date(2026, 1, 5), approved))
    return Growth(days, target, (Category("general", target, approved),), this_week)


@pytest.fixture
def part():
    """Builds what one dataset has for a person."""

    def make(**changes):
        values = {
            "id": 3,
            "name": "derma",
            "lang": "en",
            "waiting": 7,
            "minutes": 5,
            "next_batch": NINE,
            "paused": False,
            "growth": growth(),
            "hung": None,
            "mine": NOTHING,
            "awaiting": None,
            "contested": False,
            "page": (),
        }
        return Part(**{**values, **changes})

    return make


@pytest.fixture
def lines(lines_of):
    """A Home as a reader sees it; a button beside a text is not among the lines."""

    def of(*parts, first=0):
        return lines_of(SimpleNamespace(**view(Page(parts, first), pictures=True)))

    return of


def cast(**changes):
    known = Cast(12, Verdict.APPROVE, NINE, State.APPROVED, False, RECORD)
    return replace(known, **changes)


def test_what_waits_comes_first_with_a_button_to_begin(part, lines):
    assert lines(part())[:3] == [
        "Your reviews",
        "divider",
        "*derma*\n*7 samples* wait for you, about 5 min",
    ]
    begin = view(Page([part()], 0), pictures=True)["blocks"][2]["accessory"]
    assert (begin["action_id"], begin["value"], begin["style"]) == ("next", "3", "primary")


def test_it_is_said_in_the_language_of_each_dataset(part, lines):
    shown = lines(part(lang="zh", name="derma-zh"), part(waiting=1, minutes=1))
    assert shown[0] == "我的评审"
    assert shown[2] == "*derma-zh*\n*7 条* 待您评审，约 5 分钟"
    assert shown[6] == "*derma*\n*1 sample* waits for you, about 1 min"


def test_when_nothing_waits_the_next_batch_is_told(part, lines):
    said = lines(part(waiting=0))[2]
    assert said == f"*derma*\nNothing waits for you here. Thank you! Next batch {when(NINE)}"
    assert "Paused" in lines(part(waiting=0, paused=True, next_batch=None))[2]


@pytest.mark.parametrize(
    ("approved", "this_week", "told"),
    [
        (214, 41, "▓▓▓▓░░░░░░ *214/500* approved · about 7 weeks left"),
        (214, 0, "▓▓▓▓░░░░░░ *214/500* approved"),
        (0, 0, "░░░░░░░░░░ *0/500* approved"),
        (1, 0, "▓░░░░░░░░░ *1/500* approved"),
        (512, 9, "▓▓▓▓▓▓▓▓▓▓ *512/500* approved"),
    ],
)
def test_progress_has_a_bar_and_a_pace_where_there_is_one(part, lines, approved, this_week, told):
    assert lines(part(growth=growth(approved, this_week=this_week)))[3] == told


def test_a_picture_stands_below_the_progress_with_its_numbers_in_words(part):
    blocks = view(Page([part(hung=HUNG)], 0), pictures=True)["blocks"]
    assert blocks[4] == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": "214 of 500 approved",
    }
    without = view(Page([part(hung=HUNG)], 0), pictures=False)["blocks"]
    assert without == [block for block in blocks if block["type"] != "image"]


def test_numbers_that_stand_for_names_are_told_above_the_picture(part):
    numbered = replace(HUNG, title="1 湿疹 · 2 痤疮")
    blocks = view(Page([part(hung=numbered)], 0), pictures=True)["blocks"]
    assert blocks[4]["title"]["text"] == "1 湿疹 · 2 痤疮"


def test_ones_own_votes_are_told_with_what_became_of_them(part, lines):
    last = (cast(), cast(verdict=Verdict.REJECT, state=State.OPEN, corrected=True))
    mine = Mine(this_week=12, in_all=87, corrections=5, decided=44, agreed=40, last=last)
    assert lines(part(mine=mine))[4:] == [
        "Your votes: 12 in the last 7 days, 87 in all · 5 corrections · "
        "40 of 44 decided as you voted",
        "Your last votes:\n✅ → ✅ Approved · Is it eczema?\n"
        "❌ → Open · corrected since · Is it eczema?",
    ]


def test_who_has_not_voted_is_not_shown_zeros(part, lines):
    assert lines(part())[4:] == ["You have not voted here yet."]


def test_a_curator_sees_samples_to_settle_with_all_that_is_said_against_them(
    part, lines, make_shown
):
    ballot = {"U0A": Verdict.APPROVE, "U0B": Verdict.REJECT}
    contested = make_shown(RECORD, state=State.CONTESTED, verdicts=ballot, flags=["U0C"])
    contested = replace(contested, reasons={"U0B": "wrong_facts"})
    shown = lines(part(awaiting=1, contested=True, page=[(contested, LINK)]))
    assert shown[5:] == [
        "*1 to settle* · those that wait for you first; votes may still decide the contested ones",
        f"sample 12 · Eczema  Contested · 1 ✅ 1 ❌ · 🚩 <@U0C> · <{LINK}|Open>"
        "  Why ❌: wrong facts",
        "Question: Is it eczema?",
        "Answer: It may be. Show it to a doctor.",
        "[settle_approve=12:0] [settle_reject=12:0] [correct=12:0]",
    ]


def test_what_only_a_curator_can_decide_is_counted_without_more_words(part, lines, make_shown):
    page = [(make_shown(RECORD, state=State.QUEUED), LINK)]
    assert lines(part(awaiting=3, page=page))[5] == "*3 to settle*"
    assert lines(part(lang="zh", awaiting=3, page=page))[5] == "*3 条可裁定*"


def test_a_line_parts_one_sample_to_settle_from_the_next(part, lines, make_shown):
    page = [(make_shown(RECORD, state=State.QUEUED), LINK)] * 3
    shown = lines(part(awaiting=3, page=page))[6:]
    assert [place for place, line in enumerate(shown) if line == "divider"] == [4, 9]
    assert len(shown) == 14


def test_a_recipe_s_own_reason_is_shown_as_it_was_written(part, make_shown, texts_of):
    shown = make_shown(RECORD, state=State.QUEUED, reasons={"U0B": "*dose* _high_"})
    blocks = view(Page([part(awaiting=1, page=[(shown, LINK)])], 0), pictures=True)["blocks"]
    assert "Why ❌: *dose* _high_" in texts_of(blocks, "plain_text")


def test_a_curator_with_nothing_to_settle_is_told_so(part, lines):
    assert lines(part(awaiting=0))[5:] == ["No sample waits for a curator."]


@pytest.mark.parametrize(
    ("first", "buttons"),
    [
        (0, ["[home_page_forward=10]"]),
        (10, ["[home_page_back=0] [home_page_forward=20]"]),
        (20, ["[home_page_back=10]"]),
    ],
)
def test_pages_are_turned(part, lines, make_shown, first, buttons):
    page = [(make_shown(RECORD, state=State.QUEUED), None)] * 5
    shown = lines(part(awaiting=25, page=page), first=first)
    assert [line for line in shown if "home_page" in line] == buttons


def test_who_reviews_nothing_is_told_whom_to_ask():
    said = stranger("en", ["U0K", "U0L"])["blocks"][1]["text"]["text"]
    assert said.endswith("To take part, ask <@U0K>, <@U0L>.")
    assert "whoever set Winnow up" in stranger("en", [])["blocks"][1]["text"]["text"]


@pytest.mark.parametrize(("datasets", "more"), [(7, 0), (8, 0), (MOST, 0), (MOST, 22)])
def test_many_datasets_fit_into_one_home(part, make_shown, refusals, datasets, more):
    page = [(make_shown(RECORD, state=State.QUEUED), LINK)] * PAGE
    mine = Mine(1, 2, 3, 4, 4, (cast(),))
    full = part(hung=HUNG, mine=mine, awaiting=30)
    parts = [replace(full, page=page), *[full] * (datasets - 1)]
    shown = view(Page(parts, 10, more), pictures=True)
    assert len(shown["blocks"]) <= 100
    assert str(shown).count("*derma*") == datasets
    assert (f"{more} more datasets" in str(shown)) == (more > 0)
    assert refusals("view", shown) == []


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_slack_takes_every_home(make_shown, records, texts, refusals, texts_of, data):
    record, category = data.draw(records), data.draw(texts)
    shown = make_shown(record, state=State.FROZEN, category=category, flags=["U0A"])
    shown = replace(shown, reasons={"U0A": data.draw(texts)[:75]})
    last = (cast(record=record),) * 5
    one = Part(
        id=1,
        name="derma",
        lang=data.draw(st.sampled_from(["en", "zh"])),
        waiting=data.draw(st.integers(0, 3)),
        minutes=1,
        next_batch=None,
        paused=False,
        growth=growth(),
        hung=replace(HUNG, title=category[:2000]),
        mine=Mine(1, 2, 3, 4, 4, last),
        awaiting=10,
        contested=True,
        page=[(shown, LINK)] * PAGE,
    )
    home = view(Page([one], 0), pictures=True)
    assert refusals("view", home) == []
    assert [text for text in texts_of(home["blocks"], "mrkdwn") if "<!channel" in text] == []
