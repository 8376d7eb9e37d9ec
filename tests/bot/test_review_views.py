"""One by one, as it is rendered: what is shown of a sample, and which buttons there are."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.review_views import full_view, refused_view, review_view
from core.records import Instruction
from core.votes import State, Verdict
from storage.reviewing import Look

PLACE = {"dataset": 1, "batch": 31, "channel": "C0123456789"}
NONE_GIVEN = dict.fromkeys((Verdict.APPROVE, Verdict.REJECT, Verdict.SKIP), 0)


def look(shown, **more):
    known = {"verdict": None, "position": (3, 10), "waiting": 4, "before": None}
    return Look(**{"shown": shown, "given": NONE_GIVEN, **known, **more})


def render(found, **more):
    return review_view(
        found, **{"lang": "en", "dataset": "derma", "lead": 2, "place": PLACE} | more
    )


def buttons(view):
    return [
        (element["action_id"], element["value"])
        for block in view["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def shown_texts(view, texts_of):
    return [*texts_of(view["blocks"], "plain_text"), *texts_of(view["blocks"], "mrkdwn")]


def test_an_open_sample_shows_its_place_its_text_and_four_answers(make_shown, texts_of):
    view = render(look(make_shown()))
    texts = texts_of(view["blocks"], "plain_text")
    assert texts[0] == "3 of 10 · 4 left · Eczema · medium · ~10 s · written by AI"
    assert texts_of(view["blocks"], "mrkdwn") == []
    assert buttons(view) == [
        ("vote_approve", "12:0"),
        ("vote_reject", "12:0"),
        ("skip", "12:0"),
        ("correct", "12:0"),
    ]
    assert "submit" not in view
    assert json.loads(view["private_metadata"]) == {
        **PLACE, "sample": 12, "revision": 0, "state": "open",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lang", "batch", "progress"),
    [
        ("en", 31, "3 of 10 · 4 left · "), ("zh", 31, "第 3/10 条 · 还剩 4 条 · "),
        ("en", None, "4 left · "), ("zh", None, "还剩 4 条 · "),
    ],
)  # fmt: skip
def test_of_a_whole_dataset_only_what_is_left_is_counted(
    make_shown, texts_of, lang, batch, progress
):
    view = render(look(make_shown()), lang=lang, place={**PLACE, "batch": batch})
    assert texts_of(view["blocks"], "plain_text")[0].startswith(f"{progress}Eczema")


@pytest.mark.parametrize(
    ("lang", "line"),
    [("en", "Your vote: ❌ Not usable."), ("zh", "您投了：❌ 不可用。")],
)
def test_what_one_went_back_to_shows_ones_verdict_and_the_way_on(make_shown, texts_of, lang, line):
    back = look(make_shown(), verdict=Verdict.REJECT, before=7)
    view = render(back, lang=lang)
    assert any(text.startswith(line) for text in texts_of(view["blocks"], "mrkdwn"))
    assert buttons(view)[4:] == [("back", "7"), ("next", "1")]


def test_only_a_shortened_sample_has_a_button_for_the_full_text(make_shown, texts_of):
    shown = make_shown(Instruction(instruction="i", output="word " * 5_000))
    view = render(look(shown))
    assert "Shortened. Read the full text before you vote." in texts_of(
        view["blocks"], "plain_text"
    )
    assert buttons(view)[4:] == [("full_text", "12:0")]


def test_at_the_end_there_are_thanks_and_ones_own_numbers(texts_of):
    given = {Verdict.APPROVE: 3, Verdict.REJECT: 1, Verdict.SKIP: 0}
    done = look(None, position=None, waiting=0, before=7, given=given)
    view = render(done, lang="zh")
    assert shown_texts(view, texts_of)[0] == "您在本批的投票：3 ✅ · 1 ❌ · 0 不是我的专业"
    assert "*都看完了，谢谢！*" in texts_of(view["blocks"], "mrkdwn")
    assert buttons(view) == [("back", "7")]
    of_all = render(done, place={**PLACE, "batch": None})
    assert "Your votes in derma: 3 ✅ · 1 ❌ · 0 not my field" in shown_texts(of_all, texts_of)


def test_whoever_did_nothing_has_no_numbers(texts_of):
    view = render(look(None, position=None, waiting=0))
    assert shown_texts(view, texts_of) == ["*All done, thank you!*"]


def test_a_text_that_no_window_holds_goes_on_in_its_file(make_shown, refusals, texts_of):
    shown = make_shown(Instruction(instruction="i", output="湿疹" * 20_000))
    view = full_view(shown, lang="en", link="https://team.slack.com/archives/C1/p1")
    assert refusals("view", view) == []
    assert len(json.dumps(view)) < 250_000
    assert "<https://team.slack.com/archives/C1/p1|sample 12>" in str(view)
    short = full_view(make_shown(), lang="en", link=None)
    assert texts_of(short["blocks"], "mrkdwn") == []


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_slack_takes_every_sample_and_shows_it_raw(make_shown, records, refusals, texts_of, data):
    record, before = data.draw(records), data.draw(records)
    corrected = type(before) is type(record) and data.draw(st.booleans())
    shown = make_shown(
        record,
        revision=int(corrected),
        before=before if corrected else None,
        author="U0BEN" if corrected else None,
        state=data.draw(st.sampled_from([State.OPEN, State.CONTESTED, State.APPROVED])),
    )
    lang = data.draw(st.sampled_from(["en", "zh"]))
    verdict = data.draw(st.sampled_from([None, *NONE_GIVEN]))
    view = render(look(shown, verdict=verdict, before=7), lang=lang, note="Saved.")
    for each in (
        view,
        full_view(shown, lang=lang, link=None),
        refused_view(lang=lang, dataset="derma", place=PLACE),
    ):
        assert refusals("view", each) == []
        assert len(json.dumps(each)) < 250_000
    assert "<!channel>" not in "".join(texts_of(view["blocks"], "mrkdwn"))
