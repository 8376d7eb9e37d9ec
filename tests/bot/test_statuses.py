"""The answer to `/winnow status`."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.statuses import MOST_LISTED, Standing, status, when
from core.votes import State, Verdict

LINK = "https://team.slack.com/archives/C1/p1"
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def standing(**changes):
    values = {
        "dataset": "derma",
        "counts": {State.OPEN: 7, State.CONTESTED: 1, State.FROZEN: 0, State.APPROVED: 214},
        "target": 500,
        "paused": False,
        "next_batch": NINE,
        "left_today": Decimal("1.5"),
        "left_in_all": Decimal(61),
    }
    return Standing(**{**values, **changes})


def test_everybody_sees_counts_budget_and_the_next_batch(lines_of):
    message = status(standing(), lang="en")
    assert message.text == "derma: 214/500 approved"
    assert lines_of(message) == [
        "derma: 214/500 approved",
        "Open 7 · Contested 1 · ✅ Approved 214",
        f"Next batch {when(NINE)} · $1.50 left today · $61.00 left in all",
    ]


def test_a_time_is_shown_in_the_readers_own_time_zone():
    assert when(NINE) == "<!date^1767603600^{date_short_pretty} {time}|2026-01-05 09:00 UTC>"


def test_a_paused_dataset_says_so(lines_of):
    paused = standing(paused=True, next_batch=None, left_today=None, left_in_all=None)
    assert lines_of(status(paused, lang="en"))[2:] == [
        "⏸ Paused: nothing more is generated or posted. Votes count as ever."
    ]


def test_an_empty_dataset_has_a_status(lines_of):
    empty = standing(counts={}, next_batch=None, left_today=None, left_in_all=None)
    assert lines_of(status(empty, lang="zh")) == ["derma：通过 0/500", "没有排定下一批"]


def test_curators_see_what_waits_for_them_with_buttons(make_shown, lines_of):
    frozen = make_shown(
        state=State.FROZEN, revision=1, verdicts={"U0A": Verdict.APPROVE}, flags=["U0C"]
    )
    assert lines_of(status(standing(), lang="en", awaiting=[(frozen, LINK)]))[3:] == [
        "divider",
        "*1 to settle*",
        f"sample 12 · Eczema  Frozen · 1 ✅ 0 ❌ · 🚩 <@U0C> · <{LINK}|Open>",
        "My skin is red.",
        "[settle_approve=12:1] [settle_reject=12:1]",
    ]


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        (
            "en",
            "*2 to settle* · those that wait for you first; votes may still decide the contested "
            "ones",
        ),
        ("zh", "*2 条可裁定* · 须由您裁定的在前；意见不一的，投票仍可能定下"),
    ],
)
def test_of_contested_samples_it_is_said_that_votes_may_decide(
    make_shown, lines_of, lang, expected
):
    awaiting = [(make_shown(state=state), None) for state in (State.QUEUED, State.CONTESTED)]
    assert lines_of(status(standing(), lang=lang, awaiting=awaiting))[4] == expected


def test_curators_with_nothing_to_settle_are_told_so(lines_of):
    assert lines_of(status(standing(), lang="en", awaiting=[]))[-1] == (
        "No sample waits for a curator."
    )


def test_at_most_ten_are_listed_and_the_others_counted(make_shown, lines_of):
    awaiting = [(make_shown(state=State.QUEUED), None)] * (MOST_LISTED + 3)
    lines = lines_of(status(standing(), lang="en", awaiting=awaiting))
    assert sum(line.startswith("[settle_approve") for line in lines) == MOST_LISTED
    assert lines[-1] == "… and 3 more, shown as these are settled"


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_slack_takes_every_status(make_shown, records, texts, refusals, texts_of, data):
    shown = make_shown(
        data.draw(records),
        state=data.draw(st.sampled_from([State.CONTESTED, State.QUEUED, State.FROZEN])),
        category=data.draw(texts),
    )
    awaiting = [(shown, LINK)] * data.draw(st.integers(0, 14))
    everything = standing(counts=dict.fromkeys(State, 10**6), paused=True)
    message = status(everything, lang=data.draw(st.sampled_from(["en", "zh"])), awaiting=awaiting)
    assert refusals("blocks", message.blocks) == []
    assert [text for text in texts_of(message.blocks, "mrkdwn") if "<!channel" in text] == []
