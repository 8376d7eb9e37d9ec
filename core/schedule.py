"""The form of a recipe's times: cron expressions and durations, without clock or scheduler.

A cron expression here is what APScheduler's `CronTrigger` and every cron program read alike.
Where they differ (numbers for weekdays, a day of the month together with a weekday, ranges that
wrap around) the expression is refused, with the form to write instead.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_EXAMPLE = "such as `0 9 * * mon-fri` for nine in the morning from Monday to Friday"
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True)
class Cron:
    """A checked expression; the fields are text as `CronTrigger`'s arguments take it."""

    minute: str
    hour: str
    day: str
    month: str
    weekday: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `MINUTE HOUR DAY MONTH WEEKDAY`.

        Raises:
            ValueError: one sentence that names the field and what to write instead.
        """
        parts = text.lower().split()
        if len(parts) != 5:
            raise ValueError(
                f"needs five fields (minute, hour, day, month, weekday), {_EXAMPLE}, not `{text}`"
            )
        minute, hour, day, month, weekday = parts
        _numbers("minute", minute, 0, 59)
        _numbers("hour", hour, 0, 23)
        days = _numbers("day", day, 1, 31)
        months = _numbers("month", month, 1, 12, MONTHS)
        _check_weekday(weekday)
        if day != "*" and weekday != "*":
            raise ValueError(
                "names a day of the month and a weekday; cron programs disagree on whether both "
                "must hold or one, so put `*` in one of the two"
            )
        if not any(min(days) <= _LONGEST_MONTHS[number - 1] for number in months):
            raise ValueError(f"never comes: no such month has a day {min(days)}")
        return cls(minute, hour, day, month, weekday)

    def __str__(self) -> str:
        return " ".join((self.minute, self.hour, self.day, self.month, self.weekday))


def parse_duration(text: str) -> timedelta | None:
    """Read `7d`, `12h`, `30m` (days, hours, minutes) or `never`, which is None.

    Raises:
        ValueError: one sentence with the form to write.
    """
    if text == "never":
        return None
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dhm])", text)
    if not found:
        raise ValueError(
            f"must be `never` or a whole number with d, h or m (days, hours, minutes), such as "
            f"`7d`, not `{text}`"
        )
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def written_duration(time: timedelta | None) -> str:
    """As a recipe has it, in the largest unit that leaves no rest: what `parse_duration` reads."""
    if time is None:
        return "never"
    sizes = {unit: timedelta(**{name: 1}) for unit, name in _UNITS.items()}
    unit, size = next((unit, size) for unit, size in sizes.items() if not time % size)
    return f"{time // size}{unit}"


def _check_weekday(field: str) -> None:
    if re.search(r"[0-9]", field):
        raise ValueError(
            f"has the weekday `{field}`; name weekdays ({', '.join(WEEKDAYS)}), since cron "
            "programs disagree on what their numbers mean"
        )
    if field != "*":
        for part in field.split(","):
            _range("weekday", part, [_number("weekday", end, WEEKDAYS) for end in part.split("-")])


def _numbers(name: str, field: str, least: int, most: int, names: tuple[str, ...] = ()) -> set[int]:
    """Every value that a field stands for."""
    values: set[int] = set()
    for part in field.split(","):
        body, slash, step = part.partition("/")
        if body == "*":
            first, last = least, most
        else:
            first, last = _range(name, part, [_number(name, end, names) for end in body.split("-")])
        if first < least or last > most:
            raise ValueError(f"has the {name} `{part}`; it goes from {least} to {most}")
        if slash and body.isalnum():
            raise ValueError(f"has the {name} `{part}`; write `{first}-{most}/{step}`")
        values.update(range(first, last + 1, _step(name, part, step, last - first) if slash else 1))
    return values


def _step(name: str, part: str, step: str, most: int) -> int:
    if not (re.fullmatch(r"[0-9]{1,2}", step) and 1 <= int(step) <= most):
        raise ValueError(f"has the {name} `{part}`; its step goes from 1 to {most}")
    return int(step)


def _number(name: str, text: str, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + 1
    if not re.fullmatch(r"[0-9]{1,2}", text):
        known = f"; the names are {', '.join(names)}" if names else ""
        raise ValueError(f"has the {name} `{text}`, which is none{known}")
    return int(text)


def _range(name: str, part: str, ends: list[int]) -> tuple[int, int]:
    if len(ends) > 2:
        raise ValueError(f"has the {name} `{part}`; a range has two ends")
    if ends[0] > ends[-1]:
        raise ValueError(f"has the {name} `{part}`, which runs backwards; list its parts instead")
    return ends[0], ends[-1]
