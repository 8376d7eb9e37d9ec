"""Slack's markup and back: what a person typed is what is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.markup import escape, typed, unescape

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "elements", "text", "style", "url", "unicode", "name", "indent", "offset"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    ["rich_text", "rich_text_section", "rich_text_list", "rich_text_quote",
     "rich_text_preformatted", "text", "link", "emoji", "user", "channel", "usergroup",
     "broadcast", "color", "date"]
)  # fmt: skip
ELEMENTS = st.recursive(
    st.fixed_dictionaries({"type": KINDS}, optional={"text": JSON, "unicode": JSON, "style": JSON}),
    lambda inner: st.fixed_dictionaries(
        {"type": KINDS, "elements": st.lists(inner | JSON, max_size=4)},
        optional={"offset": JSON, "indent": JSON, "style": JSON},
    ),
    max_leaves=8,
)


def rich(*parts):
    """An event whose message has rich text, as Slack's own composer sends it."""
    return {"text": "not this", "blocks": [{"type": "rich_text", "elements": list(parts)}]}


def section(*elements):
    return {"type": "rich_text_section", "elements": list(elements)}


def text(words, **style):
    return {"type": "text", "text": words, **({"style": style} if style else {})}


def bullets(*items, **more):
    listed = [section(text(item)) for item in items]
    return {"type": "rich_text_list", "style": "bullet", "elements": listed, **more}


@given(st.text())
def test_unescaping_is_the_inverse_of_escaping(words):
    assert unescape(escape(words)) == words
    assert typed({"text": escape(words)}) == words


@given(st.text())
def test_escaped_text_holds_no_markup(words):
    assert "<" not in escape(words)
    assert ">" not in escape(words)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("see <https://a.example/?x=1&amp;y=2>", "see https://a.example/?x=1&y=2"),
        ("<http://a.example|a.example> ok", "a.example ok"),
        ("<https://a.example/|a.example>", "a.example"),
        ("<https://a.example/b|the page>", "[the page](https://a.example/b)"),
        ("<mailto:ann@a.example|ann@a.example>", "ann@a.example"),
        ("<mailto:ann@a.example>", "ann@a.example"),
        ("<tel:+4930123|+4930123>", "+4930123"),
        ("<@U0A|ann> and <#C1|general>", "@ann and #general"),
        ("<@U0A> and <#C1>", "<@U0A> and <#C1>"),
        ("<!here> <!channel|channel> <!subteam^S1|@team>", "@here @channel @team"),
        ("<!subteam^S1>", "<!subteam^S1>"),
        ("<!date^1767603600^{date}|5 Jan>", "5 Jan"),
        ("if a &lt; b &amp;&amp; c &gt; d", "if a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("&lt;https://a.example&gt;", "<https://a.example>"),
        ("output: new text\nturn 4: x", "output: new text\nturn 4: x"),
    ],
)
def test_what_slack_makes_of_typed_text_reads_as_typed(sent, read):
    assert typed({"text": sent}) == read


@pytest.mark.parametrize(
    ("parts", "read"),
    [
        ([section(text("④：一天两次 <b> & *星* _下划线_"))], "④：一天两次 <b> & *星* _下划线_"),
        ([section(text("a\nb\n\nc"))], "a\nb\n\nc"),
        ([section({"type": "link", "url": "https://a.example"})], "https://a.example"),
        (
            [section({"type": "link", "url": "http://a.example", "text": "a.example"})],
            "a.example",
        ),
        (
            [section({"type": "link", "url": "mailto:ann@a.example", "text": "ann@a.example"})],
            "ann@a.example",
        ),
        (
            [section({"type": "link", "url": "https://a.example", "text": "page"})],
            "[page](https://a.example)",
        ),
        ([section({"type": "emoji", "name": "+1", "unicode": "1f44d-1f3fd"})], "👍🏽"),
        ([section({"type": "emoji", "name": "team-logo"})], ":team-logo:"),
        ([section({"type": "emoji", "name": "odd", "unicode": "d800"})], ":odd:"),
        ([section(text("ask "), {"type": "user", "user_id": "U0A"})], "ask <@U0A>"),
        ([section({"type": "broadcast", "range": "here"})], "@here"),
        ([section(text("very ", bold=True), text("red"))], "**very** red"),
        ([section(text("x = 1", code=True))], "`x = 1`"),
        ([section(text("both", bold=True, italic=True))], "**_both_**"),
        ([section(text(" ", bold=True))], " "),
        ([section(text("two:\n")), bullets("a", "b"), section(text("end"))], "two:\n- a\n- b\nend"),
        ([bullets("c", style="ordered", offset=2, indent=1)], "    3. c"),
        (
            [{"type": "rich_text_preformatted", "elements": [text("if x:\n    y")]}],
            "```\nif x:\n    y\n```",
        ),
        ([{"type": "rich_text_quote", "elements": [text("a\nb")]}], "> a\n> b"),
        ([], ""),
    ],
)
def test_rich_text_reads_as_typed(parts, read):
    assert typed(rich(*parts)) == read


@given(st.text().filter(lambda words: not words.endswith("\n")))
def test_plain_rich_text_is_read_to_the_character(words):
    assert typed(rich(section(text(words)))) == words


@given(st.dictionaries(st.sampled_from(["text", "blocks", "user"]), JSON, max_size=3))
def test_reading_never_raises_on_any_event(event):
    assert isinstance(typed(event), str)


@given(st.lists(ELEMENTS | JSON, max_size=5))
def test_reading_never_raises_on_any_rich_text(parts):
    assert isinstance(typed(rich(*parts)), str)
