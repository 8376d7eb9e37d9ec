"""Cutting a document into passages: at headings, else paragraphs, rows, sentences, words.

Neighbours overlap, so that what stands at a cut is whole in one of them; where a section begins
with a heading, nothing of the one before is needed.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from core.documents.base import Document, Mark
from core.similarity import HAN, KANA, THAI
from core.ways.base import Passage

TARGET = 2000
"""Characters of a passage: some 500 tokens of English, a page of Chinese. (A target, not a limit:
no passage has more than 1.25 times as many, unless it ends in a single word that is longer.)"""
OVERLAP = 200
"""Characters, roughly, that a passage has in common with the one before."""

# Each matches what stands before a cut. The first that matches in reach is taken.
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_ROW = re.compile(r"\n(?=[ \t]*(?:\||[-*+•·] |\d{1,3}[.)、．] ?|[（(]\d{1,3}[)）]))")
_SENTENCE = re.compile(
    r"""[。！？；][”’」』）》]*\s*
      | (?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bvs)(?<!\bNo)(?<!\bFig)(?<!\be\.g)(?<!\bi\.e)
        [.!?…]["'”’)\]]*\s+""",
    re.VERBOSE,
)
_WORD = re.compile(rf"\s+|[，、：]|(?<=[{HAN}{KANA}{THAI}])(?=[{HAN}{KANA}{THAI}])")
_MARGIN = 8
_LEVELS = (_PARAGRAPH, _ROW, _SENTENCE, _WORD)


def cut(document: Document, target: int = TARGET, overlap: int = OVERLAP) -> list[Passage]:
    """The passages of a document, in order; together they hold all of its words.

    Args:
        document: its `text` is what the passages' `start` counts characters of.
        target: characters of a passage.
        overlap: characters that neighbours have in common; less than a seventh of `target`.
    """
    text, headings = document.text, _headings(document)
    sections = frozenset(headings)
    passages, start = [], 0
    while start < len(text):
        end = _end(text, headings, start, target)
        passages.append(_passage(document, start, end))
        start = end if end in sections else _overlapping(text, start, end, overlap)
    found = [passage for passage in passages if passage.text]
    return found if document.marks else _numbered(found)


def _end(text: str, headings: Sequence[int], start: int, target: int) -> int:
    """Where the passage from `start` ends: at the best place near the target."""
    left = len(text) - start
    if left <= target * 5 // 4:
        return len(text)
    # What is left of less than two passages is shared out, so that no crumb is left for the last.
    aim = min(target, left // 2)
    low, high = start + aim // 2, start + min(target * 5 // 4, left - aim // 4)
    ends = headings[bisect_left(headings, low) : bisect_right(headings, high)]
    return _nearest(ends, start + aim) or _break(text, low, high, start + aim) or _after(text, high)


def _overlapping(text: str, start: int, end: int, overlap: int) -> int:
    """Where the passage after the one from `start` to `end` begins."""
    if end == len(text):
        return end
    low = max(end - 2 * overlap, start + (end - start) // 2)
    return _break(text, low, end - overlap // 2, end - overlap) or end


def _break(text: str, low: int, high: int, aim: int) -> int | None:
    """The place between `low` and `high`, both included, to cut at."""
    for level in _LEVELS:
        # A little more than the reach: what is matched stands before a cut, and looks behind it.
        found = level.finditer(text, max(low - _MARGIN, 0), high + _MARGIN)
        best = _nearest([one.end() for one in found if low <= one.end() <= high], aim)
        if best is not None:
            return best
    return None


def _after(text: str, position: int) -> int:
    """The end of a word too long for a passage."""
    found = _WORD.search(text, position)
    return found.end() if found else len(text)


def _nearest(places: Sequence[int], aim: int) -> int | None:
    return min(places, key=lambda place: abs(place - aim), default=None)


def _headings(document: Document) -> list[int]:
    """Where a section begins whose heading does not stand directly under another one."""
    if document.kind == "page":
        return []
    starts: list[int] = []
    before = 0
    for mark in document.marks:
        between = document.text[before : mark.start].strip()
        if mark.start == 0 or "\n" in between or not starts:
            starts.append(mark.start)
        before = mark.start
    return starts


def _passage(document: Document, start: int, end: int) -> Passage:
    whole = document.text[start:end]
    text = whole.strip()
    start += len(whole) - len(whole.lstrip())
    return Passage(document.file, _place(document, start, start + len(text)), text, start)


def _place(document: Document, start: int, end: int) -> str:
    """The sections or pages that a passage is of, as people call them."""
    first = max(bisect_right(document.marks, start, key=_start) - 1, 0)
    last = bisect_left(document.marks, end, key=_start)
    names = [mark.label for mark in document.marks[first:last] if mark.label and mark.start < end]
    if not names:
        return document.file
    sign, to = ("§", " … ") if document.kind == "section" else ("p.", "–")
    return f"{document.file} {sign} {names[0]}{to + names[-1] if len(names) > 1 else ''}"


def _start(mark: Mark) -> int:
    return mark.start


def _numbered(passages: list[Passage]) -> list[Passage]:
    """The passages of a file without sections or pages, told apart by their numbers."""
    if len(passages) < 2:
        return passages
    return [
        replace(passage, place=f"{passage.file} {number}/{len(passages)}")
        for number, passage in enumerate(passages, 1)
    ]
