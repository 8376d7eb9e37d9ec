"""Slack's mrkdwn: what is markup and what is not; long texts take no longer than they are."""

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.rendering import text_html
from sandbox.rendering.mrkdwn import is_boundary, mrkdwn
from sandbox.richtext import escaped, unescaped

LONG = 40_000


def html(text, names, **more):
    """The HTML without what every link and reference has."""
    return (
        str(mrkdwn(text, names, **more))
        .replace(' target="_blank" rel="noopener"', "")
        .replace(' dir="auto"', "")
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*b* _i_ ~s~ `c`", "<b>b</b> <i>i</i> <s>s</s> <code>c</code>"),
        ("*_b_* _*b*_ *a _b_ c*", "<b><i>b</i></b> <i><b>b</b></i> <b>a <i>b</i> c</b>"),
        ("(*b*), *b*.", "(<b>b</b>), <b>b</b>."),
        ("*b `c * d` e*", "<b>b <code>c * d</code> e</b>"),
        ("a*b*c snake_case_name 2*3*4", "a*b*c snake_case_name 2*3*4"),
        ("* b* *b * ** **b** __i__", "* b* *b * ** **b** __i__"),
        ("*a _b* c_", "<b>a _b</b> c_"),
        ("*a\nb*", "*a<br>b*"),
        ("*open _too", "*open _too"),
        ("a`b`c `` `", "a`b`c `` `"),
        ("• one\n- two\n1. three", "• one<br>- two<br>1. three"),
        ("a\r\nb\rc", "a<br>b<br>c"),
    ],
)
def test_styles_hold_within_a_line_and_between_boundaries(names, text, expected):
    assert html(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("这是*粗体*文字", "这是*粗体*文字"),
        ("这是 *粗体* 文字", "这是 <b>粗体</b> 文字"),
        ("这是，*粗体*。", "这是，*粗体*。"),
        ("这是\u200b*粗体*\u200b文字", "这是\u200b<b>粗体</b>\u200b文字"),
        ("括号：「`程式`」", "括号：「`程式`」"),
        ("✅ *过* ✅*过*✅", "✅ <b>过</b> ✅<b>过</b>✅"),
        ("✔️*过*", "✔️<b>过</b>"),
        ("हिन्दी*x*", "हिन्दी*x*"),
    ],
)
def test_beside_wide_characters_a_marker_needs_a_space(names, text, expected):
    assert html(text, names) == expected


def test_a_boundary_is_neither_a_letter_nor_a_digit_nor_wide():
    assert all(
        map(is_boundary, ["", " ", "\u3000", "(", "-", "✅", "👍", "🏽", "\ufe0f", "\u200b"])
    )
    assert not any(map(is_boundary, ["a", "é", "\u0301", "7", "７", "字", "，", "。", "「", "한"]))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a ```*x* <@U1>``` b", 'a <pre class="bk-pre">\n*x* &lt;@U1&gt;</pre> b'),
        ("a\n```\nx\n\n y\n```\nb", 'a<pre class="bk-pre">\nx\n\n y</pre>b'),
        ("```\n\nx```", '<pre class="bk-pre">\n\nx</pre>'),
        ("```a", "```a"),
        ("`````` ```", "`````` ```"),
        ("> a\n>b\nc", "<blockquote>a<br>b</blockquote>c"),
        ("&gt; a", "<blockquote>a</blockquote>"),
        ("a\n\n> b\n\nc", "a<br><br><blockquote>b</blockquote><br>c"),
        (">>> a\n> b\nc", "<blockquote>a<br>&gt; b<br>c</blockquote>"),
        ("a > b", "a &gt; b"),
        ("> *b*", "<blockquote><b>b</b></blockquote>"),
    ],
)
def test_code_and_quotes_stand_apart(names, text, expected):
    assert html(text, names) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<@U1|x> <@U9>", '<span class="mention" data-user="U1">@ana</span> '
         '<span class="mention" data-user="U9">@U9</span>'),
        ("<#C1|x>", '<span class="mention" data-channel="C1">#general</span>'),
        ("<!subteam^S1|@x>", '<span class="mention" data-usergroup="S1">@doctors</span>'),
        ("<!channel|x>", '<span class="mention mention-all">@channel</span>'),
        ("<!foo|x> <!foo> <!subteam> <@>", "x &lt;!foo&gt; &lt;!subteam&gt; &lt;@&gt;"),
        ("<!date^12^{date} {time}|then>",
         '<time data-ts="12" data-format="{date} {time}">then</time>'),
        ("<!date^12^{time}^https://x.org|then>",
         '<a href="https://x.org"><time data-ts="12" data-format="{time}">then</time></a>'),
        ("<!date^12^{time}^javascript:x|then>",
         '<time data-ts="12" data-format="{time}">then</time>'),
        ("<!date^12^{time}>", "&lt;!date^12^{time}&gt;"),
        ("<https://x.org/?a&amp;b|*x* &lt;y&gt; :x:>",
         '<a href="https://x.org/?a&amp;b">*x* &lt;y&gt; ❌</a>'),
        ("*<https://x.org|x>*", '<b><a href="https://x.org">x</a></b>'),
        ("<mailto:a@x.org|a>", '<a href="mailto:a@x.org">a</a>'),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)|x&gt;"),
        ("<data:text/html,x>", "&lt;data:text/html,x&gt;"),
        ("<https://x.org y> < b >", "&lt;https://x.org y&gt; &lt; b &gt;"),
    ],
)  # fmt: skip
def test_references_are_read_and_the_rest_stays_as_it_is_written(names, text, expected):
    assert html(text, names, verbatim=True) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("see https://x.org/a_b_c.", 'see <a href="https://x.org/a_b_c">https://x.org/a_b_c</a>.'),
        ("*https://x.org*", '<b><a href="https://x.org">https://x.org</a></b>'),
        ("https://x.org/，看", '<a href="https://x.org/">https://x.org/</a>，看'),
        ("https://x/?a&amp;b", '<a href="https://x/?a&amp;b">https://x/?a&amp;b</a>'),
        ("http://x xhttp://x https://...", '<a href="http://x">http://x</a> xhttp://x https://...'),
    ],
)
def test_addresses_are_links_unless_the_text_is_verbatim(names, text, expected):
    assert html(text, names) == expected
    assert "<a" not in html(text, names, verbatim=True)


def test_entities_are_read_once(names):
    assert html("&amp;lt; &lt;b&gt; &quot; &amp;amp;", names) == (
        "&amp;lt; &lt;b&gt; &amp;quot; &amp;amp;"
    )


def test_emoji_codes_are_characters_where_there_is_such_an_emoji(names):
    assert html(":x: 10:30:x: :nope: :+1::skin-tone-3: :_x_:", names) == (
        "❌ 10:30❌ :nope: 👍🏼 :<i>x</i>:"
    )
    assert html("`:x:`", names) == "<code>:x:</code>"


def test_the_text_of_a_message_without_blocks_is_mrkdwn(names):
    assert text_html("*b*\n:x:", names) == (
        '<div class="bk-mrkdwn" dir="auto"><b>b</b><br>❌</div>'
    )


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="*_~`:\r\0", exclude_categories=("Cs",))))
def test_escaped_text_without_markers_reads_as_itself(read, names, text):
    lines = [line for line in text.split("\n") if not line.startswith(">")]
    plain = "\n".join(lines)
    tree = read(mrkdwn(escaped(plain), names, verbatim=True))
    assert tree.text == plain


@settings(deadline=None)
@given(st.text(alphabet="ab字，*_~`> &;lt\n:x<@U1|!>", max_size=60))
def test_no_character_is_lost_but_markers_and_what_they_mark(read, names, text):
    safe = escaped(text)
    kept = str.maketrans("", "", "*_~` >\n")
    told = read(mrkdwn(safe, names, verbatim=True)).text
    assert told.replace("❌", ":x:").translate(kept) == text.translate(kept)


@settings(deadline=None)
@given(st.data())
def test_whatever_is_written_the_html_is_harmless(read, names, hostile, data):
    text = data.draw(hostile)
    for verbatim in (True, False):
        read(mrkdwn(text, names, verbatim=verbatim))


# Length ---------------------------------------------------------------------------------------

UNITS = (
    "*", "_~", "*a ", "*a* ", "`", "`a ", "```", "```a", "<", "<a|", "<@U1", "<https://x ", ":",
    ":a", ":x:", "https://", "https://a ", "https://.", "-https://\0", ">\n", ">>>", "&lt;", "\n",
    "a", "字*", "<!date^1^", "[[", "*`_~<:",
)  # fmt: skip


def calls(work):
    """How many functions are called, those of C among them."""
    count = 0

    def note(_frame, event, _argument):
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("unit", UNITS)
def test_a_text_twice_as_long_takes_twice_the_steps(names, unit):
    def steps(length):
        return calls(lambda: mrkdwn((unit * length)[:length], names))

    steps(100)  # what is remembered of single characters
    assert steps(4_000) <= 2.2 * steps(2_000) + 50


@pytest.mark.parametrize("unit", UNITS)
def test_the_longest_text_of_slack_is_shown_whole(read, names, unit):
    text = (unit * LONG)[:LONG]
    tree = read(mrkdwn(text, names))
    marks = str.maketrans("", "", "*_~`>\n\0\N{REPLACEMENT CHARACTER}")
    assert tree.text.replace("❌", ":x:").translate(marks) == unescaped(text).translate(marks)
