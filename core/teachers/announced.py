"""Rate limits as servers announce them with each answer.

Anthropic sends `anthropic-ratelimit-{requests,input-tokens,output-tokens}-{limit,remaining,reset}`
with the reset as RFC 3339; its `-tokens-` repeats whichever of the others is nearer its end.
OpenAI, and whoever follows it, sends `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` with
the reset as `6m0s`, `1s` or `120ms`. Both limits are buckets that fill all the time.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from math import isfinite
from typing import Literal, get_args

Kind = Literal["requests", "tokens", "input-tokens", "output-tokens"]
KINDS: tuple[Kind, ...] = get_args(Kind)

MINUTE = 60.0
_LONG = 10 * MINUTE
_LONGEST = 31 * 24 * 60 * MINUTE
_TELLING = 0.1  # the share of a limit that must be used before its reset tells its window

_DURATION = re.compile(
    r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?"
)
_UNITS = (86_400.0, 3_600.0, 60.0, 1.0, 0.001)


@dataclass(frozen=True)
class Announced:
    """One limit: `limit` in a `window` of so many seconds, and what remains of it now."""

    kind: Kind
    limit: float
    remaining: float
    window: float = MINUTE


def announced(headers: Mapping[str, str]) -> tuple[Announced, ...]:
    """The limits that an answer's headers announce; what cannot be understood is left out."""
    found = []
    for kind in KINDS:
        for form in (f"anthropic-ratelimit-{kind}-%s", f"x-ratelimit-%s-{kind}"):
            limit, remaining = (
                _number(headers, form % "limit"),
                _number(headers, form % "remaining"),
            )
            if limit and remaining is not None and not form.startswith("anthropic-ratelimit-t"):
                reset = _seconds(headers.get(form % "reset"), headers.get("date"))
                left = min(remaining, limit)
                found.append(Announced(kind, limit, left, _window(limit, left, reset)))
    return tuple(found)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(headers.get(name) or "")
    except ValueError:
        return None
    return number if isfinite(number) and number >= 0 else None


def _window(limit: float, remaining: float, reset: float | None) -> float:
    """The window of a bucket that is full again in `reset` seconds.

    Limits are by the minute, but for some by the day. Where a server counts in fixed windows, or
    rounds, the sum is off, so only a window that is far longer than a minute is believed.
    """
    used = limit - remaining
    if reset is None or used < _TELLING * limit:
        return MINUTE
    window = reset / used * limit
    return min(window, _LONGEST) if window > _LONG else MINUTE


def _seconds(reset: str | None, date: str | None) -> float | None:
    """A reset in seconds from now, which the server's own `date` says for one that is a time."""
    if not reset:
        return None
    match = _DURATION.fullmatch(reset)
    if match is not None:
        pairs = zip(match.groups(), _UNITS, strict=True)
        return sum(float(number) * unit for number, unit in pairs if number)
    try:
        return (datetime.fromisoformat(reset) - parsedate_to_datetime(date or "")).total_seconds()
    except (ValueError, TypeError):
        return None
