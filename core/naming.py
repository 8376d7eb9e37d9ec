"""Whom to ask when reviewers disagree: one more of them, after a while, nobody too often.

Times are the store's own: when it wrote the contest down, and when it heard of a vote.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from zoneinfo import ZoneInfo

from core.votes import Verdict

WAIT = timedelta(minutes=10)
"""Who just voted may still talk it over; after that somebody else is asked."""

MOST_A_DAY = 2
"""How often one person is named a day, over all datasets."""

_DECIDING = (Verdict.APPROVE, Verdict.REJECT)


class Fate(StrEnum):
    """What became of naming a person; `over`: their vote is no longer asked for."""

    WAITS = "waits"
    VOTED = "voted"
    PASSED = "passed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Named:
    """A person who was named for a revision, and when they passed it on."""

    user: str
    at: datetime
    declined_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cast:
    """A counted verdict on that revision; `at` is when the store heard of it."""

    user: str
    verdict: Verdict
    at: datetime


@dataclass(frozen=True, slots=True)
class Contest:
    """A revision is contested `since` a time; `here` are the reviewers who are not away."""

    since: datetime
    here: Collection[str]


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Somebody who might be named: how often they were today, and ever in this dataset."""

    user: str
    curator: bool = False
    today: int = 0
    ever: int = 0


def fate(named: Named, casts: Iterable[Cast], contest: Contest | None) -> Fate:
    """What became of naming a person.

    Args:
        named: the person.
        casts: the verdicts on that revision.
        contest: None when the revision is contested no more.
    """
    later = [cast for cast in casts if cast.at > named.at]
    if any(cast.user == named.user for cast in later):
        return Fate.VOTED
    if named.declined_at is not None:
        return Fate.PASSED
    answered = any(cast.verdict in _DECIDING for cast in later)
    if answered or contest is None or contest.since > named.at or named.user not in contest.here:
        return Fate.OVER
    return Fate.WAITS


def due(named: Sequence[Named], casts: Sequence[Cast], contest: Contest, now: datetime) -> bool:
    """Whether one more person is to be named now.

    Nobody is while one who was named is waited for, nor within `WAIT` of the votes that answered.
    """
    if any(fate(one, casts, contest) is Fate.WAITS for one in named):
        return False
    since = contest.since
    if named:
        last = max(one.at for one in named)
        answers = [c.at for c in casts if c.at > last and c.verdict in _DECIDING]
        since = max([since, *answers])
    return since + WAIT <= now


def whom(sample: int, reviewers: Iterable[Reviewer], excluded: Collection[str] = ()) -> str | None:
    """The one to name for a sample; None when nobody is left.

    Curators come last, since they settle. Then whoever was named least today, least ever, and by a
    draw that comes out the same for the same sample and people.
    """
    free = (one for one in reviewers if one.user not in excluded and one.today < MOST_A_DAY)
    first = min(
        free,
        key=lambda one: (one.curator, one.today, one.ever, _lot(sample, one.user), one.user),
        default=None,
    )
    return first.user if first else None


def _lot(sample: int, user: str) -> str:
    return sha256(f"{sample}:{user}".encode()).hexdigest()


def today(now: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    """The day (ISO 8601) that it is in a time zone, and when it began, in UTC."""
    local = now.astimezone(zone)
    began = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return local.date().isoformat(), began.astimezone(UTC)
