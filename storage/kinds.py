"""The words that columns hold, where a column holds one of a few."""

from enum import StrEnum


class Role(StrEnum):
    """A curator is a reviewer, too."""

    REVIEWER = "reviewer"
    CURATOR = "curator"


class RequestState(StrEnum):
    """What became of a request.

    `owed`: the next step of a call, not yet paid for. `reserved`: money is set aside; where the
    process died it stays so and counts as spent. `answered`: the reply is stored and to be read.
    """

    OWED = "owed"
    RESERVED = "reserved"
    ANSWERED = "answered"
    SETTLED = "settled"
    FAILED = "failed"


class BulkState(StrEnum):
    """`submitting`: it was sent, or is to be; only the provider knows."""

    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    ENDED = "ended"
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
    PROGRESS = "progress"
    REWRITE = "rewrite"


MESSAGES = (
    OutboxKind.CARD,
    OutboxKind.HEADER,
    OutboxKind.THREAD,
    OutboxKind.NAME,
    OutboxKind.WEEKLY,
    OutboxKind.PROGRESS,
)
"""Posts in a dataset's channel; Slack takes about one a second there."""


PRIORITY = {
    OutboxKind.TELL: 0,
    OutboxKind.DIRECT: 4,
    OutboxKind.HEADER: 2,
    OutboxKind.CARD: 2,
    OutboxKind.THREAD: 3,
    OutboxKind.NAME: 3,
    OutboxKind.WEEKLY: 3,
    OutboxKind.UPLOAD: 4,
    OutboxKind.SEED: 3,
    OutboxKind.UPDATE: 5,
    OutboxKind.REWRITE: 0,
    OutboxKind.PROGRESS: 2,
}
"""Which calls go first where several are due: the smaller number."""


class OutboxState(StrEnum):
    """`unknown`: it was tried and nobody knows whether Slack did it."""

    PENDING = "pending"
    CLAIMED = "claimed"
    UNKNOWN = "unknown"
    DONE = "done"
    FAILED = "failed"
