"""What a person changed in a text, word by word, and as a few lines for a phone."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from rapidfuzz.distance import Indel

Side = Literal["same", "old", "new"]
Piece = tuple[Side, str]

_HAN = "々〇㐀-䶿一-鿿豈-\ufaff\U00020000-\U000323af"
# A letter of any other script keeps its combining marks; `.` takes what is left, one by one.
_WORD = re.compile(rf"[{_HAN}]|(?:[^\W_{_HAN}][\u0300-\u036f]*)+|\s+|.", re.DOTALL)

_ISLAND = 2  # characters: so short a stretch between two changes only makes both harder to read
_LEAST = 40  # characters without which a further pair of lines says nothing
_BREAK = re.compile(r"\r\n|[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def words(text: str) -> list[str]:
    """Cut a text into words; joined, they are the text again.

    A Han character is a word, as is a run of letters and digits of other scripts, a run of white
    space, and each other character.
    """
    return _WORD.findall(text)


def diff(old: str, new: str) -> list[Piece]:
    """What both texts share and what only one has, in reading order, the old before the new.

    Joining `same` and `old` gives the old text exactly, joining `same` and `new` the new one.
    """
    before, after = words(old), words(new)
    vocabulary: dict[str, int] = {}
    for word in (*before, *after):
        vocabulary.setdefault(word, len(vocabulary))
    # Numbers, not the words: rapidfuzz compares long strings by hash alone.
    changes = Indel.opcodes(
        [vocabulary[word] for word in before], [vocabulary[word] for word in after]
    )
    pieces: list[Piece] = []
    for change in changes:
        left = "".join(before[change.src_start : change.src_end])
        right = "".join(after[change.dest_start : change.dest_end])
        pieces += [("same", left)] if change.tag == "equal" else [("old", left), ("new", right)]
    return _gathered(pieces)


def lines(old: str, new: str, context: int = 12, limit: int = 2_800) -> list[str]:
    """Render a diff as plain-text lines, `− ` before the old and `+ ` before the new wording.

    Args:
        old: the text before.
        new: the text after.
        context: characters shown on either side of a change; changes no further apart than twice
            that are shown together. What is left out stands as `…`, a line break as `⏎`.
        limit: the most characters of all lines together, line breaks included (a section of Slack
            holds 3,000); later changes give way to a last line `…`.

    Returns:
        No lines if the texts are equal.
    """
    rendered: list[str] = []
    room = limit
    for hunk in _hunks(diff(old, new), context):
        if room < _LEAST:
            return [*rendered, "…"]
        most = room // 2 - 2  # what two lines with their breaks leave is enough for a last `…`
        pair = [_rendered("− ", hunk, "old", most), _rendered("+ ", hunk, "new", most)]
        rendered += [line for line in pair if line]
        room -= sum(len(line) + 1 for line in pair if line)
    return rendered


def _gathered(pieces: Sequence[Piece]) -> list[Piece]:
    """Merge neighbouring changes, islands between them included; drop what is empty."""
    gathered: list[Piece] = []
    old = new = ""
    for index, (side, text) in enumerate(pieces):
        between = 0 < index < len(pieces) - 1
        island = side == "same" and between and (len(text) <= _ISLAND or text.isspace())
        if side == "old" or island:
            old += text
        if side == "new" or island:
            new += text
        if side == "same" and not island:
            gathered += [("old", old), ("new", new), (side, text)]
            old = new = ""
    gathered += [("old", old), ("new", new)]
    return [piece for piece in gathered if piece[1]]


def _hunks(pieces: Sequence[Piece], context: int) -> Iterator[list[Piece]]:
    """Groups of changes with `context` characters around them, cut where much stayed the same."""
    hunk: list[Piece] = []
    changed = False
    for index, (side, text) in enumerate(pieces):
        last = index == len(pieces) - 1
        if side != "same":
            hunk, changed = [*hunk, (side, text)], True
        elif not changed:
            hunk = [("same", _tail(text, context))]
        elif last or len(text) > 2 * context:
            yield [*hunk, ("same", _head(text, context))]
            hunk, changed = [("same", _tail(text, context))], False
        else:
            hunk = [*hunk, (side, text)]
    if changed:
        yield hunk


def _rendered(mark: str, hunk: Sequence[Piece], side: Side, most: int) -> str:
    """One line of at most `most` characters, or an empty text if this side has nothing here."""
    text = "".join(text for its_side, text in hunk if its_side in {"same", side})
    text = _BREAK.sub("⏎", text)
    kept = (most - len(mark) - 1) // 2
    if len(text) > 2 * kept + 1:
        text = f"{text[:kept]}…{text[-kept:]}"
    return f"{mark}{text}" if text else ""


def _head(text: str, context: int) -> str:
    """Whole words of the beginning: of one character too many, the last word goes."""
    if len(text) <= context:
        return text
    return "".join(words(text[: context + 1])[:-1]).rstrip() + "…"


def _tail(text: str, context: int) -> str:
    """Whole words of the end."""
    if len(text) <= context:
        return text
    return "…" + "".join(words(text[-context - 1 :])[1:]).lstrip()
