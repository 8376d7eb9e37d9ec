"""The message above a batch, and the summary of a week."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.headers import Week, header, weekly
from core.agreement import Agreement
from storage.batches import Progress

LINKS = ["https://team.slack.com/archives/C1/p4", "https://team.slack.com/archives/C1/p7"]


def progress(**changes):
    values = {
        "number": 6,
        "size": 10,
        "decided": 3,
        "approved": 214,
        "target": 500,
        "closed": False,
        "positions": {40 + n: n for n in range(1, 11)},
        "short": ((44, "C1", "1.4"), (47, "C1", "1.7")),
    }
    return Progress(**{**values, **changes})


def above(shown, **given):
    """The header above batch number 6, whose key is 31."""
    known = {"batch": 31, "lang": "en", "minutes": 0, "links": [], "guidelines": False}
    return header(shown, **{**known, **given})


def week(**changes):
    values = {
        "number": 6,
        "approved": 41,
        "before": 36,
        "total": 214,
        "target": 500,
        "approval_rate": 0.82,
        "corrected_share": 0.31,
        "agreement": Agreement(raw=0.91, alpha=0.3, ac1=0.9, n=44),
        "per_approved_usd": Decimal("0.0832"),
        "owed": [("bites", 12), ("hives", 9)],
        "version": 6,
        "added": 41,
        "corrected": 3,
        "withdrawn": 1,
        "people": {"U0A": "ben", "U0B": "Anna"},
    }
    return Week(**{**values, **changes})


def test_a_header_shows_time_progress_and_what_is_one_vote_short(lines_of):
    message = above(progress(), minutes=12, links=LINKS, guidelines=True)
    assert message.text == "Batch 6: 10 samples, about 12 min"
    title, bar, short, how, buttons = lines_of(message)
    assert title == message.text
    assert bar == "▓▓▓░░░░░░░ 3/10 decided · 214/500 approved in all"
    assert short == f"One vote short: <{LINKS[0]}|sample 4/10> · <{LINKS[1]}|sample 7/10>"
    assert how == "✅ usable as it is · ❌ not usable · ✏️ to correct it"
    assert buttons == "[one_by_one=31] [guidelines=31] [not_today=31]"


def test_what_is_one_vote_short_is_named_in_the_dataset_s_language(lines_of):
    short = lines_of(above(progress(), links=LINKS, lang="zh"))[2]
    assert short == f"还差一票：<{LINKS[0]}|第 4/10 条> · <{LINKS[1]}|第 7/10 条>"


@pytest.mark.parametrize(
    ("decided", "size", "full"),
    [(0, 12, 0), (1, 12, 1), (2, 12, 1), (3, 12, 2), (11, 12, 9), (499, 500, 9), (12, 12, 10)],
)
def test_the_bar_marks_a_beginning_and_is_full_at_the_end_only(lines_of, decided, size, full):
    bar = lines_of(above(progress(decided=decided, size=size)))[1]
    assert bar.startswith("▓" * full + "░" * (10 - full) + " ")


def test_without_guidelines_there_is_no_button_for_them(lines_of):
    message = above(progress(short=()), lang="zh")
    assert message.text == "第 6 批：10 条，约 1 分钟"
    *_, buttons = lines_of(message)
    assert buttons == "[one_by_one=31] [not_today=31]"
    labels = [element["text"]["text"] for element in message.blocks[-1]["elements"]]
    assert labels == ["▶ 逐条看", "今天不看"]


def test_a_batch_that_ended_says_so(lines_of):
    closed = progress(closed=True, decided=10, short=())
    lines = [
        "Batch 6: all 10 decided",
        "▓▓▓▓▓▓▓▓▓▓ 10/10 decided · 214/500 approved in all",
    ]
    assert lines_of(above(closed)) == lines
    assert lines_of(above(closed, guidelines=True)) == [*lines, "[guidelines=31]"]


def test_without_an_address_of_the_workspace_nothing_is_linked():
    kinds = [block["type"] for block in above(progress()).blocks]
    assert kinds == ["header", "section", "context", "actions"]


def test_links_must_be_those_of_the_samples():
    with pytest.raises(ValueError, match="shorter"):
        above(progress(), links=LINKS[:1])


def test_a_week_shows_what_is_known_of_it(lines_of, texts_of):
    message = weekly(week(), lang="en", dataset="derma")
    assert message.text == "derma, week 6"
    assert lines_of(message) == [
        "derma, week 6",
        "*41* approved (last week 36) · *214/500* · about 7 weeks left",
        "section",
        "Owed: bites 12 · hives 9",
        "v0006: +41 · corrected 3 · withdrawn 1",
        "Thanks to <@U0B>, <@U0A>",
    ]
    assert [field["text"] for field in message.blocks[2]["fields"]] == [
        "*82%*\napproved of decided",
        "*31%*\nof these corrected by experts",
        "*91%*\nagreement, n=44",
        "*$0.083*\nper approved record",
    ]


def test_what_is_not_known_of_a_week_is_not_shown(lines_of):
    unknown = week(
        approved=0,
        approval_rate=None,
        corrected_share=None,
        agreement=Agreement(raw=1.0, alpha=None, ac1=1.0, n=29),
        per_approved_usd=None,
        owed=[],
        version=None,
        people={},
    )
    assert lines_of(weekly(unknown, lang="en", dataset="derma")) == [
        "derma, week 6",
        "*0* approved (last week 36) · *214/500*",
    ]


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_slack_takes_every_header_and_summary(refusals, texts, data):
    size = data.draw(st.integers(1, 60))
    positions = {n: n for n in range(1, size + 1)}
    short = tuple((n, "C1", f"1.{n}") for n in positions)
    lang = data.draw(st.sampled_from(["en", "zh"]))
    message = above(
        progress(size=size, decided=0, positions=positions, short=short),
        lang=lang,
        minutes=size,
        links=[LINKS[0]] * size,
        guidelines=data.draw(st.booleans()),
    )
    assert refusals("blocks", message.blocks) == []
    summary = weekly(
        week(
            owed=[(data.draw(texts), n) for n in range(size)],
            people={f"U{n:08}": data.draw(st.text(max_size=5)) for n in range(size)},
        ),
        lang=lang,
        dataset="derma" * data.draw(st.integers(1, 60)),
    )
    assert refusals("blocks", summary.blocks) == []
