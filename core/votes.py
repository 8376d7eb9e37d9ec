"""What the votes on a sample mean: events in, one decision out (DESIGN.md §5).

Everything here is a function of a *set* of events: the order in which they arrive, and how often,
changes nothing. Times are the event's own (Slack's), never the time of arrival.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.approved import Approved
from core.records import Record


class Verdict(StrEnum):
    """What a reviewer says of a revision; a flag stands beside the other three."""

    APPROVE = "approve"
    REJECT = "reject"
    SKIP = "skip"
    FLAG = "flag"


class State(StrEnum):
    """Where a sample stands."""

    CANDIDATE = "candidate"
    OPEN = "open"
    CONTESTED = "contested"
    QUEUED = "queued"
    FROZEN = "frozen"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"
    DISCARDED = "discarded"


IN_REVIEW = (State.OPEN, State.CONTESTED, State.QUEUED, State.FROZEN)
DECIDED = (State.APPROVED, State.REJECTED, State.EXPIRED)


class Source(StrEnum):
    """Where a vote event was seen. A reading of Slack yields to an event of the same instant."""

    READING = "reading"
    REACTION = "reaction"
    BUTTON = "button"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Vote:
    """One vote event: `user` put (`present`) or took away a verdict on `revision` at `at`.

    `token` names the thing that carries the verdict, so that taking it away finds it again: an
    emoji with its skin tone under one message, `button`, or `correction:N`. `counted` is the
    person's eligibility at the event's time and never changes.
    """

    user: str
    revision: int
    verdict: Verdict
    token: str
    at: datetime
    present: bool = True
    counted: bool = True
    source: Source = Source.REACTION


@dataclass(frozen=True, slots=True)
class Settlement:
    """A curator settled a revision (`verdict`), or took that back (`verdict` None)."""

    user: str
    revision: int
    verdict: Verdict | None
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """net-2: a lead of two decides, five votes without one go to a curator (facts/review.md §5)."""

    lead: int = 2
    max_votes: int = 5


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known of one posted sample; sequences are sets, their order says nothing.

    `causes` are why its message cannot be read; the other sets hold numbers of revisions.
    """

    current: int
    votes: Sequence[Vote] = ()
    settlements: Sequence[Settlement] = ()
    causes: frozenset[str] = frozenset()
    overdue: frozenset[int] = frozenset()
    expired: frozenset[int] = frozenset()
    withdrawn: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Ballot:
    """The verdicts that count for one revision; `unclear` people gave several at one instant."""

    verdicts: Mapping[str, Verdict]
    unclear: frozenset[str] = frozenset()

    @property
    def approvals(self) -> int:
        """Number of ✅."""
        return sum(verdict is Verdict.APPROVE for verdict in self.verdicts.values())

    @property
    def rejections(self) -> int:
        """Number of ❌."""
        return sum(verdict is Verdict.REJECT for verdict in self.verdicts.values())

    def who(self, verdict: Verdict) -> list[str]:
        """Those who gave this verdict, sorted."""
        return sorted(user for user, given in self.verdicts.items() if given is verdict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the events of a sample come to."""

    state: State
    revision: int
    ballot: Ballot
    flags: frozenset[str]
    causes: frozenset[str]
    settlement: Settlement | None


def _order(vote: Vote) -> tuple[datetime, bool, bool, str, bool]:
    return (
        vote.at,
        vote.source is not Source.READING,
        not vote.present,
        vote.verdict,
        vote.counted,
    )


def standing(votes: Iterable[Vote]) -> list[Vote]:
    """The votes still there: of each token the latest, if it was not taken away since.

    A reading that finds again what was known says nothing about when it was put there.
    """
    held: dict[tuple[str, int, str], Vote] = {}
    for vote in sorted(votes, key=_order):
        key = (vote.user, vote.revision, vote.token)
        if not vote.present:
            held.pop(key, None)
        elif vote.source is not Source.READING or key not in held:
            held[key] = vote
    return list(held.values())


def ballot(votes: Iterable[Vote], revision: int) -> Ballot:
    """Fold vote events into the verdicts that count for `revision`: one a person, the latest."""
    newest: dict[str, list[Vote]] = {}
    for vote in standing(votes):
        if vote.revision != revision or not vote.counted or vote.verdict is Verdict.FLAG:
            continue
        held = newest.get(vote.user, [])
        if not held or vote.at > held[0].at:
            newest[vote.user] = [vote]
        elif vote.at == held[0].at:
            held.append(vote)
    said = {user: {vote.verdict for vote in held} for user, held in newest.items()}
    return Ballot(
        verdicts={user: min(verdicts) for user, verdicts in said.items() if len(verdicts) == 1},
        unclear=frozenset(user for user, verdicts in said.items() if len(verdicts) > 1),
    )


def settlement(settlements: Iterable[Settlement], revision: int) -> Settlement | None:
    """The settlement in force on `revision`: the latest, unless it took one back."""
    concerned = [settled for settled in settlements if settled.revision == revision]
    last = max(
        concerned, key=lambda s: (s.at, s.verdict is None, s.user, s.verdict or ""), default=None
    )
    return last if last is not None and last.verdict is not None else None


def lifted(settlements: Sequence[Settlement]) -> datetime | None:
    """Until when flags were lifted: the time of the latest settlement in force."""
    revisions = {settled.revision for settled in settlements}
    in_force = [settled.at for n in revisions if (settled := settlement(settlements, n))]
    return max(in_force, default=None)


def flags(votes: Iterable[Vote], settlements: Sequence[Settlement]) -> frozenset[str]:
    """Who flags the sample now: flags of any revision that no later settlement in force lifted."""
    until = lifted(settlements)
    return frozenset(
        vote.user
        for vote in standing(votes)
        if vote.verdict is Verdict.FLAG and vote.counted and (until is None or vote.at > until)
    )


def decide(
    policy: Policy,
    votes: Ballot,
    *,
    settled: Verdict | None = None,
    flagged: bool = False,
    frozen: bool = False,
    overdue: bool = False,
    expired: bool = False,
) -> State:
    """Policy net-2, first rule that fits (DESIGN.md §5).

    `flagged`: someone flags the sample; `frozen`: its message cannot be read. The second holds a
    sample that the votes left undecided, but takes no decision back: archiving a channel must not
    withdraw the dataset (docs/decisions/0002).
    """
    a, r = votes.approvals, votes.rejections
    rules = (
        (settled is Verdict.APPROVE, State.APPROVED),
        (settled is Verdict.REJECT, State.REJECTED),
        (flagged, State.FROZEN),
        (a - r >= policy.lead, State.APPROVED),
        (r - a >= policy.lead, State.REJECTED),
        (frozen, State.FROZEN),
        (expired, State.EXPIRED),
        (overdue or a + r >= policy.max_votes, State.QUEUED),
        (r >= 1, State.CONTESTED),
    )
    return next((state for holds, state in rules if holds), State.OPEN)


def fold(policy: Policy, facts: Facts) -> Outcome:
    """All events of a posted sample to its state."""
    votes = ballot(facts.votes, facts.current)
    settled = settlement(facts.settlements, facts.current)
    flagged = flags(facts.votes, facts.settlements)
    state = decide(
        policy,
        votes,
        settled=settled.verdict if settled else None,
        flagged=bool(flagged),
        frozen=bool(facts.causes),
        overdue=facts.current in facts.overdue,
        expired=facts.current in facts.expired,
    )
    return Outcome(state, facts.current, votes, flagged, facts.causes, settled)


def stands(policy: Policy, facts: Facts, exported: int) -> bool:
    """Whether an exported revision outlives its correction until that is approved.

    It does if it was approved when the first correction after it, not withdrawn, was made. Later
    votes on it decide nothing. A flag on the sample is the caller's to look at.
    """
    corrected = [
        vote.at
        for vote in standing(facts.votes)
        if vote.source is Source.CORRECTION
        and vote.verdict is Verdict.APPROVE
        and vote.revision > exported
    ]
    if exported in facts.withdrawn or not corrected:
        return False
    first = min(corrected)
    votes = ballot((vote for vote in facts.votes if vote.at < first), exported)
    settled = settlement((s for s in facts.settlements if s.at < first), exported)
    then = decide(policy, votes, settled=settled.verdict if settled else None)
    return then is State.APPROVED


def approve(
    outcome: Outcome, *, record_id: str, sample: int, record: Record, category: str
) -> Approved | None:
    """The record as exporters take it, if and only if its current revision is approved."""
    if outcome.state is not State.APPROVED:
        return None
    return Approved(
        record_id=record_id,
        sample=sample,
        revision=outcome.revision,
        record=record,
        source="reviewed",
        category=category,
    )
