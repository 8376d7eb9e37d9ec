"""A bot that dies between hearing a vote and acknowledging it."""

import signal
import time

import pytest

from storage import folding

YES = "white_check_mark"


def not_yet_read(review, vote):
    """Killed with the event in its socket."""
    review.bots[-1].process.send(signal.SIGSTOP)
    vote()
    review.killed()


def not_yet_written(review, vote):
    """Killed with the event in hand, waiting for the sample's row."""
    with review.store.write() as session:
        folding.lock(session, 1)
        vote()
        time.sleep(0.3)
        review.killed()


def just_written(review, vote):
    """Killed at the moment when the vote is in the database, acknowledged or not."""
    before = len(review.votes(1))
    vote()
    while len(review.votes(1)) == before:
        pass
    review.killed()


MOMENTS = (not_yet_read, not_yet_written, just_written)


@pytest.mark.parametrize("dies", MOMENTS)
def test_each_vote_counts_once_whenever_the_bot_dies(review, dies):
    review.bot()
    review.ts(1)
    for who in ("ana", "ben"):  # the second vote decides
        dies(review, lambda who=who: review.react(who, 1, YES))
        review.bot()
    review.becomes(1, "approved")
    review.ends_well()


@pytest.mark.parametrize("dies", MOMENTS)
def test_the_same_holds_on_postgresql(begin, postgres_url, dies):
    review = begin(postgres_url)
    review.a_week_later()
    test_each_vote_counts_once_whenever_the_bot_dies(review, dies)


def test_with_every_event_lost_votes_decide_within_one_interval(review):
    review.bot()
    review.settles()
    review.sandbox.act("fault", kind="lost_event", times=1000)
    heard = len(review.sandbox.log("delivery"))
    for who in ("ana", "ben"):
        review.react(who, 1, YES)
        review.react(who, 2, "x")
    review.reply("chen", 3, "output: Yes, up to seven.")
    review.react("dora", 4, YES)
    time.sleep(1)
    assert review.votes(1) == []
    review.sandbox.pass_time(60)
    review.becomes(1, "approved")
    review.becomes(2, "rejected")
    review.react("ana", 3, YES, revision=1)
    review.react("kim", 4, YES)
    review.unreact("ben", 1, YES)
    review.sandbox.pass_time(60)
    review.becomes(3, "approved")
    review.becomes(4, "approved")
    review.becomes(1, "open")
    assert len(review.sandbox.log("delivery")) == heard
    review.ends_well()
