"""The batcher's generating: what goes wrong with a teacher is told to the curators at once."""

import pytest
from slack_sdk import WebClient
from sqlmodel import select

from bot import batches
from bot.desk import Desk
from bot.roster import Rosters
from storage import datasets
from storage.kinds import Role
from storage.tables import Outbox

KEYS = {"OPENAI_API_KEY": "key"}


@pytest.fixture
def bot(store):
    client = WebClient()
    return Desk(store, client, "UBOT", Rosters(store, client), environ=KEYS)


@pytest.fixture
def told(store):
    """What the curators are told, by direct message."""

    def read():
        with store.read() as session:
            rows = session.exec(select(Outbox).order_by(Outbox.id)).all()
        return [(row.args["user"], row.args["error"]) for row in rows]

    return read


def test_a_teacher_without_quota_is_told_while_another_goes_on(
    store, dataset, endpoint, bot, told, row
):
    endpoint.fault("insufficient_quota", times=1)
    lines = "".join(row(number) for number in range(40))
    pair = f"{endpoint.teacher()}, replay:lines.jsonl"
    data = dataset(pair, "per_call: 1", lines__jsonl=lines)
    datasets.place(store, data.id, "C1", {"kit": Role.CURATOR}, "https://desk.slack.com/")
    early = []

    def report(progress):
        if progress.candidates < 20:
            early.append(len(told()))

    made = batches.fill(bot, data, 20, key="K", report=report)
    assert (made.candidates, made.stopped) == (20, "")
    [(user, error)] = told()
    assert user == "kit"
    assert "has no credit left" in error
    assert early[-1] == 1
    assert bot.wake.is_set()


def test_the_last_teacher_that_fails_is_told_once(store, dataset, endpoint, bot, told):
    endpoint.fault("insufficient_quota", times=9)
    data = dataset(endpoint.teacher())
    datasets.place(store, data.id, "C1", {"kit": Role.CURATOR}, "https://desk.slack.com/")
    assert batches.fill(bot, data, 20, key="K") is None
    assert len(told()) == 1
