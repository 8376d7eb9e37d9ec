"""What a reply in a sample's thread means: a correction of named fields, or a comment.

Recognised forms (DESIGN.md §5), in English and Chinese:

- lines that begin with a field's label: `output: …`, `输出：…`, `④：…`, `turn 4: …`;
  `answer` is the output or a conversation's last answer, `question` the instruction or its first
  question;
- `s/old/new/`, `change "old" to "new"` and `把「旧」改成「新」`, where the old text must occur
  exactly once.

A first line that begins with a misspelt label (`ouput: …`) is refused. Everything else is a
comment; `resembled` tells which field a comment reads like a new version of.
"""

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from core.errors import CorrectionError
from core.records import Conversation, Record, fields

RESEMBLES = 60.0
"""rapidfuzz ratio (0-100) from which a reply is offered as a field's new text."""
MISSPELT = 80.0
"""rapidfuzz ratio (0-100) from which the word before a first colon is a label gone wrong."""
_SHORTEST = 12
_LONGEST_COMPARED = 6000

_WORDS = {
    "instruction": "instruction",
    "指令": "instruction",
    "问题": "instruction",
    "question": "instruction",
    "input": "input",
    "输入": "input",
    "output": "output",
    "输出": "output",
    "答案": "output",
    "回答": "output",
    "answer": "output",
    "system": "system",
    "系统": "system",
    "系统提示": "system",
}
_QUESTIONS = {"question", "问题"}
_ANSWERS = {"answer", "答案", "回答"}
_CIRCLED = {chr(0x2460 + n): n + 1 for n in range(20)}
_LABEL = re.compile(
    r"^[ \t]*(?P<label>"
    + "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
    + r"|[\u2460-\u2473]|history-\d{1,3}|(?:turn|第)[ \t]*\d{1,3}(?:[ \t]*[轮条])?)"
    + r"[ \t]*[:：][ \t]?",
    # ASCII: without it `ſ` and `K` would pass for letters of a label.
    re.IGNORECASE | re.MULTILINE | re.ASCII,
)
_FIRST_WORD = re.compile(r"\A[ \t\n]*([A-Za-z]+)[ \t]*[:：]")
_SED = re.compile(r"\As/((?:[^/\\]|\\.)+)/((?:[^/\\]|\\.)*)/?\Z", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_OPEN = "[「『“‘\"']"
_CLOSE = "[」』”’\"']"
_CHANGE = re.compile(rf"\A把{_OPEN}(.+?){_CLOSE}改[成为]{_OPEN}(.*){_CLOSE}[。.]?\Z", re.DOTALL)
_TO = re.compile(
    rf"\Achange\s*{_OPEN}(.+?){_CLOSE}\s*to\s*{_OPEN}(.*){_CLOSE}\.?\Z",
    re.DOTALL | re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True)
class Correction:
    """New texts by field name; a replacement is worked out on the record that it is applied to."""

    changes: dict[str, str]


def circled(number: int) -> str:
    """The label of a turn, as shown and as typed back: ①, ②, … ⑳, then `turn N`."""
    return chr(0x245F + number) if 1 <= number <= 20 else f"turn {number}"


def parse(text: str, record: Record) -> Correction | None:
    """Read a reply to a card that shows `record`; None when it is a comment.

    Raises:
        CorrectionError: it is meant as a correction but names no field of this record, misspells
            or repeats one, or its old text does not occur exactly once.
    """
    stripped = text.strip()
    for pattern in (_SED, _CHANGE, _TO):
        if found := pattern.match(stripped):
            old, new = found.group(1), found.group(2)
            if pattern is _SED:
                old, new = (_ESCAPED.sub(r"\1", part) for part in (old, new))
            return Correction(_replaced(old, new, record))
    return _labelled(text, record)


def _replaced(old: str, new: str, record: Record) -> dict[str, str]:
    holding = {name: body for name, body in fields(record).items() if old in body}
    times = sum(body.count(old) for body in holding.values())
    if times != 1:
        raise CorrectionError("not_once", old=old, times=str(times))
    ((name, body),) = holding.items()
    return {name: body.replace(old, new)}


def _labelled(text: str, record: Record) -> Correction | None:
    marks = list(_LABEL.finditer(text))
    if not marks or text[: marks[0].start()].strip():
        _refuse_misspelt(text, record)
        return None
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    changes: dict[str, str] = {}
    for mark, end in zip(marks, ends, strict=True):
        name = field_of(mark["label"], record)
        if name in changes:
            raise CorrectionError("label_twice", label=mark["label"])
        changes[name] = text[mark.end() : end].strip("\n")
    return Correction(changes)


def _refuse_misspelt(text: str, record: Record) -> None:
    found = _FIRST_WORD.match(text)
    if found and any(fuzz.ratio(found[1].lower(), word) >= MISSPELT for word in _WORDS):
        raise _no_such(found[1], record)


def _no_such(label: str, record: Record) -> CorrectionError:
    shown = [typed for field, typed in labels(record).items() if field != "system"]
    return CorrectionError("no_such_label", label=label, labels="  ".join(shown))


def field_of(label: str, record: Record) -> str:
    """The field that a label names.

    Raises:
        CorrectionError: the record has no such field.
    """
    known = fields(record)
    word = label.lower()
    name = _turn_meant(word, record) or _WORDS.get(word, word if word in known else None)
    if name is None:
        digits = re.sub(r"\D", "", label) if label not in _CIRCLED else str(_CIRCLED[label])
        name = f"turn-{int(digits)}"
    if name not in known:
        raise _no_such(label, record)
    return name


def _turn_meant(word: str, record: Record) -> str | None:
    """The turn that `question` or `answer` means in a conversation."""
    if not isinstance(record, Conversation) or word not in _QUESTIONS | _ANSWERS:
        return None
    asking = word in _QUESTIONS
    role = "user" if asking else "assistant"
    turns = [n for n, turn in enumerate(record.turns, 1) if turn.role == role]
    return f"turn-{turns[0 if asking else -1]}" if turns else None


def labels(record: Record) -> dict[str, str]:
    """What a person types to name each field."""
    if isinstance(record, Conversation):
        turns = {f"turn-{n}": circled(n) for n in range(1, len(record.turns) + 1)}
        return {"system": "system", **turns}
    return {name: name for name in fields(record)}


def resembled(text: str, record: Record) -> str | None:
    """The field whose text a comment reads like a rewriting of, if any."""
    if len(text) < _SHORTEST:
        return None
    short = text[:_LONGEST_COMPARED]
    scores = {
        name: fuzz.ratio(short, body[:_LONGEST_COMPARED])
        for name, body in fields(record).items()
        if body
    }
    name = max(scores, key=lambda field: scores[field])
    return name if scores[name] >= RESEMBLES else None
