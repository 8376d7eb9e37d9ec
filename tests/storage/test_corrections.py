"""Corrections: bases, conflicts, edits, deletions, and what they do to the sample's state."""

from dataclasses import replace

import pytest

from core.errors import RecordError
from core.votes import Verdict
from storage import batches, corrections, outbox, samples, traces
from storage.corrections import Conflict
from storage.kinds import OutboxKind


def test_a_correction_is_a_revision_with_its_authors_two_votes(house):
    h = house()
    (sample,) = h.opened()
    assert h.correct(sample, "ana", "Better.").revision == 1
    shown = samples.show(h.store, sample)
    assert (shown.record.output, shown.author, shown.state.value) == ("Better.", "ana", "open")
    assert shown.outcome.ballot.verdicts == {"ana": Verdict.APPROVE}
    said = {(v["revision"], v["verdict"]) for v in traces.trace(h.store, sample)["votes"]}
    assert said == {(0, "reject"), (1, "approve")}
    h.approve(sample, "ben")
    assert h.state(sample) == "approved"


def test_the_new_message_is_wanted_at_once_and_then_the_old_one_shrinks(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ben")
    corrections.correct(h.store, h.proposal(sample, "ana", {"output": "Better."}))
    card = outbox.claim(h.store)
    assert (card.kind, card.key) == (OutboxKind.CARD, f"card:{sample}:1:0")
    h.clock.forward(seconds=5)
    batches.posted(h.store, card, h.channel, h.ts(), None)
    update = outbox.claim(h.store)
    assert (update.kind, update.post_id) == (OutboxKind.UPDATE, h.card(sample, 0).id)


@pytest.mark.parametrize("state", ["contested", "queued", "frozen", "approved", "rejected"])
def test_a_correction_reopens_all_but_what_is_frozen(house, state):
    h = house("review: {max_votes: 3}")
    (sample,) = h.opened()
    match state:
        case "contested":
            h.reject(sample, "ana")
        case "queued":
            h.approve(sample, "ana", "ben")
            h.reject(sample, "cleo")
        case "frozen":
            h.react(sample, "ben", Verdict.FLAG)
        case "approved":
            h.approve(sample, "ana", "ben")
        case "rejected":
            h.reject(sample, "ana", "ben")
    assert h.state(sample) == state
    h.correct(sample, "dan", "Better.")
    assert h.state(sample) == ("frozen" if state == "frozen" else "open")


def test_a_stale_base_merges_other_fields_and_refuses_the_same(house):
    h = house()
    (sample,) = h.opened()
    h.correct(sample, "ana", "By Ana.")
    merged = corrections.correct(h.store, h.proposal(sample, "ben", {"input": "For days."}, base=0))
    assert merged.revision == 2
    record = samples.show(h.store, sample).record
    assert (record.output, record.input) == ("By Ana.", "For days.")
    refused = corrections.correct(
        h.store, h.proposal(sample, "ben", {"output": "By Ben.", "input": "Now."}, base=0)
    )
    assert refused.conflicts == (
        Conflict("output", "By Ana.", "By Ben."),
        Conflict("input", "For days.", "Now."),
    )
    assert samples.show(h.store, sample).revision == 2


def test_the_same_text_and_illegal_texts_make_no_revision(house):
    h = house()
    (sample,) = h.opened()
    text = samples.show(h.store, sample).record.output
    assert h.correct(sample, "ana", text).result == "same"
    for changes in ({"output": " "}, {"turn-1": "x"}):
        with pytest.raises(RecordError):
            corrections.correct(h.store, h.proposal(sample, "ana", changes))
    assert samples.show(h.store, sample).revision == 0


def test_a_correction_delivered_again_is_a_duplicate_even_after_more_corrections(house):
    h = house()
    (sample,) = h.opened()
    first = h.proposal(sample, "ana", {"output": "Better."}, ts="1772442001.000100")
    results = [corrections.correct(h.store, first).result]
    results.append(corrections.correct(h.store, first).result)
    h.correct(sample, "ben", "Best.")
    results.append(corrections.correct(h.store, first).result)
    assert results == ["accepted", "duplicate", "duplicate"]


def test_a_refused_correction_may_be_accepted_later_under_the_same_key(house):
    h = house()
    (sample,) = h.opened()
    h.correct(sample, "ana", "By Ana.")
    stale = h.proposal(sample, "ben", {"output": "By Ben."}, base=0)
    assert corrections.correct(h.store, stale).result == "conflict"
    assert corrections.correct(h.store, replace(stale, base=1)).result == "accepted"


def test_a_strangers_correction_is_refused_after_a_look_at_the_roster(house):
    h = house()
    (sample,) = h.opened()
    proposal = h.proposal(sample, "zoe", {"output": "Better."})
    assert corrections.correct(h.store, proposal).result == "stranger"
    assert corrections.correct(h.store, proposal, strangers=True).result == "not_allowed"
    assert [e.args["text"] for e in h.send_all() if e.kind is OutboxKind.TELL] == ["not_counted"]


def reply(h, sample, user, output):
    """A correcting reply in the thread; returns its ts."""
    h.tick()
    ts = h.ts()
    base = corrections.seen_by(h.store, sample, h.channel, ts)
    assert h.correct(sample, user, output, ts=ts, base=base).result == "accepted"
    return ts


def test_a_reply_is_about_the_revision_that_was_shown_when_it_was_written(house):
    h = house()
    (sample,) = h.opened()
    h.tick()
    early = h.ts()
    h.correct(sample, "ana", "Better.")
    h.tick()
    assert corrections.seen_by(h.store, sample, h.channel, early) == 0
    assert corrections.seen_by(h.store, sample, h.channel, h.ts()) == 1


def test_an_edited_reply_is_a_further_revision_on_top_of_its_own(house):
    h = house()
    (sample,) = h.opened()
    ts = reply(h, sample, "ana", "Bettr.")
    assert corrections.seen_by(h.store, sample, h.channel, ts) == 1
    assert h.correct(sample, "ana", "Better.", ts=ts, base=1).revision == 2
    assert corrections.made_in(h.store, sample, h.channel) == [(ts, "ana")] * 2


def test_a_deleted_reply_takes_its_revisions_back_and_the_ballot_before_counts_again(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    ts = reply(h, sample, "ana", "Bettr.")
    h.correct(sample, "ana", "Better.", ts=ts, base=1)
    assert h.state(sample) == "open"
    assert corrections.withdraw(h.store, h.channel, ts, "ana", h.tick()) == [2, 1]
    shown = samples.show(h.store, sample)
    assert (shown.revision, shown.state.value) == (0, "approved")
    assert corrections.withdraw(h.store, h.channel, ts, "ana", h.tick()) == []
    assert corrections.made_in(h.store, sample, h.channel) == []


@pytest.mark.parametrize("event", ["vote", "flag", "correction", "settlement"])
def test_a_deleted_reply_stays_when_someone_else_voted_or_built_on_it(house, event):
    h = house()
    (sample,) = h.opened()
    ts = reply(h, sample, "ana", "Better.")
    match event:
        case "vote":
            h.react(sample, "ben", Verdict.SKIP)
        case "flag":
            h.react(sample, "ben", Verdict.FLAG)
        case "correction":
            h.correct(sample, "ben", "Best.")
        case "settlement":
            h.reject(sample, "ana")
            h.settle(sample, Verdict.APPROVE)
    assert corrections.withdraw(h.store, h.channel, ts, "ana", h.tick()) == []


def test_a_strangers_vote_does_not_hold_a_deleted_reply(house):
    h = house()
    (sample,) = h.opened()
    ts = reply(h, sample, "ana", "Better.")
    h.approve(sample, "zoe")
    assert corrections.withdraw(h.store, h.channel, ts, "ana", h.tick()) == [1]


def test_numbers_of_withdrawn_revisions_are_not_used_again(house):
    h = house()
    (sample,) = h.opened()
    ts = reply(h, sample, "ana", "Better.")
    corrections.withdraw(h.store, h.channel, ts, "ana", h.tick())
    assert h.correct(sample, "ben", "Best.").revision == 2
    stale = h.proposal(sample, "cleo", {"output": "Mine."}, base=1)
    assert corrections.correct(h.store, stale).result == "conflict"
