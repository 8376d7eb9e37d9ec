"""The words that columns hold, where a column holds one of a few."""

from enum import StrEnum


class Role(StrEnum):
    """A curator is a reviewer, too."""

    REVIEWER = "reviewer"
    CURATOR = "curator"


class RequestState(StrEnum):
    """A reserved request whose process died stays reserved and counts as spent."""

    RESERVED = "reserved"
    SETTLED = "settled"
    FAILED = "failed"


class FactKind(StrEnum):
    """What happened to a sample besides votes.

    `unsettle` takes `settle` back, `unfreeze` lifts `freeze` of the same cause; `overdue`, `expire`
    and `withdraw` (of a revision, by its author) are for good.
    """

    SETTLE = "settle"
    UNSETTLE = "unsettle"
    FREEZE = "freeze"
    UNFREEZE = "unfreeze"
    OVERDUE = "overdue"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


class OutboxKind(StrEnum):
    """A Slack call that a transaction wants."""

    CARD = "card"
    HEADER = "header"
    SEED = "seed"
    UPDATE = "update"
    TELL = "tell"
    DIRECT = "direct"
    THREAD = "thread"
    NAME = "name"
    WEEKLY = "weekly"
    UPLOAD = "upload"


MESSAGES = (
    OutboxKind.CARD,
    OutboxKind.HEADER,
    OutboxKind.THREAD,
    OutboxKind.NAME,
    OutboxKind.WEEKLY,
)
"""Posts in a dataset's channel; Slack takes about one a second there."""


class OutboxState(StrEnum):
    """`unknown`: it was tried and nobody knows whether Slack did it."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
