"""`/winnow stats`: the numbers of a dataset, for one person."""

import pytest

YES, NO = "white_check_mark", "x"


@pytest.fixture
def decided(story):
    """Two samples approved and one rejected, with a reason."""
    cards = story.posted(3)
    for card, emoji, state in zip(
        cards, (YES, YES, NO), ("approved", "approved", "rejected"), strict=True
    ):
        for who in ("ana", "ben"):
            story.react(who, card, emoji)
        card.becomes(state)
    return cards


def test_everybody_sees_approval_agreement_categories_and_teachers(story, decided):
    answer = story.command("ana", "stats")["ephemeral"]
    assert answer["text"] == "backup-en in numbers"
    seen = story.shown(answer)
    assert "✅ Approved 2 · ❌ Rejected 1" in seen
    assert "*67%* of 3 decided are approved" in seen
    assert "Agreement is shown from 30 records with two votes on; there are 3." in seen
    assert "general 2/100 · 67% (2/3)" in seen
    assert "replay:replies.jsonl 67% (2/3)" in seen


def test_what_each_reviewer_did_is_for_curators_only(story, decided):
    assert "<@U0" not in story.shown(story.command("ana", "stats")["ephemeral"])
    seen = story.shown(story.command("kim", "stats")["ephemeral"])
    assert "<@U0ANA> ✅ 2 ❌ 1 · 0" in seen
    assert "<@U0CHEN> ✅ 0 ❌ 0 · 0" in seen


def test_the_reasons_for_rejecting_are_told(story):
    card = story.card()
    story.react("ana", card)
    story.react("ben", card, NO)
    card.becomes("contested")
    story.settle_down()
    story.click("ben", "reason", card, "tone")
    assert "Why ❌: tone 1" in story.shown(story.command("ana", "stats")["ephemeral"])


def test_a_dataset_without_anything_has_numbers_too(story):
    seen = story.shown(story.command("ana", "stats")["ephemeral"])
    assert "general 0/100 · —" in seen


def test_with_several_datasets_it_asks_which_is_meant(quiet, recipe):
    quiet.add(recipe())
    quiet.add(recipe("ui: zh\n", name="clouds-en"))
    quiet.start()
    asked = quiet.command("ana", "stats")["ephemeral"]
    told = quiet.click("ana", "choose_dataset_1", asked["ts"])["ephemeral"]
    assert told["text"] == "clouds-en 的数字"
    assert "有两票的样本达到 30 条后显示一致性" in quiet.shown(told)
