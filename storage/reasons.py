"""Why people reject: one choice from the card's menu, the last one of a person counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlmodel import Session, col, select

from core.votes import Ballot, Verdict, ballot
from storage import folding
from storage.engine import Store
from storage.tables import Reason
from storage.votes import heard_before


class Given(StrEnum):
    """What became of a reason; `no_rejection`: only who says ❌ has one to give."""

    NOTED = "noted"
    DUPLICATE = "duplicate"
    NO_REJECTION = "no_rejection"


@dataclass(frozen=True)
class Choice:
    """A reason chosen for rejecting a revision.

    `key` is the click's; `reason` a key of `core.recipe_parts.DEFAULT_REASONS`, or the text of one
    of the recipe's own.
    """

    key: str
    sample: int
    revision: int
    user: str
    reason: str
    at: datetime


def give(store: Store, choice: Choice) -> Given:
    """Append the reason of a person whose counted ❌ stands on that revision."""
    with store.write() as session:
        sample = folding.lock(session, choice.sample)
        if heard_before(session, choice.key, store.now()):
            return Given.DUPLICATE
        votes = ballot(folding.votes_of(session, choice.sample), choice.revision)
        if votes.verdicts.get(choice.user) is not Verdict.REJECT:
            return Given.NO_REJECTION
        session.add(
            Reason(
                sample_id=choice.sample,
                revision=choice.revision,
                user_id=choice.user,
                reason=choice.reason,
                at=choice.at,
            )
        )
        session.flush()
        folding.want_messages(session, sample, store.now())
        return Given.NOTED


def standing(session: Session, sample_id: int, revision: int, votes: Ballot) -> Mapping[str, str]:
    """The reason of each person who rejects a revision and gave one; who gave it first, first."""
    rejecting = votes.who(Verdict.REJECT)
    if not rejecting:
        return {}
    rows = session.exec(
        select(Reason.user_id, Reason.reason)
        .where(
            Reason.sample_id == sample_id,
            Reason.revision == revision,
            col(Reason.user_id).in_(rejecting),
        )
        .order_by(col(Reason.at), col(Reason.id))
    ).all()
    return dict(list(rows))
