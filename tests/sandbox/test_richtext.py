"""Typed text, its escaping and its rich text elements."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.richtext import composed, escaped, mentioning, normalised, unescaped

TRICKY = st.text(alphabet="&<>;ampltgt@#!|:x字✅ \nhttps/.", max_size=40) | st.text(max_size=40)


def plain_of(blocks):
    """The text that a reader of the rich text gets, with emoji and links put back."""
    parts = blocks[0]["elements"][0]["elements"]
    back = {"text": "text", "link": "url"}
    return "".join(part[back[part["type"]]] for part in parts if part["type"] in back)


@given(TRICKY)
def test_unescaping_is_the_inverse_of_escaping(raw):
    assert raw == unescaped(escaped(raw))


@given(TRICKY)
def test_what_is_stored_is_stored_again_unchanged(raw):
    once = normalised(escaped(raw))
    assert once == normalised(once) == escaped(raw)


@given(st.text(alphabet="&<>;ampltgt字x \n*_~`", max_size=40))
def test_rich_text_has_exactly_what_was_typed(raw):
    assert raw == plain_of(composed(escaped(raw))[1])


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("a & b", "a &amp; b"),
        ("a &amp; b", "a &amp; b"),
        ("1 < 2 > 0", "1 &lt; 2 &gt; 0"),
        ("<@U0ANA> hi", "<@U0ANA> hi"),
        ("<!here> & <https://x.org/?a&b|x>", "<!here> &amp; <https://x.org/?a&amp;b|x>"),
        ("<b>", "&lt;b&gt;"),
        ("see https://x.org/a.", "see <https://x.org/a>."),
        ("✅👍", ":white_check_mark::+1:"),
    ],
)
def test_what_the_web_api_is_given_is_stored_as_slack_stores_it(text, stored):
    assert stored == composed(text)[0]


def test_names_become_references_where_somebody_has_them():
    handles = {"ana": "@U0ANA", "doctors": "!subteam^S0DOCTORS"}
    text = mentioning("@ana, @doctors, @nobody, x@ana.org", handles)
    assert text == "<@U0ANA>, <!subteam^S0DOCTORS>, @nobody, x@ana.org"
    kinds = [each["type"] for each in composed(text)[1][0]["elements"][0]["elements"]]
    assert kinds == ["user", "text", "usergroup", "text"]


def test_references_of_every_kind_are_elements():
    blocks = composed("<#C1|x> <!here> <mailto:a@b.org|a> :x: :nosuch:")[1]
    elements = blocks[0]["elements"][0]["elements"]
    assert [element["type"] for element in elements] == [
        "channel",
        "text",
        "broadcast",
        "text",
        "link",
        "text",
        "emoji",
        "text",
    ]
