"""Two bots at work on one database: together they do everything once (DESIGN.md, rules 2 and 8)."""

import pytest
from sqlmodel import col, select

from storage.tables import Export, JobRun

YES, NO = "white_check_mark", "x"
WEEKLY = '  export: "0 17 * * fri"\n'


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def shared(request, begin):
    """Two bots, started at the same time, with a batch and an export to make up."""
    review = begin(request.getfixturevalue(request.param), WEEKLY)
    review.a_week_later()
    for bot in [review.starts(), review.starts()]:
        bot.ready()
    return review


def ended(review, job: str) -> list[JobRun]:
    with review.store.read() as session:
        over = col(JobRun.ended_at).is_not(None)
        return list(session.exec(select(JobRun).where(JobRun.job == job, over)))


def test_two_bots_post_and_count_and_export_once(shared, until):
    shared.ts(8)
    for sample in range(1, 9):
        shared.react("ana", sample, YES)
        shared.react("ben", sample, YES if sample < 7 else NO)
        shared.react("chen", sample, YES)
    shared.reply("dora", 1, "output: Into any free port of the router.")
    shared.react("emil", 1, YES, revision=1)
    shared.settles()
    for sample in range(2, 9):
        assert len(shared.votes(sample)) == 3
    shared.a_week_later()
    for job in ("batch", "export"):
        until(lambda job=job: len(ended(shared, job)) == 2, f"the second {job}", 20)
        assert len({run.due for run in ended(shared, job)}) == 2
        assert [run.error for run in ended(shared, job)] == [None, None]
    shared.settles()
    with shared.store.read() as session:
        assert list(session.exec(select(Export.version))) == [1]
    assert (shared.versions(), shared.broken()) == (["v0001"], [])
    assert len(shared.posts("header:")) == len(shared.posts("weekly:")) == 1
    shared.ends_well()
