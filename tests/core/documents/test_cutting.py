import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.documents import Document, cut
from core.documents.base import Mark

_TEXTS = st.lists(
    st.sampled_from(
        [
            "word",
            "dose ",
            "5 mg. ",
            "每天两次。",
            "，",
            "\n\n",
            "\n- item ",
            "\n| a | b |",
            "x" * 90,
        ]
    ),
    max_size=120,
).map("".join)


def _cut(text, target=100, overlap=12, marks=(), kind="section"):
    return cut(Document("a.md", text, tuple(Mark(*mark) for mark in marks), kind), target, overlap)


@settings(max_examples=150, deadline=None)
@given(_TEXTS)
def test_passages_are_pieces_of_the_text_that_hold_all_of_it_in_order(text):
    passages, held = _cut(text), 0
    for passage in passages:
        assert passage.text == text[passage.start : passage.start + len(passage.text)]
        assert passage.text == passage.text.strip() != ""
        assert text[held : passage.start].strip() == ""
        held = passage.start + len(passage.text)
    assert text[held:].strip() == ""
    assert passages == _cut(text)


@settings(max_examples=150, deadline=None)
@given(_TEXTS)
def test_no_passage_begins_or_ends_inside_a_word(text):
    for passage in _cut(text):
        for place in (passage.start, passage.start + len(passage.text)):
            around = text[max(place - 1, 0) : place + 1]
            assert not re.fullmatch("[a-z0-9]{2}", around)


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
def test_a_passage_is_longer_than_it_should_be_only_for_a_long_word(text):
    longest = max(map(len, text.split()), default=0)
    assert all(len(passage.text) <= 125 + longest for passage in _cut(text))


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        (("One two three. " * 6 + "\n\n") * 4, "three."),
        ("She said: stop! " * 30, "stop!"),
        ("每天两次，饭后服用。" * 40, "。"),
        ("\n".join(f"- take {n} tablets with water and food" for n in range(20)), "food"),
        ("| a | b | c | d |\n" * 40, "|"),
    ],
)
def test_a_cut_lies_at_the_end_of_a_sentence_an_item_or_a_row(text, ends):
    passages = _cut(text)
    assert len(passages) > 2
    assert all(passage.text.endswith(ends) for passage in passages)


def test_an_abbreviation_ends_no_sentence():
    text = "He asked Dr. Mayer, i.e. the one on duty, e.g. at noon, for it " * 2
    assert all(not p.text.endswith(("Dr.", "i.e.", "e.g.")) for p in _cut(text, 60, 6))


def test_neighbours_overlap_but_not_across_a_heading():
    plain = "Take one with water. " * 30
    first, second, *_ = _cut(plain)
    shared = first.start + len(first.text) - second.start
    assert 6 <= shared <= 24
    headed = "# A\n" + "Take one. " * 9 + "\n# B\n" + "Take two. " * 9
    sections = _cut(headed, marks=[(0, "A"), (headed.index("# B"), "B")])
    assert [p.text[:3] for p in sections] == ["# A", "# B"]
    assert [p.place for p in sections] == ["a.md § A", "a.md § B"]


def test_a_heading_goes_with_what_follows_it():
    text = "x. " * 30 + "\n## A\n\n### B\n" + "y. " * 40
    marks = [(text.index("## A"), "A"), (text.index("### B"), "B")]
    passages = _cut(text, marks=marks)
    assert passages[1].text.startswith("## A\n\n### B\ny.")


def test_a_place_names_the_sections_or_pages_a_passage_is_of():
    text = "a. " * 10 + "b. " * 10 + "c. " * 10
    sections = _cut(text, marks=[(0, "Uses"), (30, ""), (60, "Doses")])
    assert [p.place for p in sections] == ["a.md § Uses … Doses"]
    pages = _cut(text, 40, 4, [(0, "1"), (30, "2"), (60, "3")], "page")
    assert pages[0].place == "a.md p. 1–2"
    assert pages[-1].place == "a.md p. 3"


def test_passages_of_a_file_without_marks_are_numbered_and_a_single_one_is_not():
    places = [passage.place for passage in _cut("One two. " * 30)]
    assert places == [f"a.md {n}/{len(places)}" for n in range(1, len(places) + 1)]
    assert [passage.place for passage in _cut("One two.")] == ["a.md"]
    assert _cut(" \n ") == []


def test_a_large_file_is_cut_in_time_that_grows_with_its_length():
    text = ("word " * 400 + "\n\n") * 500
    marks = tuple(Mark(place, "s") for place in range(0, len(text), 2002))
    passages = cut(Document("a.md", text, marks))
    assert len(passages) == 500
