"""How much of a record a message shows, and where long texts are cut.

Lengths are UTF-16 units, as Slack's own clients count: an emoji takes two.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from core.records import Record, fields, question

MOST_TEXT = 9_000
"""Units of sample text on a card; Slack refuses a message of about 13,200 (facts/slack.md §3.1)."""
MOST_TURNS = 12
_WORDS_A_MINUTE = 250
_CHARACTERS_A_MINUTE = 400
"""Silent reading: Brysbaert (2019) has 238 English words; for Chinese characters, our estimate."""

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_WORD = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]+")
_GOOD_ENDS = (re.compile(r"\n+"), re.compile(r"[。！？；.!?;]\s*|\s+"))
_LONGEST_CLUSTER = 32  # a longer run of combining marks is cut all the same
_JOINER = "\u200d"


def units(text: str) -> int:
    """The length of a text as Slack counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def pieces(text: str, most: int) -> list[str]:
    """Cut a text into pieces of at most `most` units (at least 64); joined, they are the text.

    Cuts are made after a line, else a sentence or a word, else between characters as people see
    them.
    """
    cut: list[str] = []
    start = 0
    while start < len(text):
        piece = text[start : start + most + 1]
        if units(piece) > most:
            piece = piece[: _good_end(piece, _furthest(piece, most))]
        cut.append(piece)
        start += len(piece)
    return cut


def clip(text: str, most: int) -> str:
    """The beginning of a text, with `…` where it goes on."""
    if units(text) <= most:
        return text
    return text[: _whole_cluster(text, _furthest(text, most - 1))] + "…"


def _furthest(text: str, most: int) -> int:
    end = min(len(text), most)
    while (excess := units(text[:end]) - most) > 0:
        end -= (excess + 1) // 2
    return end


def _good_end(text: str, end: int) -> int:
    for pattern in _GOOD_ENDS:
        found = [match.end() for match in pattern.finditer(text, end * 3 // 4, end)]
        if found:
            return found[-1]
    return _whole_cluster(text, end)


def _whole_cluster(text: str, end: int) -> int:
    for place in range(end, max(0, end - _LONGEST_CLUSTER), -1):
        if not _joined(text, place):
            return place
    return end


def _joined(text: str, place: int) -> bool:
    """Whether the characters before and after a place look like one."""
    before, after = text[place - 1], text[place]
    return (
        bool(unicodedata.combining(after))
        or _JOINER in (before, after)
        or "\ufe00" <= after <= "\ufe0f"  # variation selectors
        or "\U0001f3fb" <= after <= "\U0001f3ff"  # skin tones
        or all("\U0001f1e6" <= c <= "\U0001f1ff" for c in (before, after))  # flags
    )


@dataclass(frozen=True)
class Excerpt:
    """What a card shows: (field, text) before and after the `left_out` turns, blank ones gone."""

    head: list[tuple[str, str]]
    left_out: int
    tail: list[tuple[str, str]]
    shortened: bool


def excerpt(record: Record) -> Excerpt:
    """A whole record if it has at most `MOST_TEXT` units and `MOST_TURNS` turns.

    Else its first and last two turns (of the history, with an instruction), the longest texts
    clipped until the rest fits.
    """
    shown = [(name, text) for name, text in fields(record).items() if text.strip()]
    turns = [name for name, _ in shown if name.startswith(("turn-", "history-"))]
    if len(turns) <= MOST_TURNS and sum(units(text) for _, text in shown) <= MOST_TEXT:
        return Excerpt(shown, 0, [], shortened=False)
    gone = set(turns[2:-2])
    kept = [(name, text) for name, text in shown if name not in gone]
    share = _fair_share([units(text) for _, text in kept], MOST_TEXT)
    fitted = [(name, clip(text, share)) for name, text in kept]
    names = [name for name, _ in kept]
    split = names.index(turns[1]) + 1 if gone else len(fitted)
    return Excerpt(fitted[:split], len(gone), fitted[split:], shortened=True)


def _fair_share(lengths: Sequence[int], room: int) -> int:
    """The most that each may take so that all of them fit; short ones leave room to long ones."""
    waiting = sorted(lengths)
    while waiting and waiting[0] * len(waiting) <= room:
        room -= waiting.pop(0)
    return room // len(waiting) if waiting else max(lengths)


def first_line(record: Record, most: int = 80) -> str:
    """The first line of what the user asks: the name of a sample in a list."""
    return clip(question(record).strip().splitlines()[0], most)


def reading_seconds(record: Record) -> int:
    """About how long reading a record takes: 250 words or 400 Chinese characters a minute."""
    text = "\n".join(fields(record).values())
    minutes = (
        len(_WORD.findall(text)) / _WORDS_A_MINUTE + len(_HAN.findall(text)) / _CHARACTERS_A_MINUTE
    )
    return max(1, round(60 * minutes))
