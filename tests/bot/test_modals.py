"""Modals: what they hold, and that nothing typed or untouched is altered on the way back."""

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.cards import body
from bot.modals import (
    Unsaved,
    changes_from,
    correct_view,
    generate_confirm_view,
    settle_view,
    typed_from,
    whole,
)
from core.records import Conversation, Instruction, Turn, fields
from core.votes import State, Verdict


def inputs(view):
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def untouched(view):
    """What Slack sends when nothing was typed: an empty input is null."""
    return {
        block_id: {block["element"]["action_id"]: {"value": block["element"].get("initial_value")}}
        for block_id, block in inputs(view).items()
    }


def view_of(make_shown, record, lang="en"):
    return correct_view(make_shown(record), lang=lang, channel="C1")


def altered(values, block_id, change):
    """The same values after `change` was made to one input."""
    text = values[block_id][block_id]["value"] or ""
    return {**values, block_id: {block_id: {"value": change(text) or None}}}


def test_a_conversation_is_corrected_from_its_last_answer(make_shown):
    view = correct_view(make_shown(revision=1), lang="zh", channel="C1", ts="1.2")
    assert [(name, block["label"]["text"]) for name, block in inputs(view).items()] == [
        ("turn-4", "④ 回答"),
        ("turn-1", "① 提问"),
        ("turn-2", "② 回答"),
        ("turn-3", "③ 提问"),
        ("system", "系统"),
    ]
    assert view["callback_id"] == "correct"
    assert view["blocks"][0]["elements"][0]["text"] == "保存后成为版本 3，并计作您的 ✅。"
    assert json.loads(view["private_metadata"]) == {
        "sample": 12, "revision": 1, "channel": "C1", "ts": "1.2",
    }  # fmt: skip


def test_an_instruction_is_corrected_from_its_output(make_shown):
    record = Instruction(instruction="i", output="o", history=(("q", "a"),))
    blocks = inputs(view_of(make_shown, record))
    assert list(blocks) == ["output", "instruction", "input", "history-1", "history-2", "system"]
    assert [name for name, block in blocks.items() if block["optional"]] == ["input", "system"]
    assert all(block["element"]["action_id"] == name for name, block in blocks.items())
    assert "initial_value" not in blocks["input"]["element"]


@pytest.mark.parametrize(("length", "parts"), [(3000, 1), (3001, 2), (5001, 3)])
def test_a_field_over_3000_characters_has_parts(make_shown, length, parts):
    blocks = inputs(view_of(make_shown, Instruction(instruction="i", output="o" * length)))
    names = ["output", *(f"output-{n}" for n in range(2, parts + 1))]
    assert [name for name in blocks if name.startswith("output")] == names
    if parts > 1:
        labels = [blocks[name]["label"]["text"] for name in names]
        assert labels == [f"Output ({n}/{parts})" for n in range(1, parts + 1)]


def test_what_a_window_cannot_hold_is_corrected_in_the_thread(make_shown, refusals):
    turns = tuple(Turn(role=("user", "assistant")[n % 2], content=f"turn {n}") for n in range(120))
    view = view_of(make_shown, Conversation(turns=turns))
    assert refusals("view", view) == []
    assert len(inputs(view)) == 95
    assert view["blocks"][-1]["elements"][0]["text"].startswith("26 parts are too much")
    assert changes_from(untouched(view), Conversation(turns=turns)) == {}


def test_without_any_input_there_is_nothing_to_save(make_shown, refusals):
    words = "皮肤" * 40_000
    turns = (Turn(role="user", content=words), Turn(role="assistant", content=words))
    view = view_of(make_shown, Conversation(turns=turns, system=words))
    assert (inputs(view), "submit" in view) == ({}, False)
    assert refusals("view", view) == []


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_slack_takes_every_view_of_a_record(make_shown, records, refusals, data):
    shown = make_shown(data.draw(records), revision=data.draw(st.integers(0, 3)))
    lang = data.draw(st.sampled_from(["en", "zh"]))
    verdict = data.draw(st.sampled_from([Verdict.APPROVE, Verdict.REJECT]))
    for view in (
        correct_view(shown, lang=lang, channel="C0123456789", ts="1700000000.000001"),
        settle_view(shown, lang=lang, verdict=verdict, channel="C0123456789"),
    ):
        assert refusals("view", view) == []
        assert len(view["title"]["text"]) <= 24
        assert len(json.dumps(view)) < 250_000


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_nobody_touched_is_unchanged(make_shown, records, data):
    record = data.draw(records)
    assert changes_from(untouched(view_of(make_shown, record)), record) == {}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_what_a_client_trims_or_gives_other_line_ends_is_unchanged(make_shown, records, data):
    record = data.draw(records)
    values = untouched(view_of(make_shown, record))
    for block_id in values:
        values = altered(values, block_id, lambda text: text.replace("\r\n", "\n").strip())
    assert changes_from(values, record) == {}


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_the_parts_of_a_changed_text_join_to_the_character(make_shown, records, data):
    record = data.draw(records)
    assume(not any("¶" in text for text in fields(record).values()))
    values = untouched(view_of(make_shown, record))
    block_id = data.draw(st.sampled_from(sorted(values)))
    ends = data.draw(st.booleans())
    typed = altered(values, block_id, lambda text: f"{text}¶" if ends else f"¶{text}")
    changes = changes_from(typed, record)
    ((name, text),) = changes.items()
    assert block_id == name or block_id.startswith(f"{name}-")
    assert text.replace("¶", "", 1) == fields(record)[name]


def test_each_input_is_sent_as_it_is_typed_into(make_shown, dialogue):
    for block in inputs(view_of(make_shown, dialogue)).values():
        assert block["dispatch_action"]
        config = block["element"]["dispatch_action_config"]
        assert config == {"trigger_actions_on": ["on_character_entered"]}


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_was_typed_before_is_in_the_inputs_again(make_shown, records, refusals, data):
    record = data.draw(records)
    values = untouched(view_of(make_shown, record))
    block_id = data.draw(st.sampled_from(sorted(values)))
    typed = typed_from(altered(values, block_id, lambda text: f"{text[:2_000]}¶"), record)
    assert list(typed) == [block_id]
    lost = {name: f"{text}¶" for name, text in fields(record).items()}
    shown = make_shown(record, revision=data.draw(st.integers(0, 3)))
    lang = data.draw(st.sampled_from(["en", "zh"]))
    view = correct_view(shown, lang=lang, channel="C1", unsaved=Unsaved(typed, lost))
    assert refusals("view", view) == []
    assert len(json.dumps(view)) < 250_000
    if block_id in inputs(view):
        assert typed_from(untouched(view), record) == typed
        assert changes_from(untouched(view), record) == whole(typed, record)


def test_unsaved_texts_are_announced_with_a_way_to_start_over(make_shown, dialogue, texts_of):
    unsaved = Unsaved({"turn-4": "Rest."}, {"turn-2": "Since when?"})
    view = correct_view(make_shown(dialogue), lang="en", channel="C1", unsaved=unsaved)
    assert view["blocks"][1]["accessory"]["action_id"] == "start_over"
    assert view["blocks"][1]["accessory"]["value"] == "12:0"
    assert "②\nSince when?" in texts_of(view["blocks"], "plain_text")
    assert inputs(view)["turn-4"]["element"]["initial_value"] == "Rest."


def test_a_form_begun_afresh_has_inputs_that_slack_does_not_take_for_the_old_ones(
    make_shown, dialogue
):
    view = correct_view(make_shown(dialogue), lang="en", channel="C1", afresh=True)
    blocks = inputs(view)
    assert all(block["element"]["action_id"] != name for name, block in blocks.items())
    values = altered_afresh(view, "turn-4", "Rest.")
    assert changes_from(values, dialogue) == {"turn-4": "Rest."}


def altered_afresh(view, block_id, text):
    action_id = inputs(view)[block_id]["element"]["action_id"]
    return {**untouched(view), block_id: {action_id: {"value": text}}}


def test_an_emptied_part_leaves_no_gap_behind(make_shown):
    record = Instruction(instruction="i", output="a" * 2000 + "\n\n" + "b" * 2000)
    values = untouched(view_of(make_shown, record))
    assert list(values)[:2] == ["output", "output-2"]
    without_first = altered(values, "output", lambda text: "")
    assert changes_from(without_first, record) == {"output": "b" * 2000}
    without_last = altered(values, "output-2", lambda text: "")
    assert changes_from(without_last, record) == {"output": "a" * 2000}


def test_an_emptied_field_is_empty(make_shown):
    record = Instruction(instruction="i", input="context", output="o")
    values = untouched(view_of(make_shown, record))
    assert changes_from(altered(values, "input", lambda text: ""), record) == {"input": ""}


def test_only_changed_fields_come_back(make_shown, dialogue):
    values = untouched(view_of(make_shown, dialogue))
    values = altered(values, "turn-4", lambda text: f"{text} Twice a day.")
    assert changes_from(values, dialogue) == {"turn-4": "Use an emollient. Twice a day."}


@pytest.mark.parametrize(
    ("verdict", "title"), [(Verdict.APPROVE, "裁定通过"), (Verdict.REJECT, "裁定不通过")]
)
def test_a_settlement_asks_for_its_reason(make_shown, verdict, title):
    view = settle_view(make_shown(revision=1), lang="zh", verdict=verdict, channel="C1")
    assert (view["callback_id"], view["title"]["text"]) == ("settle", title)
    reason = inputs(view)["reason"]
    assert (reason["element"]["action_id"], reason["optional"]) == ("reason", False)
    assert json.loads(view["private_metadata"]) == {
        "sample": 12, "revision": 1, "verdict": verdict.value, "channel": "C1",
    }  # fmt: skip


def test_a_settlement_shows_the_sample_as_on_its_card_and_what_was_said(make_shown, lines_of):
    verdicts = {"U0A": Verdict.APPROVE, "U0B": Verdict.REJECT}
    shown = make_shown(
        state=State.CONTESTED, verdicts=verdicts, flags=["U0C"], reasons={"U0B": "*dose*"}
    )
    link = "https://team.slack.com/archives/C1/p1"
    view = settle_view(shown, lang="en", verdict=Verdict.REJECT, channel="C1", link=link)
    on_card = [*body(shown, "en")]
    assert view["blocks"][: len(on_card)] == on_card
    ballot = lines_of(SimpleNamespace(blocks=view["blocks"][len(on_card) : len(on_card) + 1]))
    assert ballot == [
        f"sample 12 · Eczema  Contested · 1 ✅ 1 ❌ · 🚩 <@U0C> · <{link}|Open>  Why ❌: *dose*"
    ]
    assert view["blocks"][len(on_card) + 1]["block_id"] == "reason"


def test_a_settlement_shows_a_long_sample_within_slack_s_limits(make_shown, refusals):
    words = '湿"疹\n' * 8_000
    turns = tuple(Turn(role=("user", "assistant")[n % 2], content=words) for n in range(12))
    shown = make_shown(Conversation(turns=turns, system=words), state=State.QUEUED)
    view = settle_view(shown, lang="zh", verdict=Verdict.APPROVE, channel="C1")
    assert refusals("view", view) == []
    assert len(view["blocks"]) <= 100
    assert len(json.dumps(view)) < 250_000
    assert "内容有删节，投票前请看全文。" in str(view)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("about", ["", "refunds", '"\\\n' * 2000], ids=["none", "some", "much"])
def test_a_cost_is_confirmed_for_what_is_shown(refusals, texts_of, lang, about):
    view = generate_confirm_view(
        lang=lang,
        dataset="derma",
        count=40,
        about=about,
        way=None,
        most_usd=Decimal("3.2"),
        channel="C1",
    )
    assert refusals("view", view) == []
    assert view["callback_id"] == "generate_confirm"
    assert len(view["private_metadata"]) <= 3000
    meta = json.loads(view["private_metadata"])
    assert (meta["dataset"], meta["count"], meta["channel"]) == ("derma", 40, "C1")
    shown = texts_of(view["blocks"], "plain_text")
    assert meta["about"] in ["", *shown]
    assert any("$3.20" in text for text in shown)
