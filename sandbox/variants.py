"""Variants of a text as far as they can be made by rule: no model writes here.

A text is reworded by a prepared opening, and shortened to its first sentences. One that is wanted
in another language is a prepared text of that language, followed by the figures of the first: a
translation must not lose them, and there is nobody to translate the rest.
"""

import re
import unicodedata
from functools import cache
from typing import Any
from zlib import crc32

from sandbox import banks
from sandbox.banks import Entry

OPENINGS = {
    "en": ("Hello, ", "A quick question: ", "Sorry to ask again: "),
    "zh": ("你好，", "想请教一下：", "不好意思，再问一句："),
}
SHORTER = 0.6  # of the length, at most
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+")
_CHINESE_SHARE = 1 / 3  # of a text that has names and terms in it
_SENTENCE = re.compile(r"[^\n]+?(?:[。！？]+|[.!?]+(?=\s|$)|$)", re.MULTILINE)
_FIGURE = re.compile(r"\d+(?:[.,]\d+)*\s*[万亿]?")
_HALF_A_WORD = re.compile(r"[A-Za-z0-9.,]+$")


def sentences(text: str) -> list[str]:
    """The sentences of a text, to the character, without the space around them."""
    return [found for each in _SENTENCE.findall(text) if (found := each.strip())]


def language_of(text: str) -> str:
    """Chinese (`zh`) or not (`en`)."""
    characters, words = len(_CHINESE.findall(text)), len(_WORD.findall(text))
    return "zh" if characters > _CHINESE_SHARE * (characters + words) else "en"


def reworded(text: str) -> str:
    """The same with another opening, in its own language."""
    openings = [each for each in OPENINGS[language_of(text)] if not text.startswith(each)]
    return openings[crc32(text.encode(errors="replace")) % len(openings)] + text


def shortened(text: str) -> str:
    """Its first sentences, or the first half of it where the first sentence is too long."""
    kept, most = "", SHORTER * len(text)
    for found in _SENTENCE.finditer(text):
        if found.end() > most:
            break
        kept = text[: found.end()]
    half = text[: len(text) // 2]
    return kept.strip() or _HALF_A_WORD.sub("", half).strip() or half


def in_language(value: Any, language: str, turn: int = 0) -> Any:  # noqa: ANN401 - JSON
    """A text, or all texts of a record, in a language; those that are in it are reworded.

    Args:
        value: The text, or JSON that holds texts.
        language: `en` or `zh`.
        turn: 0 for what a person asks, 1 for an answer.
    """
    if isinstance(value, list):
        return [in_language(each, language, turn) for each in value]
    if isinstance(value, dict):
        return {name: _member(value, name, language, turn) for name in value}
    if not isinstance(value, str) or not value.strip():
        return value
    return reworded(value) if language_of(value) == language else _foreign(value, language, turn)


def _member(row: dict[str, Any], name: str, language: str, turn: int) -> Any:  # noqa: ANN401 - JSON
    if name == "role":
        return row[name]
    answers = name in ("output", "answer") or row.get("role") == "assistant"
    return in_language(row[name], language, 1 if answers else turn)


def _foreign(text: str, language: str, turn: int) -> str:
    entries = _entries(language)
    said = entries[crc32(text.encode(errors="replace")) % len(entries)].said[turn]
    figures = [each.strip() for each in _FIGURE.findall(unicodedata.normalize("NFKC", text))]
    return f"{said} ({'; '.join(dict.fromkeys(figures))})" if figures else said


@cache
def _entries(language: str) -> list[Entry]:
    names = (name for name in banks.names() if name.endswith(f"-{language}"))
    return [entry for name in names for entry in banks.load(name) if entry.flaw is None]
