"""The whole story of one sample, for `winnow trace`."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session, col, select

from core.records import from_json
from core.votes import standing
from storage import folding
from storage.engine import Store, must
from storage.kinds import FactKind, OutboxKind
from storage.run_tables import Contrast, Rewrite
from storage.tables import (
    Comment,
    Dataset,
    Export,
    ExportItem,
    Fact,
    Post,
    Reason,
    Revision,
    Sample,
    Transition,
)

_SETTLING = {FactKind.SETTLE, FactKind.UNSETTLE}


def trace(store: Store, sample_id: int) -> dict[str, Any]:
    """All that is known of a sample, in the keys of SURFACE.md and some more.

    A settlement whose `verdict` is None takes back the one before it; `facts` are what else
    happened besides votes, such as freezing, with its `cause`.

    Raises:
        WinnowError: there is no such sample.
    """
    with store.read() as session:
        sample: Sample = must(session.get(Sample, sample_id), f"There is no sample {sample_id}.")
        votes = folding.votes_of(session, sample_id)
        facts = _facts(session, sample_id)
        return {
            "sample": sample_id,
            "state": sample.state.value,
            "category": sample.category,
            "origin": sample.origin,
            "reason": sample.reason,
            "explanation": sample.explanation,
            "raw": sample.raw,
            "imported_by": sample.imported_by,
            "parent": sample.parent_id,
            "variants": _variants(session, sample_id),
            "revisions": _revisions(session, sample_id),
            "votes": [
                {
                    "user": vote.user,
                    "verdict": vote.verdict.value,
                    "revision": vote.revision,
                    "counted": vote.counted,
                    "at": vote.at.isoformat(),
                }
                for vote in sorted(standing(votes), key=lambda v: (v.at, v.user, v.token))
            ],
            "settlements": [_settlement(fact) for fact in facts if fact.kind in _SETTLING],
            "facts": [_told(fact) for fact in facts if fact.kind not in _SETTLING],
            "posts": _posts(session, sample),
            "comments": _comments(session, sample_id),
            "reasons": _reasons(session, sample_id),
            "rewrites": _rewrites(session, sample_id),
            "contrasts": _contrasts(session, sample_id),
            "transitions": _transitions(session, sample_id),
            "exports": _exports(session, sample_id),
        }


def _revisions(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Revision).where(Revision.sample_id == sample_id).order_by(col(Revision.number))
    ).all()
    return [
        {
            "number": row.number,
            "author": row.author,
            "record": from_json(row.record).model_dump(mode="json"),
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def _variants(session: Session, sample_id: int) -> list[int]:
    rows = session.exec(
        select(Sample.id).where(Sample.parent_id == sample_id).order_by(col(Sample.id))
    ).all()
    return [number for number in rows if number is not None]


def _facts(session: Session, sample_id: int) -> Sequence[Fact]:
    return session.exec(
        select(Fact).where(Fact.sample_id == sample_id).order_by(col(Fact.at), col(Fact.id))
    ).all()


def _settlement(fact: Fact) -> dict[str, Any]:
    return {
        "user": fact.user_id,
        "verdict": fact.value,
        "revision": fact.revision,
        "reason": fact.reason,
        "at": fact.at.isoformat(),
    }


def _told(fact: Fact) -> dict[str, Any]:
    return {
        "kind": fact.kind.value,
        "revision": fact.revision,
        "user": fact.user_id,
        "cause": fact.value,
        "at": fact.at.isoformat(),
    }


def _posts(session: Session, sample: Sample) -> list[dict[str, Any]]:
    url = session.get_one(Dataset, sample.dataset_id).workspace_url
    rows = session.exec(
        select(Post)
        .where(Post.sample_id == sample.id, Post.kind == OutboxKind.CARD)
        .order_by(col(Post.id))
    ).all()
    return [
        {
            "revision": row.revision,
            "channel": row.channel,
            "ts": row.ts,
            "permalink": permalink(url, row.channel, row.ts),
        }
        for row in rows
    ]


def permalink(workspace_url: str | None, channel: str, ts: str) -> str | None:
    """The address of a message, as chat.getPermalink forms it."""
    if not workspace_url:
        return None
    return f"{workspace_url.rstrip('/')}/archives/{channel}/p{ts.replace('.', '')}"


def _comments(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Comment).where(Comment.sample_id == sample_id).order_by(col(Comment.ts))
    ).all()
    return [
        {"user": row.user_id, "text": row.text, "revision": row.revision, "at": row.at.isoformat()}
        for row in rows
    ]


def _reasons(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Reason).where(Reason.sample_id == sample_id).order_by(col(Reason.at), col(Reason.id))
    ).all()
    return [
        {
            "user": row.user_id,
            "reason": row.reason,
            "revision": row.revision,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def _rewrites(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Rewrite).where(Rewrite.sample_id == sample_id).order_by(col(Rewrite.id))
    ).all()
    return [
        {
            "user": row.user_id,
            "wish": row.wish,
            "revision": row.revision,
            "state": row.state,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def _contrasts(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Contrast).where(Contrast.sample_id == sample_id).order_by(col(Contrast.id))
    ).all()
    return [
        {
            "kind": row.kind,
            "revision": row.revision,
            "record": from_json(row.record).model_dump(mode="json"),
            "origin": row.origin,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def _transitions(session: Session, sample_id: int) -> list[dict[str, Any]]:
    rows = session.exec(
        select(Transition).where(Transition.sample_id == sample_id).order_by(col(Transition.id))
    ).all()
    return [
        {"from": row.old.value, "to": row.new.value, "cause": row.cause, "at": row.at.isoformat()}
        for row in rows
    ]


def _exports(session: Session, sample_id: int) -> list[int]:
    rows = session.exec(
        select(Export.version)
        .join(ExportItem, col(ExportItem.export_id) == col(Export.id))
        .where(ExportItem.sample_id == sample_id)
        .order_by(col(Export.version))
    ).all()
    return list(rows)
