from itertools import cycle, islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.diffs import diff, lines, words

OLD = "可能是急性湿疹，建议外用激素药膏，每天两次。"
NEW = "可能是急性湿疹，建议外用弱效激素药膏，每天一次。"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", []),
        ("我有湿疹", ["我", "有", "湿", "疹"]),
        ("Take 20 mg, twice.", ["Take", " ", "20", " ", "mg", ",", " ", "twice", "."]),
        ("用2%药膏", ["用", "2", "%", "药", "膏"]),
        ("a\n\n b_c", ["a", "\n\n ", "b", "_", "c"]),
        ("cafe\u0301 ok", ["cafe\u0301", " ", "ok"]),
        ("人々𠮷", ["人", "々", "𠮷"]),
        ("👩🏽ok", ["👩", "🏽", "ok"]),
    ],
)
def test_a_han_character_is_a_word_and_so_is_a_run_of_letters_or_digits(text, cut):
    assert words(text) == cut


def test_a_diff_names_the_words_that_changed():
    assert diff("Apply it twice daily.", "Apply it once daily.") == [
        ("same", "Apply it "),
        ("old", "twice"),
        ("new", "once"),
        ("same", " daily."),
    ]


def test_a_change_of_few_words_shows_one_change_and_not_a_mosaic():
    assert diff("开头甲的乙结尾", "开头丙的丁结尾") == [
        ("same", "开头"),
        ("old", "甲的乙"),
        ("new", "丙的丁"),
        ("same", "结尾"),
    ]


mixed = st.text(
    st.sampled_from("ab 1,.\n湿疹药膏\u2028") | st.characters(exclude_categories=["Cs"])
)


@given(mixed)
def test_words_joined_are_the_text(text):
    assert "".join(words(text)) == text


@given(mixed, mixed)
def test_a_diff_holds_both_texts_exactly(old, new):
    pieces = diff(old, new)

    assert "".join(text for side, text in pieces if side != "new") == old
    assert "".join(text for side, text in pieces if side != "old") == new
    assert all(text for _, text in pieces)
    assert all(a[0] != b[0] for a, b in pairwise(pieces))


@given(mixed)
def test_equal_texts_differ_nowhere(text):
    assert all(side == "same" for side, _ in diff(text, text))
    assert lines(text, text) == []


def test_lines_show_the_change_with_a_little_around_it():
    assert lines(OLD, NEW, context=4) == [
        "− …建议外用激素药膏，每天两次。",
        "+ …建议外用弱效激素药膏，每天一次。",
    ]


def test_what_stands_around_a_change_is_cut_between_words():
    assert lines(
        "Please apply it twice daily, mornings", "Please apply it once daily, mornings"
    ) == [
        "− …apply it twice daily,…",
        "+ …apply it once daily,…",
    ]


def test_changes_far_apart_are_shown_apart_and_what_lies_between_is_left_out():
    middle = "保湿。" * 20

    assert lines(f"甲{middle}乙", f"丙{middle}丁", context=3) == [
        "− 甲保湿。…",
        "+ 丙保湿。…",
        "− …保湿。乙",
        "+ …保湿。丁",
    ]


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "新", ["+ 新"]),
        ("旧", "", ["− 旧"]),
        ("一\n二", "一\r\n三", ["− 一⏎二", "+ 一⏎三"]),
    ],
)
def test_an_empty_side_has_no_line_and_a_line_break_is_one_character(old, new, shown):
    assert lines(old, new) == shown


@given(mixed, mixed, st.integers(0, 20), st.integers(1, 300))
def test_lines_stay_lines_and_within_the_limit(old, new, context, limit):
    shown = lines(old, new, context=context, limit=limit)

    assert len("\n".join(shown)) <= limit
    assert all(line == "…" or line.startswith(("− ", "+ ")) for line in shown)
    assert all(len(line.splitlines()) == 1 for line in shown)
    assert bool(shown) == (old != new)


def test_a_text_replaced_as_a_whole_is_cut_in_its_middle():
    shown = lines("旧" * 9_000, "新" * 9_000, limit=100)

    assert [line[:3] for line in shown] == ["− 旧", "+ 新"]
    assert all("…" in line for line in shown)
    assert len("\n".join(shown)) <= 100


def test_more_changes_than_fit_end_in_an_ellipsis():
    old = "".join(f"{'保湿' * 20}{digit}" for digit in range(9))
    shown = lines(old, old.replace("4", "x").replace("6", "y").replace("8", "z"), limit=80)

    assert shown[-1] == "…"
    assert len(shown) == 3


def test_ten_thousand_characters_on_each_side_are_compared():
    old = "".join(islice(cycle("皮肤湿疹药膏红肿痒痛干燥保湿"), 10_000))
    new = "".join(letter for position, letter in enumerate(old) if position % 11)
    pieces = diff(old, new)

    assert "".join(text for side, text in pieces if side != "new") == old
    assert "".join(text for side, text in pieces if side != "old") == new
