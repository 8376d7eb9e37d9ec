"""Near-duplicates by ROUGE-L, exact and in every language (facts/dedupe.md §0-2).

ROUGE-L F1 of two token sequences of lengths m and n is 2·LCS/(m+n); rapidfuzz's Indel distance is
m+n−2·LCS. Thresholds are compared in integers: in floats some true 7/10 come out below it.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import Indel

# Scripts written without spaces: each character is a token.
HAN = (
    "\u2e80-\u2fd5\u3005-\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
KANA = "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff"
THAI = "\u0e01-\u0e3a\u0e40-\u0e4e\u0e50-\u0e59"
# Vowel signs and points that belong to a word, yet are no letters to `re`.
_MARKS = "\u0300-\u036f\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0900-\u0963\u0966-\u0dff"
_TOKEN = re.compile(rf"[{HAN}{KANA}{THAI}]|(?:[^\W_{HAN}{KANA}{THAI}]|[{_MARKS}])+")

_UNKNOWN = "\0"
_FIRST_SURROGATE, _SURROGATES = 0xD800, 0x800


class Similar(NamedTuple):
    """A text found again: its number in the order of adding, from 0, and the ROUGE-L F1."""

    number: int
    score: Fraction


def tokens(text: str) -> list[str]:
    """The words of a text after NFKC and lower-casing.

    One Han, Kana or Thai character, or one run of other letters and digits. A text without any
    (only punctuation or emoji) yields its characters, so that it can still be told from others.
    """
    folded = unicodedata.normalize("NFKC", text).lower()
    return _TOKEN.findall(folded) or [character for character in folded if not character.isspace()]


def least_common(threshold: Fraction, length: int) -> int:
    """The least LCS with which two texts of together `length` tokens reach the threshold."""
    numerator, denominator = threshold.numerator, 2 * threshold.denominator
    return -(-numerator * length // denominator)


class Texts:
    """A growing collection that is asked for the nearest of its texts. Not safe for threads.

    Each distinct token stands for one code point, so that a text is a str which rapidfuzz compares
    at full speed; there is room for 1,112,063 of them (`add` raises ValueError beyond).
    """

    def __init__(self, threshold: Fraction) -> None:
        """`threshold`: the least ROUGE-L F1 of a near-duplicate, above 0 and at most 1."""
        self._threshold = threshold
        self._points: dict[str, str] = {}
        self._numbers: dict[str, int] = {}
        self._by_length: dict[int, tuple[list[str], list[int]]] = {}
        self._count = 0

    def add(self, text: str) -> int:
        """Take in a text and return its number."""
        number, self._count = self._count, self._count + 1
        coded = "".join(self._point(token) for token in tokens(text))
        if coded and coded not in self._numbers:
            self._numbers[coded] = number
            coded_texts, numbers = self._by_length.setdefault(len(coded), ([], []))
            coded_texts.append(coded)
            numbers.append(number)
        return number

    def number(self, text: str) -> int | None:
        """The number of the earliest text that is equal to this one, token by token."""
        return self._numbers.get(self._coded(text))

    def nearest(self, text: str, besides: Collection[int] = ()) -> Similar | None:
        """The most similar text that reaches the threshold, the earliest of several such.

        `besides` are numbers that it is not compared with; of equal texts only the earliest is
        compared with at all.
        """
        coded = self._coded(text)
        if coded in self._numbers and self._numbers[coded] not in besides:
            return Similar(self._numbers[coded], Fraction(1))
        found = (self._nearest_of(length, coded, besides) for length in self._by_length)
        return max(
            (similar for similar in found if similar is not None),
            key=lambda similar: (similar.score, -similar.number),
            default=None,
        )

    def _coded(self, text: str) -> str:
        # A token that no stored text has can match nothing, so all of these share one point.
        return "".join(self._points.get(token, _UNKNOWN) for token in tokens(text))

    def _nearest_of(self, length: int, coded: str, besides: Collection[int]) -> Similar | None:
        """The nearest of the stored texts of `length` tokens."""
        both = length + len(coded)
        allowed = both - 2 * least_common(self._threshold, both)
        if abs(length - len(coded)) > allowed:
            return None
        coded_texts, numbers = self._by_length[length]
        choices: Sequence[str | None] = coded_texts
        if besides:
            choices = [
                None if number in besides else one
                for number, one in zip(numbers, coded_texts, strict=True)
            ]
        match = process.extractOne(coded, choices, scorer=Indel.distance, score_cutoff=allowed)
        if match is None:
            return None
        _, distance, place = match
        return Similar(numbers[place], Fraction(both - int(distance), both))

    def _point(self, token: str) -> str:
        point = self._points.get(token)
        if point is None:
            value = len(self._points) + 1  # 0 is _UNKNOWN
            value += _SURROGATES if value >= _FIRST_SURROGATE else 0
            point = self._points[token] = chr(value)
        return point
