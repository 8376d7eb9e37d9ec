"""Which samples still need a person, in which order, and where "back" leads."""

from dataclasses import replace

import pytest
from sqlalchemy import event

from core.votes import Verdict
from storage import batches, reviewing, votes
from storage.reviewing import look, waiting_for

APPROVE, REJECT, SKIP = Verdict.APPROVE, Verdict.REJECT, Verdict.SKIP


def needed(house, user, batch=None):
    """The samples that need a person, each found after a skip of the one before it."""
    found = []
    while shown := look(house.store, house.dataset.id, user, batch=batch).shown:
        found.append(shown.id)
        house.press(shown.id, user, SKIP, revision=shown.revision)
    return found


def test_samples_come_by_batch_and_position(house):
    h = house()
    first, second = h.opened(2), h.opened(3)
    assert waiting_for(h.store, h.dataset.id, "ana") == 5
    assert waiting_for(h.store, h.dataset.id, "ana", batch=2) == 3
    assert needed(h, "ben", batch=2) == second
    assert needed(h, "ana") == [*first, *second]


def test_a_sample_has_its_place_in_its_batch(house):
    h = house()
    h.opened(1)
    _, second, _ = h.opened(3)
    assert look(h.store, h.dataset.id, "ana").position == (1, 1)
    assert look(h.store, h.dataset.id, "ana", sample=second).position == (2, 3)


@pytest.mark.parametrize("verdict", [APPROVE, REJECT, SKIP])
def test_whoever_said_something_is_needed_no_more_and_others_are(house, verdict):
    h = house()
    (sample,) = h.opened()
    h.press(sample, "ana", verdict)
    assert (waiting_for(h.store, h.dataset.id, "ana"), needed(h, "ben")) == (0, [sample])


def test_a_retracted_verdict_and_several_at_one_instant_need_the_person_again(house):
    h = house()
    taken, unclear = h.opened(2)
    h.approve(taken, "ana")
    h.react(taken, "ana", APPROVE, present=False)
    at = h.tick()
    for verdict in (APPROVE, REJECT):
        reaction = replace(h.reaction(unclear, "ana", verdict), at=at)
        votes.react(h.store, reaction, strangers=True)
    assert needed(h, "ana") == [taken, unclear]


def test_what_does_not_count_leaves_the_sample_waiting(house):
    h = house()
    (sample,) = h.opened()
    h.press(sample, "zoe", APPROVE)
    assert needed(h, "ana") == [sample]
    assert look(h.store, h.dataset.id, "zoe").shown.id == sample


def test_decided_queued_frozen_and_unposted_samples_need_nobody(house):
    h = house("review: {max_votes: 2}")
    approved, queued, frozen, open_ = h.opened(4)
    h.approve(approved, "ben", "cleo")
    h.approve(queued, "ben")
    h.reject(queued, "cleo")
    h.press(frozen, "ben", Verdict.FLAG)
    h.candidates(1)
    assert [h.state(s) for s in (approved, queued, frozen)] == ["approved", "queued", "frozen"]
    assert needed(h, "ana") == [open_]


def test_a_sample_whose_message_is_not_there_yet_needs_nobody(house):
    h = house()
    h.candidates(1)
    batches.open_batch(h.store, h.dataset, 1)
    assert waiting_for(h.store, h.dataset.id, "ana") == 0
    h.send_all()
    assert waiting_for(h.store, h.dataset.id, "ana") == 1


def test_a_correction_needs_everybody_but_its_author(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana")
    h.correct(sample, "ben", "Rest, water and time.")
    found = look(h.store, h.dataset.id, "ana")
    assert (found.shown.id, found.shown.revision, found.verdict) == (sample, 1, None)
    assert needed(h, "ben") == []


def test_another_dataset_is_another_place(house):
    h, other = house(), house(name="cure", channel="C2")
    other.opened(2)
    (sample,) = h.opened()
    assert needed(h, "ana") == [sample]
    assert reviewing.dataset_of(h.store, 1) == other.dataset.id


def test_back_leads_along_ones_own_votes_from_the_latest(house):
    h = house()
    a, b, c = h.opened(3)
    assert look(h.store, h.dataset.id, "ana").before is None
    h.press(b, "ana", APPROVE)
    h.press(a, "ana", REJECT)
    h.press(c, "ben", APPROVE)
    now = look(h.store, h.dataset.id, "ana")
    assert (now.shown.id, now.before) == (c, a)
    back = look(h.store, h.dataset.id, "ana", sample=a)
    assert (back.verdict, back.waiting, back.before) == (REJECT, 1, b)
    assert look(h.store, h.dataset.id, "ana", sample=b).before is None


def test_back_finds_a_sample_that_has_been_decided_or_corrected_since(house):
    h = house()
    decided, corrected = h.opened(2)
    h.approve(decided, "ana", "ben")
    h.approve(corrected, "ana")
    h.correct(corrected, "ben", "Only water.")
    h.press(corrected, "ana", SKIP, revision=1)
    done = look(h.store, h.dataset.id, "ana")
    assert (done.shown, done.waiting, done.before) == (None, 0, corrected)
    back = look(h.store, h.dataset.id, "ana", sample=corrected)
    assert (back.shown.revision, back.verdict, back.before) == (1, SKIP, decided)


def test_what_a_person_gave_is_counted_once_a_sample(house):
    h = house()
    a, b, c, d = h.opened(4)
    (e,) = h.opened(1)
    h.press(a, "ana", APPROVE)
    h.press(a, "ana", REJECT)
    h.press(b, "ana", SKIP)
    h.correct(c, "ana", "Only rest.")
    h.approve(d, "ben")
    h.press(d, "ana", REJECT)
    done = look(h.store, h.dataset.id, "ana", batch=1)
    assert (done.shown, done.given) == (None, {APPROVE: 1, REJECT: 2, SKIP: 1})
    h.press(e, "ana", APPROVE)
    assert look(h.store, h.dataset.id, "ana").given == {APPROVE: 2, REJECT: 2, SKIP: 1}


def test_a_look_takes_the_same_queries_for_one_sample_and_for_twenty(house):
    h = house()
    counts = []
    for number in (1, 19):
        for sample in h.opened(number):
            h.approve(sample, "ben")
        statements = []
        listener = lambda *args, seen=statements: seen.append(args[2])  # noqa: E731
        event.listen(h.store.engine, "before_cursor_execute", listener)
        look(h.store, h.dataset.id, "ana")
        event.remove(h.store.engine, "before_cursor_execute", listener)
        counts.append(len(statements))
    assert counts[0] == counts[1]
