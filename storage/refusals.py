"""Why samples were refused: chosen reasons, curators' reasons, and comments where shared."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, or_, select

from core.records import from_json
from core.refusals import Refusal
from core.votes import State, Verdict
from storage import pool, samples
from storage.datasets import Dataset
from storage.engine import Store
from storage.kinds import FactKind
from storage.tables import Comment, Fact, Reason, Revision, Sample

_MOST_READ = 200
"""The newest of each kind: what was refused long ago may be mended since."""


class _Of(NamedTuple):
    """Whose word on which revision."""

    sample: int
    revision: int
    user: str


class _Said(NamedTuple):
    at: datetime
    text: str


_Words = dict[_Of, _Said]


def refusals(store: Store, dataset: Dataset, category: str) -> list[Refusal]:
    """Why people refused samples of a category, the newest first.

    Of rejected samples, and of revisions that a correction replaced, but of no sample that is held
    out (storage.pool). Comments are there only if the recipe says `share_comments`, and said so
    when the sample was posted.
    """
    with store.read() as session:
        comments = _comments(store, session, dataset, category)
        given = {
            **_reasons(session, dataset.id, category),
            **_settlements(session, dataset.id, category),
        }
        found = [
            (said.at, of, said.text, comments[of].text if of in comments else "")
            for of, said in given.items()
        ]
        found += [(said.at, of, "", said.text) for of, said in comments.items() if of not in given]
        families = samples.families(session, {of.sample for _, of, _, _ in found})
        out = pool.held_out(session, dataset)
        return [
            Refusal(reason, from_json(session.get_one(Revision, of[:2]).record), comment)
            for _, of, reason, comment in sorted(found, reverse=True)[:_MOST_READ]
            if families[of.sample] not in out
        ]


def said_of(store: Store, dataset: Dataset, sample_id: int) -> list[str]:
    """What people said of one sample, whichever revision, the oldest first and each once.

    Reasons for ❌ by their keys, curators' reasons, and comments as in `refusals`.
    """
    with store.read() as session:
        reasons = select(Reason.at, Reason.reason).where(Reason.sample_id == sample_id)
        settled = select(Fact.at, Fact.reason).where(
            Fact.sample_id == sample_id, Fact.kind == FactKind.SETTLE, Fact.reason != ""
        )
        said = [*session.exec(reasons), *session.exec(settled)]
        if _shares(store, dataset, session.get_one(Sample, sample_id).recipe):
            comments = select(Comment.at, Comment.text).where(Comment.sample_id == sample_id)
            said += session.exec(comments)
    said.sort(key=lambda each: each[0])
    return list(dict.fromkeys(text for _, text in said))


def _reasons(session: Session, dataset_id: int, category: str) -> _Words:
    """The last reason of each person for each revision."""
    rows = session.exec(
        select(Reason)
        .join(Sample, col(Sample.id) == col(Reason.sample_id))
        .where(*_refused(dataset_id, category, Reason.revision))
        .order_by(col(Reason.at).desc(), col(Reason.id).desc())
        .limit(_MOST_READ)
    ).all()
    return {
        _Of(row.sample_id, row.revision, row.user_id): _Said(row.at, row.reason)
        for row in reversed(rows)
    }


def _settlements(session: Session, dataset_id: int, category: str) -> _Words:
    """What curators wrote who rejected a current revision."""
    rows = session.exec(
        select(Fact)
        .join(Sample, col(Sample.id) == col(Fact.sample_id))
        .where(
            *_refused(dataset_id, category, Fact.revision),
            Fact.kind == FactKind.SETTLE,
            Fact.value == Verdict.REJECT,
            Fact.reason != "",
        )
        .order_by(col(Fact.at).desc(), col(Fact.id).desc())
        .limit(_MOST_READ)
    ).all()
    return {
        _Of(row.sample_id, row.revision, row.user_id or ""): _Said(row.at, row.reason)
        for row in reversed(rows)
    }


def _comments(store: Store, session: Session, dataset: Dataset, category: str) -> _Words:
    if not dataset.recipe.review.share_comments:
        return {}
    rows = session.exec(
        select(Comment, Sample.recipe)
        .join(Sample, col(Sample.id) == col(Comment.sample_id))
        .where(*_refused(dataset.id, category, Comment.revision))
        .order_by(col(Comment.at).desc(), col(Comment.id).desc())
        .limit(_MOST_READ)
    ).all()
    return {
        _Of(row.sample_id, row.revision, row.user_id): _Said(row.at, row.text)
        for row, number in reversed(rows)
        if _shares(store, dataset, number)
    }


def _shares(store: Store, dataset: Dataset, recipe: int) -> bool:
    """Whether comments may be told to teachers: now, and as the sample's reviewers were told."""
    shares = dataset.recipe.review.share_comments
    return shares and store.recipe(dataset.id, recipe).review.share_comments


def _refused(dataset_id: int, category: str, revision: Any) -> tuple[Any, ...]:  # noqa: ANN401
    """Which revisions were refused; `revision` is a column beside those of the sample."""
    return (
        Sample.dataset_id == dataset_id,
        Sample.category == category,
        or_(col(Sample.state) == State.REJECTED, revision < col(Sample.current)),
    )
