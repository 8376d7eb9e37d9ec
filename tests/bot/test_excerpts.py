"""Where long texts are cut, and what of a long record is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.excerpts import (
    MOST_TEXT,
    clip,
    excerpt,
    first_line,
    pieces,
    reading_seconds,
    units,
)
from core.records import Conversation, Instruction, Turn, fields


def conversation(*texts):
    roles = ("user", "assistant")
    turns = tuple(Turn(role=roles[n % 2], content=text) for n, text in enumerate(texts))
    return Conversation(turns=turns)


@given(st.data(), st.integers(64, 3000))
def test_pieces_are_the_text_and_none_is_too_long(texts, data, most):
    text = data.draw(texts)
    cut = pieces(text, most)
    assert "".join(cut) == text
    assert [piece for piece in cut if not 0 < units(piece) <= most] == []


@given(st.data(), st.integers(64, 500))
def test_a_clipped_text_begins_the_text_and_fits(texts, data, most):
    text = data.draw(texts)
    clipped = clip(text, most)
    assert units(clipped) <= most
    assert clipped == text or text.startswith(clipped.removesuffix("…"))


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("a" * 60 + "\n" + "b" * 60, "a" * 60 + "\n"),
        ("皮" * 50 + "。" + "肤" * 50, "皮" * 50 + "。"),
        ("word " * 30, "word " * 12),
        ("x" * 200, "x" * 64),
        ("👍🏽" * 40, "👍🏽" * 16),
        ("👩‍⚕️" * 40, "👩‍⚕️" * 12),
        ("🇩🇪" * 40, "🇩🇪" * 16),
        ("e\u0301" * 31 + "xe\u0301" * 31, "e\u0301" * 31 + "x"),
    ],
    ids=["line", "sentence", "word", "anywhere", "skin tone", "joined", "flag", "accent"],
)
def test_texts_are_cut_where_it_hurts_least(text, first):
    assert pieces(text, 64)[0] == first


def test_a_record_that_fits_is_shown_whole():
    record = conversation(*["hello"] * 12)
    shown = excerpt(record)
    assert (shown.left_out, shown.shortened, shown.tail) == (0, False, [])
    assert shown.head == [(name, text) for name, text in fields(record).items() if text]


def test_blank_fields_are_left_out():
    record = Instruction(instruction="Why?", input=" \n", output="So.", system="")
    assert [name for name, _ in excerpt(record).head] == ["instruction", "output"]


def test_of_many_turns_the_first_and_the_last_two_are_shown():
    shown = excerpt(conversation(*[f"turn {n}" for n in range(1, 15)]))
    assert shown.head == [("turn-1", "turn 1"), ("turn-2", "turn 2")]
    assert shown.left_out == 10
    assert shown.tail == [("turn-13", "turn 13"), ("turn-14", "turn 14")]
    assert shown.shortened


def test_of_a_long_history_the_first_and_the_last_two_are_shown():
    pairs = tuple((f"q{n}", f"a{n}") for n in range(7))
    shown = excerpt(Instruction(instruction="And now?", output="Yes.", history=pairs))
    assert [name for name, _ in shown.head] == ["history-1", "history-2"]
    assert shown.left_out == 10
    assert [name for name, _ in shown.tail] == [
        "history-13", "history-14", "instruction", "output",
    ]  # fmt: skip


def test_what_is_too_long_is_clipped_and_short_texts_stay_whole():
    record = Instruction(instruction="Why?", input="i" * 20_000, output="o" * 20_000)
    shown = dict(excerpt(record).head)
    assert shown["instruction"] == "Why?"
    assert units(shown["input"]) == units(shown["output"]) == (MOST_TEXT - len("Why?")) // 2


@given(st.data())
def test_an_excerpt_is_never_too_long(records, data):
    shown = excerpt(data.draw(records))
    listed = shown.head + shown.tail
    assert sum(units(text) for _, text in listed) <= MOST_TEXT
    assert [name for name, text in listed if not text.strip()] == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Instruction(instruction="\nFirst line\nsecond", output="x"), "First line"),
        (conversation("皮" * 200, "答"), "皮" * 79 + "…"),
    ],
)
def test_the_first_line_names_a_sample(record, expected):
    assert first_line(record) == expected


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("word " * 125, 30), ("皮" * 200, 30), ("word " * 125 + "皮" * 200, 60), ("hi", 1)],
)
def test_reading_takes_its_time(text, seconds):
    assert reading_seconds(Instruction(instruction="？", output=text)) == seconds
