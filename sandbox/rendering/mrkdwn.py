r"""Slack's mrkdwn as HTML, in time that grows with the text alone.

Rules, of which Slack documents few (docs.slack.dev/messaging/formatting-message-text):

- `*b*`, `_i_`, `~s~` and `` `code` `` hold within a line, nest, and need a boundary outside and no
  space inside. A boundary is an end of the line, white space, or a character that is neither a
  letter, a digit nor East Asian wide: beside Chinese characters, and beside full-width punctuation
  such as `，`, the markers stay as they are until a space or a zero-width space stands between
  (github.com/seratch/ChatGPT-in-Slack issue 61 and pull request 121). A marker next to its like
  (`**`) stays.
- ```` ```pre``` ```` may span lines; `>` quotes a line, `>>>` all that follows; lists are plain.
- `<url|label>`, `<@U…>`, `<#C…>`, `<!here>`, `<!subteam^S…>`, `<!date^…|…>` are references, and
  their labels have no markup. What is none of these stays as it is written.
- Nothing but the three entities `&amp; &lt; &gt;` is read inside code, and they are read once.
- Addresses become links by themselves unless the text is `verbatim`.

Every pattern is possessive and starts at a character that its own body excludes or that is
consumed with it, so that no stretch of text is scanned more than a fixed number of times.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from markupsafe import Markup

from sandbox.rendering import references
from sandbox.rendering.glyphs import CODE, glyph, with_glyphs
from sandbox.rendering.names import Names
from sandbox.rendering.tags import joined, shown, tag
from sandbox.richtext import EVERYONE, unescaped

_TAGS = {"*": "b", "_": "i", "~": "s"}
_FENCE = "```"
_TOKENS = (
    r"(?P<code>`[^`\n]++`)"
    r"|(?P<reference><[^<>\n]++>)"
    rf"|(?P<emoji>{CODE})"
    r"|(?P<marker>[*_~])"
)
_ADDRESS = r"|(?P<address>(?<![0-9A-Za-z])(?P<scheme>https?://)[^\s\0-\x1f\x7f<>|`，。；：！？、）」』】]++)"
_VERBATIM, _LINKING = re.compile(_TOKENS), re.compile(_TOKENS + _ADDRESS)
_AFTER_AN_ADDRESS = ".,;:!?'\")]}*_~"
_BREAK = Markup("<br>")


def mrkdwn(text: str, names: Names, *, verbatim: bool = False) -> Markup:
    """Render a mrkdwn text."""
    return _joined(list(_blocks(text.replace("\r\n", "\n").replace("\r", "\n"), names, verbatim)))


@lru_cache(maxsize=4096)
def is_boundary(character: str) -> bool:
    """Whether a marker counts beside this character; "" is an end of the line."""
    if not character or character.isspace():
        return True
    kind = unicodedata.category(character)
    if "\N{VARIATION SELECTOR-1}" <= character <= "\N{VARIATION SELECTOR-16}":
        return True
    # Slack keeps an emoji as its code, so that it has a colon beside it.
    wide = unicodedata.east_asian_width(character) in "WF" and kind[0] != "S"
    return not wide and kind[0] not in "LN" and kind not in {"Mn", "Mc"}


# Blocks ---------------------------------------------------------------------------------------
# (Whether it begins and ends a line by itself, as code and quotes do; its HTML.)

_Block = tuple[bool, Markup]


def _joined(blocks: list[_Block]) -> Markup:
    """All blocks; an empty line above one that stands apart needs a break to be seen."""
    html = []
    for index, (apart, block) in enumerate(blocks):
        html.append(block)
        followed = index + 1 < len(blocks)
        if not apart and followed and (not block or block.endswith(_BREAK)):
            html.append(_BREAK)
    return joined(html)


def _blocks(text: str, names: Names, verbatim: bool) -> Iterator[_Block]:
    parts = _fenced(text)
    for index, (code, part) in enumerate(parts):
        if code:
            trimmed = part.removeprefix("\n").removesuffix("\n")
            yield True, tag("pre", {"class": "bk-pre"}, shown(unescaped(trimmed)))
            continue
        if index:
            part = part.removeprefix("\n")
        if index + 1 < len(parts):
            part = part.removesuffix("\n")
        if part:
            yield from _lines(part, names, verbatim)


def _fenced(text: str) -> list[tuple[bool, str]]:
    """(is it code, text) in turn: what stands between two fences is, unless it is blank."""
    cut = text.split(_FENCE)
    parts: list[tuple[bool, str]] = []
    plain = [cut[0]]
    index = 1
    while index < len(cut):
        if cut[index].strip() and index + 1 < len(cut):
            parts += [(False, "".join(plain)), (True, cut[index])]
            plain = [cut[index + 1]]
            index += 2
        else:
            plain += [_FENCE, cut[index]]
            index += 1
    return [*parts, (False, "".join(plain))]


def _lines(text: str, names: Names, verbatim: bool) -> Iterator[_Block]:
    group: list[Markup] = []
    quoting = to_the_end = False
    for line in text.split("\n"):
        mark = _quote_mark(line)
        quoted = to_the_end or bool(mark)
        if quoted is not quoting and group:
            yield _group(quoting, group)
            group = []
        quoting = quoted
        if mark and not to_the_end:
            to_the_end = mark in {">>>", "&gt;&gt;&gt;"}
            line = line[len(mark) :].removeprefix(" ")
        group.append(_inline(line, names, verbatim))
    yield _group(quoting, group)


def _quote_mark(line: str) -> str:
    for mark in (">>>", "&gt;&gt;&gt;", ">", "&gt;"):
        if line.startswith(mark):
            return mark
    return ""


def _group(quoted: bool, lines: list[Markup]) -> _Block:
    text = _BREAK.join(lines)
    return (True, tag("blockquote", {"dir": "auto"}, text)) if quoted else (False, text)


# Inline ---------------------------------------------------------------------------------------


class _Line:
    """A line as it is put together. `_open` are markers not yet closed, with what follows each."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[Markup]]] = [("", [])]

    def add(self, piece: Markup) -> None:
        self._open[-1][1].append(piece)

    def mark(self, marker: str, opens: bool, closes: bool) -> None:
        """Take a marker for what it can be, else as it is written."""
        is_open = any(marker == each for each, _ in self._open)
        if is_open and closes:
            while self._open[-1][0] != marker:
                self._give_up()
            _, inside = self._open.pop()
            self.add(tag(_TAGS[marker], {}, *inside))
        elif opens and not is_open:
            self._open.append((marker, []))
        else:
            self.add(shown(marker))

    def html(self) -> Markup:
        """The line; markers that are still open stay as they are written."""
        while len(self._open) > 1:
            self._give_up()
        return joined(self._open[0][1])

    def _give_up(self) -> None:
        marker, inside = self._open.pop()
        self.add(shown(marker))
        self._open[-1][1].extend(inside)


def _inline(text: str, names: Names, verbatim: bool) -> Markup:
    line, place = _Line(), 0
    search = (_VERBATIM if verbatim else _LINKING).search
    while match := search(text, place):
        line.add(shown(unescaped(text[place : match.start()])))
        if match.lastgroup == "marker":
            line.mark(match[0], *_sides(match))
            place = match.end()
        else:
            piece, length = _READERS[match.lastgroup or ""](match, names)
            line.add(piece)
            place = match.start() + length
    line.add(shown(unescaped(text[place:])))
    return line.html()


def _beside(match: re.Match[str]) -> tuple[str, str]:
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start], text[end : end + 1]


def _sides(match: re.Match[str]) -> tuple[bool, bool]:
    """Whether a marker can open, and whether it can close."""
    before, after = _beside(match)
    doubled = match[0] in (before, after)
    opens = bool(after) and not after.isspace() and is_boundary(before)
    closes = bool(before) and not before.isspace() and is_boundary(after)
    return opens and not doubled, closes and not doubled


# Readers give the HTML of a token, and how many of its characters that is: of what is not what it
# looks like, the first alone.

_Token = re.Match[str]
_Read = tuple[Markup, int]


def _literal(token: _Token) -> _Read:
    return shown(token[0][0]), 1


def _code(token: _Token, _names: Names) -> _Read:
    beside = _beside(token)
    if "`" in beside or not all(map(is_boundary, beside)):
        return _literal(token)
    return tag("code", {"dir": "auto"}, shown(unescaped(token[0][1:-1]))), len(token[0])


def _emoji(token: _Token, _names: Names) -> _Read:
    character = glyph(token[0])
    return (shown(character), len(token[0])) if character else _literal(token)


def _address(token: _Token, _names: Names) -> _Read:
    address = token[0].rstrip(_AFTER_AN_ADDRESS)
    if len(address) == len(token["scheme"]):
        return _literal(token)
    url = unescaped(address)
    return references.link(url, url), len(address)


def _reference(token: _Token, names: Names) -> _Read:
    target, _, label = token[0][1:-1].partition("|")
    html = _referred(target, with_glyphs(unescaped(label)), names)
    return _literal(token) if html is None else (html, len(token[0]))


_READERS = {"code": _code, "emoji": _emoji, "address": _address, "reference": _reference}
_MENTIONS = (
    (re.compile(r"@([UW]\w++)"), references.user),
    (re.compile(r"#(C\w++)"), references.channel),
    (re.compile(r"!subteam\^(\w++)"), references.usergroup),
)
_DATE = re.compile(r"!date\^(-?[0-9]{1,12})\^([^^]++)(?:\^(.++))?")


def _referred(target: str, label: str, names: Names) -> Markup | None:
    for pattern, mention in _MENTIONS:
        if match := pattern.fullmatch(target):
            return mention(match[1], names)
    if target.startswith("!"):
        return _special(target, label)
    url = unescaped(target)
    return references.link(url, label or url) if references.is_link(url) else None


def _special(target: str, label: str) -> Markup | None:
    if target[1:] in EVERYONE:
        return references.everyone(target[1:])
    if not label:
        return None
    if match := _DATE.fullmatch(target):
        timestamp, pattern, url = match.groups()
        return references.date(timestamp, unescaped(pattern), label, url and unescaped(url))
    return shown(label)
