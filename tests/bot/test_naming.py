"""The message that names a reviewer: asked for, and quiet once that is over."""

import pytest

from bot.naming import message
from core.naming import Fate
from core.votes import State, Verdict
from storage.naming import Asked

SPLIT = {"U0A": Verdict.APPROVE, "U0B": Verdict.REJECT}


def asked(fate=Fate.WAITS):
    return Asked(sample=12, revision=0, user="U0DORA", fate=fate)


def disputed(make_shown, **reasons):
    return make_shown(state=State.CONTESTED, verdicts=SPLIT, reasons=reasons)


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            [
                "<@U0DORA> opinions differ here: your vote, please (~10 s).",
                "Reason: missing warning",
            ],
        ),
        ("zh", ["<@U0DORA> 这条意见不一，请您投一票，约10秒。", "理由：缺少必要提示"]),
    ],
)
def test_who_is_named_reads_how_long_it_takes_and_what_is_doubted(
    make_shown, lines_of, refusals, lang, expected
):
    told = message(asked(), disputed(make_shown, U0B="missing_warning"), lang)
    assert lines_of(told) == [
        *expected,
        "[vote_approve=12:0] [vote_reject=12:0] [someone_else=12:0]",
    ]
    assert told.text == expected[0]
    assert refusals("blocks", told.blocks) == []


def test_without_a_reason_none_is_told_and_of_two_alike_one(make_shown, lines_of):
    assert len(lines_of(message(asked(), disputed(make_shown), "en"))) == 2
    alike = disputed(make_shown, U0B="tone", U0C="wrong dose", U0D="tone")
    assert lines_of(message(asked(), alike, "en"))[1] == "Reason: tone · wrong dose"


def test_a_reason_of_the_recipe_is_no_markup_and_calls_nobody(make_shown, texts_of, refusals):
    reasons = {f"U0{n}": f"<!channel> *{n}* {'x' * 60}" for n in range(9)}
    told = message(asked(), disputed(make_shown, **reasons), "en")
    assert texts_of(told.blocks, "mrkdwn") == [told.text]
    assert refusals("blocks", told.blocks) == []


@pytest.mark.parametrize(
    ("fate", "english", "chinese"),
    [
        (Fate.VOTED, "was asked and has answered.", "曾请 <@U0DORA> 投一票，已答复。"),
        (Fate.PASSED, "was asked and passed it on.", "曾请 <@U0DORA> 投一票，已转给别人。"),
        (Fate.OVER, "was asked; it is no longer needed.", "曾请 <@U0DORA> 投一票，现已不需要。"),
    ],
)
def test_afterwards_one_quiet_line_is_left(make_shown, lines_of, fate, english, chinese):
    shown = disputed(make_shown, U0B="tone")
    assert lines_of(message(asked(fate), shown, "en")) == [f"<@U0DORA> {english}"]
    assert lines_of(message(asked(fate), shown, "zh")) == [chinese]
