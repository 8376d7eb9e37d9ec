"""Corrections: people's revisions of a record, each with its own message and ballot."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlmodel import Session, col, select

from core.records import Record, fields, to_json, with_fields
from core.votes import Source, Verdict, Vote, settlement, standing
from storage import drafts, folding, outbox
from storage.comments import overtaken
from storage.datasets import role_of
from storage.engine import Store
from storage.kinds import FactKind, OutboxKind
from storage.samples import record_at
from storage.tables import Fact, Inbox, Post, Revision, Sample
from storage.votes import append, heard_before


@dataclass(frozen=True)
class Proposal:
    """A correction as a person made it: new texts of fields, on the revision they were looking at.

    A thread reply carries no number; `seen_by` tells its `base`. `ts` is the reply's, None for a
    modal.
    """

    key: str
    sample: int
    base: int
    changes: Mapping[str, str]
    user: str
    channel: str
    ts: str | None
    at: datetime


@dataclass(frozen=True)
class Conflict:
    """A field that someone else changed in the meantime."""

    field: str
    theirs: str
    yours: str


@dataclass(frozen=True)
class Corrected:
    """What became of a proposal; `revision` is the new one's number when it was accepted."""

    result: Literal["accepted", "same", "conflict", "not_allowed", "stranger", "duplicate"]
    revision: int | None = None
    conflicts: tuple[Conflict, ...] = ()


def revisions(session: Session, sample_id: int) -> dict[int, Revision]:
    """The revisions of a sample that were not withdrawn, by number."""
    gone = select(Fact.revision).where(Fact.sample_id == sample_id, Fact.kind == FactKind.WITHDRAW)
    rows = session.exec(
        select(Revision).where(Revision.sample_id == sample_id, col(Revision.number).not_in(gone))
    ).all()
    return {row.number: row for row in rows}


def seen_by(store: Store, sample_id: int, channel: str, ts: str) -> int:
    """The revision that the author of the message `ts` was looking at.

    It is the one whose message was the latest before it; or the newest that this very message
    made, when it is an edited correction.
    """
    with store.read() as session:
        live = revisions(session, sample_id)
        if made := _made_by(live, channel, ts):
            return max(made)
        posts = session.exec(
            select(Post).where(
                Post.sample_id == sample_id, Post.kind == OutboxKind.CARD, Post.channel == channel
            )
        ).all()
    return max((p.revision or 0 for p in posts if p.ts <= ts and p.revision in live), default=0)


def _made_by(live: Mapping[int, Revision], channel: str, ts: str) -> list[int]:
    """Which of the revisions the message `ts` made."""
    return [n for n, row in live.items() if (row.channel, row.ts) == (channel, ts)]


def correct(store: Store, proposal: Proposal, *, strangers: bool = False) -> Corrected:
    """Make a new revision, or say why not; nothing is written unless it is accepted.

    Raises:
        RecordError: an unknown field, or a text that leaves no legal record.
    """
    with store.write() as session:
        sample = folding.lock(session, proposal.sample)
        if session.get(Inbox, proposal.key) is not None:
            return Corrected("duplicate")
        if proposal.ts and overtaken(
            session, proposal.sample, proposal.channel, proposal.ts, proposal.at
        ):
            return Corrected("duplicate")
        if role_of(session, sample.dataset_id, proposal.user) is None:
            return _refused(session, sample, proposal, store.now(), strangers=strangers)
        proposal = replace(proposal, base=_base_of(session, proposal))
        now_shown = record_at(session, proposal.sample, sample.current)
        seen = record_at(session, proposal.sample, proposal.base)
        if conflicts := _conflicts(seen, now_shown, proposal.changes):
            return Corrected("conflict", conflicts=conflicts)
        record = with_fields(now_shown, proposal.changes)
        if record == now_shown:
            return Corrected("same")
        heard_before(session, proposal.key, store.now())
        number = _append(store, session, sample, proposal, record)
        if proposal.ts is None:
            drafts.forget(session, proposal.user, proposal.sample)
    return Corrected("accepted", revision=number)


def _base_of(session: Session, proposal: Proposal) -> int:
    """The base, looked up again under the lock: the wording before may just have become one."""
    if proposal.ts is None:
        return proposal.base
    live = revisions(session, proposal.sample)
    return max(_made_by(live, proposal.channel, proposal.ts), default=proposal.base)


def _refused(
    session: Session, sample: Sample, proposal: Proposal, now: datetime, *, strangers: bool
) -> Corrected:
    if not strangers:
        return Corrected("stranger")
    outbox.tell_once(
        session, sample.dataset_id, proposal.user, "not_counted", now, channel=proposal.channel
    )
    return Corrected("not_allowed")


def _conflicts(seen: Record, now_shown: Record, changes: Mapping[str, str]) -> tuple[Conflict, ...]:
    old, new = fields(seen), fields(now_shown)
    return tuple(
        Conflict(name, new[name], text)
        for name, text in changes.items()
        if name in new and old.get(name) != new[name] and text != new[name]
    )


def _append(
    store: Store, session: Session, sample: Sample, proposal: Proposal, record: Record
) -> int:
    place = (proposal.channel, proposal.ts) if proposal.ts else (None, None)
    number = _revise(store, session, sample, record, proposal.user, place)
    for revision, verdict in ((proposal.base, Verdict.REJECT), (number, Verdict.APPROVE)):
        vote = Vote(
            user=proposal.user,
            revision=revision,
            verdict=verdict,
            token=f"correction:{number}",
            at=proposal.at,
            source=Source.CORRECTION,
        )
        append(session, sample, vote, store.now())
    _show(store, session, sample, number)
    return number


def mend(
    store: Store, session: Session, sample_id: int, base: int, record: Record, teacher: str
) -> int | None:
    """Make a teacher's rewriting of a flagged sample its new revision, inside a transaction.

    It is shown for approval like a correction, but is nobody's vote, and lifts no flag. None when
    somebody has corrected the sample since, or the text is as it was.
    """
    sample = folding.lock(session, sample_id)
    if sample.current != base or record == record_at(session, sample_id, base):
        return None
    number = _revise(store, session, sample, record, teacher, (None, None))
    _show(store, session, sample, number)
    return number


def _revise(
    store: Store,
    session: Session,
    sample: Sample,
    record: Record,
    author: str,
    place: tuple[str | None, str | None],
) -> int:
    """Append a revision over the current one; `place` is that of the reply that made it."""
    taken = session.exec(select(Revision.number).where(Revision.sample_id == sample.id)).all()
    number = max(taken) + 1
    session.add(
        Revision(
            sample_id=sample.id or 0,
            number=number,
            record=to_json(record),
            author=author,
            base=sample.current,
            channel=place[0],
            ts=place[1],
            at=store.now(),
        )
    )
    session.flush()
    return number


def _show(store: Store, session: Session, sample: Sample, number: int) -> None:
    """Make a revision the current one and have it posted."""
    sample.current = number
    session.add(sample)
    session.flush()
    folding.refold(store, session, sample, f"correction:{number}")
    outbox.want(
        session,
        OutboxKind.CARD,
        f"card:{sample.id}:{number}:0",
        store.now(),
        urgent=True,
        dataset_id=sample.dataset_id,
        sample_id=sample.id,
        batch_id=sample.batch_id,
        revision=number,
    )


def made_in(store: Store, sample_id: int, channel: str) -> list[tuple[str, str]]:
    """The replies that made revisions which still stand: (ts, author), oldest first."""
    with store.read() as session:
        live = revisions(session, sample_id)
    return [
        (row.ts, row.author)
        for _, row in sorted(live.items())
        if row.channel == channel and row.ts and row.author
    ]


def withdraw(store: Store, channel: str, ts: str, user: str, at: datetime) -> list[int]:
    """Take back the revisions that a deleted reply made, unless others built or voted on them.

    Returns the numbers withdrawn; the message before opens again with its ballot.
    """
    with store.write() as session:
        made = session.exec(
            select(Revision.sample_id, Revision.number)
            .where(Revision.channel == channel, Revision.ts == ts, Revision.author == user)
            .order_by(col(Revision.number).desc())
        ).all()
        if not made:
            return []
        sample = folding.lock(session, made[0][0])
        gone = [n for _, n in made if _take_back(store, session, sample, n, user, at)]
        if gone:
            folding.refold(store, session, sample, f"withdrawn:{gone[0]}")
            folding.want_messages(session, sample, store.now(), every=True)
        return gone


def _take_back(
    store: Store, session: Session, sample: Sample, number: int, user: str, at: datetime
) -> bool:
    facts = folding.facts_of(session, sample)
    voted = {v.user for v in standing(facts.votes) if v.counted and v.revision == number}
    settled = settlement(facts.settlements, number)
    if number != sample.current or settled or voted - {user}:
        return False
    folding.append_fact(session, sample, FactKind.WITHDRAW, at, user=user)
    for vote in standing(facts.votes):
        if vote.token == f"correction:{number}":
            append(session, sample, replace(vote, at=max(at, vote.at), present=False), store.now())
    sample.current = max(revisions(session, sample.id or 0))
    session.add(sample)
    session.flush()
    return True
