"""Figures in texts: what a variant must keep, and a summary may not add."""

import re
import unicodedata
from decimal import Decimal

_NUMBER = re.compile(r"(\d{1,30}(?:[.,]\d{1,30})*)\s*([万亿]?)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}


def figures(text: str) -> dict[Decimal, str]:
    """The numbers written in digits, each with how it is first written.

    Equal ones are one: 10,000 and 1万, 2.50 and 2.5, full-width digits and others.
    """
    found: dict[Decimal, str] = {}
    for match in _NUMBER.finditer(unicodedata.normalize("NFKC", text)):
        for value in _values(match[1]):
            found.setdefault(value * _TIMES[match[2]], match[0].strip())
    return found


def lost(text: str, variant: str) -> list[str]:
    """The figures of a text that its variant does not have."""
    kept = figures(variant)
    return [written for value, written in figures(text).items() if value not in kept]


def _values(digits: str) -> list[Decimal]:
    if _THOUSANDS.fullmatch(digits):
        return [Decimal(digits.replace(",", ""))]
    parts = re.split("[.,]", digits)
    # 2.5 and 2,5 are one number, a date such as 24.12.2025 is three.
    return [Decimal(".".join(parts))] if len(parts) == 2 else [Decimal(part) for part in parts]
