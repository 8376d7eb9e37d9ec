"""Wishes for a rewriting: one row each, told to the one person, closed once; and what mends."""

from datetime import timedelta

import pytest

from core.records import Instruction
from storage import corrections, outbox, rewrites, samples, traces
from storage.kinds import OutboxKind
from storage.rewrites import Stage, Wish

NEW = Instruction(instruction="How?", output="Like this.")


@pytest.fixture
def care(house):
    return house()


@pytest.fixture
def wish(care):
    [sample] = care.opened()

    def make(**changes):
        known = {
            "key": "reply:1",
            "sample": sample,
            "revision": 0,
            "user": "ana",
            "text": "shorter",
            "channel": care.channel,
            "ts": "5.0",
            "thread_ts": care.card(sample).ts,
            "at": care.tick(),
        }
        return Wish(**(known | changes))

    return make


def _sent(care, kind):
    return [errand for errand in care.send_all() if errand.kind is kind]


def test_a_wish_is_written_down_once_and_its_words_are_kept(care, wish):
    asked = wish()
    number = rewrites.wish(care.store, asked)
    assert rewrites.wish(care.store, asked) == "duplicate"
    assert rewrites.get(care.store, number).wish == "shorter"
    [told] = traces.trace(care.store, asked.sample)["rewrites"]
    assert (told["user"], told["wish"], told["state"]) == ("ana", "shorter", "wished")
    [comment] = traces.trace(care.store, asked.sample)["comments"]
    assert comment["text"] == "shorter"


def test_who_may_not_vote_is_told_once_and_their_words_are_kept(care, wish):
    asked = wish(user="stranger")
    assert rewrites.wish(care.store, asked) == "stranger"
    assert traces.trace(care.store, asked.sample)["comments"] == []
    assert rewrites.wish(care.store, asked, strangers=True) == "not_allowed"
    again = wish(user="stranger", key="reply:2", ts="6.0")
    assert rewrites.wish(care.store, again, strangers=True) == "not_allowed"
    assert len(_sent(care, OutboxKind.TELL)) == 1
    assert len(traces.trace(care.store, asked.sample)["comments"]) == 2


def test_what_was_written_is_shown_once_and_closed_once(care, wish):
    number = rewrites.wish(care.store, wish())
    care.send_all()
    rewrites.written(care.store, number, NEW, None)
    rewrites.written(care.store, number, NEW, None)
    [errand] = _sent(care, OutboxKind.REWRITE)
    assert errand.args == {"rewrite": number}
    assert rewrites.get(care.store, number).record == NEW
    assert rewrites.close(care.store, number, Stage.DROPPED)
    assert not rewrites.close(care.store, number, Stage.ACCEPTED)
    assert rewrites.get(care.store, number).stage is Stage.DROPPED


def test_a_failure_is_told_to_the_person_with_its_reason(care, wish):
    number = rewrites.wish(care.store, wish())
    care.send_all()
    rewrites.failed(care.store, number, "The budget is spent.")
    [errand] = _sent(care, OutboxKind.TELL)
    assert (errand.args["user"], errand.args["why"]) == ("ana", "The budget is spent.")
    rewrites.written(care.store, number, NEW, None)
    assert rewrites.get(care.store, number).stage is Stage.FAILED


def test_only_wishes_whose_process_must_have_died_lapse(care, wish):
    number = rewrites.wish(care.store, wish())
    begun = care.store.now()
    assert rewrites.lapse(care.store, begun - timedelta(minutes=1)) == 0
    care.tick()
    assert rewrites.lapse(care.store, care.store.now()) == 1
    assert rewrites.get(care.store, number).stage is Stage.FAILED


def test_wishes_are_counted_by_person_and_day(care, wish):
    rewrites.wish(care.store, wish())
    dataset = care.dataset.id
    since = care.store.now() - timedelta(hours=1)
    assert rewrites.wished_by(care.store, dataset, "ana", since) == 1
    assert rewrites.wished_by(care.store, dataset, "ben", since) == 0
    assert rewrites.wished_by(care.store, dataset, "ana", care.tick()) == 0


def test_what_a_teacher_mends_is_a_new_version_that_is_nobody_s_vote(care):
    [sample] = care.opened()
    with care.store.write() as session:
        number = corrections.mend(care.store, session, sample, 0, NEW, "openai:m")
    assert number == 1
    shown = samples.show(care.store, sample)
    assert (shown.revision, shown.record, shown.author) == (1, NEW, "openai:m")
    assert shown.outcome.ballot.verdicts == {}
    assert [e.revision for e in _sent(care, OutboxKind.CARD)] == [1]


def test_a_mending_yields_to_a_correction_and_to_no_change(care):
    [sample] = care.opened()
    before = samples.show(care.store, sample).record
    with care.store.write() as session:
        assert corrections.mend(care.store, session, sample, 0, before, "openai:m") is None
    corrections.correct(care.store, care.proposal(sample, "ana", {"output": "Otherwise."}))
    with care.store.write() as session:
        assert corrections.mend(care.store, session, sample, 0, NEW, "openai:m") is None
    assert outbox.waiting(care.store)
