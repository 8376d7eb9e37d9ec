"""Variants of texts by rule: what is kept of the text, and what language they are in."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sandbox import banks
from sandbox.variants import in_language, language_of, reworded, sentences, shortened

TEXTS = [
    text
    for name in banks.names()
    for entry in banks.load(name)
    for text in entry.said
    if entry.flaw != "wrong_language"
]


def figures(text):
    return set(re.findall(r"\d+(?:[.,]\d+)*", unicodedata.normalize("NFKC", text)))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How do I reset it?", "en"),
        ("怎么重置？", "zh"),
        ("用 Nestrel app 备份 Windows 10", "zh"),
        ("Say 你好 to somebody from Beijing", "en"),
        ("", "en"),
        ("42", "en"),
    ],
)
def test_a_language_is_told_by_its_letters(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_text_in_another_language_keeps_its_figures(language):
    for text in TEXTS:
        varied = in_language(text, language)
        assert varied != text
        assert language_of(varied) == language
        assert figures(text) <= figures(varied)


def test_rewording_never_opens_twice_alike():
    text = "And now?"
    for _ in range(3):
        text, before = reworded(text), text
        assert text.endswith(before)
        assert not re.match(r"(.+?[,:] )\1", text)


@given(st.text(min_size=2))
@example("One sentence alone that is long")
@example("a.b c 3.14159 and nothing else")
@settings(max_examples=200)
def test_what_is_shortened_begins_alike_and_is_shorter(text):
    short = shortened(text)
    assert short in text
    assert len(short) < len(text)


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) > 40][::5])
def test_a_shorter_answer_adds_no_figure_and_is_no_stump(text):
    short = shortened(text)
    assert 0 < len(short) <= 0.7 * len(text)
    assert figures(short) <= figures(text)


def test_sentences_stand_in_their_text_to_the_character():
    text = "Take 2.5 ml at once.  Then wait!\n\n- one item\n“Why?” she said. 先等等。再看！"
    found = ["Take 2.5 ml at once.", "Then wait!", "- one item", "“Why?” she said.", "先等等。"]
    assert sentences(text) == [*found, "再看！"]
    assert all(sentence in text for sentence in sentences(text))


def test_a_record_keeps_its_shape():
    record = {"turns": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": ""}]}
    varied = in_language(record, "zh")
    assert [turn["role"] for turn in varied["turns"]] == ["user", "assistant"]
    assert language_of(varied["turns"][0]["content"]) == "zh"
    assert varied["turns"][1]["content"] == ""
