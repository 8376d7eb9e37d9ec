"""Wanted Slack calls: claimed by one, never lost, never done twice where that would show."""

from datetime import timedelta

import pytest

from storage import batches, outbox
from storage.kinds import OutboxKind
from storage.outbox import LEASE, TALLY_DELAY


def want(h, kind, key, **row):
    with h.store.write() as session:
        return outbox.want(session, kind, key, h.clock.now, dataset_id=h.dataset.id, **row)


def update(h, post, *, soon=False):
    with h.store.write() as session:
        outbox.want_update(session, post, h.dataset.id, h.clock.now, soon=soon)


def card(h):
    """A posted card whose own wanted calls are all done."""
    (sample,) = h.opened()
    h.send_all()
    return h.card(sample).id


def test_the_same_key_is_wanted_once_even_after_it_is_done(house):
    h = house()
    assert want(h, OutboxKind.CARD, "card:1:0:0", args={"a": [1, "é"]})
    errand = outbox.claim(h.store)
    assert (errand.key, errand.args, errand.unknown) == ("card:1:0:0", {"a": [1, "é"]}, False)
    outbox.done(h.store, errand)
    assert not want(h, OutboxKind.CARD, "card:1:0:0")
    assert outbox.claim(h.store) is None


def test_the_most_urgent_call_comes_first_and_then_the_oldest(house):
    h = house()
    for kind in (OutboxKind.UPLOAD, OutboxKind.SEED, OutboxKind.CARD, OutboxKind.TELL):
        want(h, kind, kind.value)
    want(h, OutboxKind.CARD, "second card")
    want(h, OutboxKind.CARD, "urgent card", urgent=True)
    taken = []
    for _ in range(6):
        errand = outbox.claim(h.store)
        taken.append(errand.key)
        outbox.done(h.store, errand)
    assert taken == ["tell", "urgent card", "card", "second card", "seed", "upload"]


def test_messages_of_a_dataset_are_sent_one_after_the_other(house):
    h = house()
    want(h, OutboxKind.CARD, "first")
    want(h, OutboxKind.CARD, "second")
    want(h, OutboxKind.SEED, "a seed")
    first = outbox.claim(h.store)
    assert first.key == "first"
    assert outbox.claim(h.store).key == "a seed"
    assert outbox.claim(h.store) is None
    outbox.done(h.store, first)
    assert outbox.claim(h.store).key == "second"


def test_resting_kinds_wait(house):
    h = house()
    want(h, OutboxKind.CARD, "a card")
    want(h, OutboxKind.SEED, "a seed")
    resting = frozenset({OutboxKind.CARD, OutboxKind.HEADER})
    assert outbox.claim(h.store, resting=resting).key == "a seed"
    assert outbox.claim(h.store, resting=resting) is None


def test_a_claim_lapses_and_is_looked_for_before_it_is_done_again(house):
    h = house()
    want(h, OutboxKind.CARD, "a card")
    first = outbox.claim(h.store)
    h.clock.now += LEASE - timedelta(seconds=1)
    assert outbox.claim(h.store) is None
    h.clock.forward(seconds=1)
    second = outbox.claim(h.store)
    assert (first.unknown, second.unknown, second.attempts) == (False, True, 2)


def test_who_lost_a_claim_cannot_put_it_back_or_give_it_up(house):
    h = house()
    want(h, OutboxKind.CARD, "a card")
    slow = outbox.claim(h.store)
    h.clock.now += LEASE
    outbox.done(h.store, outbox.claim(h.store))
    outbox.put_back(h.store, slow, after=timedelta(0), unknown=False, why="timeout")
    outbox.give_up(h.store, slow, "timeout")
    assert outbox.claim(h.store) is None
    assert outbox.waiting(h.store) == 0


def test_a_call_put_back_comes_again_when_it_may(house):
    h = house()
    want(h, OutboxKind.CARD, "a card")
    outbox.put_back(
        h.store, outbox.claim(h.store), after=timedelta(seconds=9), unknown=False, why="429"
    )
    assert (outbox.claim(h.store), outbox.waiting(h.store)) == (None, 1)
    h.clock.forward(seconds=9)
    again = outbox.claim(h.store)
    assert (again.unknown, again.attempts) == (False, 2)
    outbox.put_back(h.store, again, after=timedelta(0), unknown=True, why="broken")
    assert outbox.claim(h.store).unknown


@pytest.mark.parametrize("kind", sorted(outbox.AT_MOST_ONCE))
@pytest.mark.parametrize("lapsed", [True, False])
def test_what_may_not_happen_twice_is_not_tried_again(house, kind, lapsed):
    h = house()
    want(h, kind, "once")
    want(h, OutboxKind.UPDATE, "after it")
    errand = outbox.claim(h.store)
    if kind is OutboxKind.TELL:
        assert errand.key == "once"
    if lapsed:
        h.clock.now += LEASE
    else:
        outbox.put_back(h.store, errand, after=timedelta(0), unknown=True, why="broken")
    keys = set()
    while errand := outbox.claim(h.store):
        keys.add(errand.key)
    assert keys == {"after it"}


def test_updates_that_come_close_together_become_one(house):
    h = house()
    post = card(h)
    update(h, post)
    h.clock.forward(seconds=1)
    update(h, post)
    assert outbox.claim(h.store) is None
    h.clock.forward(seconds=0.2)
    outbox.done(h.store, outbox.claim(h.store))
    h.clock.forward(seconds=10)
    assert outbox.claim(h.store) is None


def test_an_update_wanted_while_it_is_being_sent_is_sent_again(house):
    h = house()
    post = card(h)
    update(h, post)
    h.clock.now += TALLY_DELAY
    errand = outbox.claim(h.store)
    update(h, post)
    assert outbox.claim(h.store) is None
    outbox.done(h.store, errand)
    assert outbox.waiting(h.store) == 1
    h.clock.now += TALLY_DELAY
    outbox.done(h.store, outbox.claim(h.store))
    assert outbox.waiting(h.store) == 0


def test_a_failed_update_may_be_wanted_again(house):
    h = house()
    post = card(h)
    update(h, post, soon=True)
    outbox.give_up(h.store, outbox.claim(h.store), "msg_too_long")
    update(h, post, soon=True)
    again = outbox.claim(h.store)
    assert (again.unknown, again.attempts) == (False, 1)


def test_a_waiting_update_is_hurried_by_an_urgent_one_and_never_put_off(house):
    h = house()
    post = card(h)
    update(h, post)
    want(h, OutboxKind.CARD, "a card")
    update(h, post, soon=True)
    update(h, post)
    assert outbox.claim(h.store).key == f"update:{post}"


def test_a_person_is_told_once_per_dataset_and_thing(house):
    h = house()
    other = house(name="other", channel="C2")

    def tell(where, user, what):
        with h.store.write() as session:
            outbox.tell_once(session, where.dataset.id, user, what, h.clock.now, channel="C1")

    for where in (h, h, other):
        tell(where, "zoe", "not_counted")
    tell(h, "ana", "superseded:1:0")
    tell(h, "ana", "superseded:1:1")
    said = []
    while errand := outbox.claim(h.store):
        said.append((errand.dataset_id, errand.args["user"], errand.args["text"]))
    assert sorted(said) == sorted(
        [
            (h.dataset.id, "zoe", "not_counted"),
            (other.dataset.id, "zoe", "not_counted"),
            (h.dataset.id, "ana", "superseded"),
            (h.dataset.id, "ana", "superseded"),
        ]
    )


def test_only_curators_are_warned_once_per_key(house):
    h = house()
    for _ in range(2):
        outbox.warn_curators(h.store, h.dataset.id, "budget_day", key="2026-03-02", n=3)
    errand = outbox.claim(h.store)
    assert (errand.kind, errand.args) == (
        OutboxKind.DIRECT,
        {"user": "kit", "text": "budget_day", "n": 3},
    )
    assert outbox.claim(h.store) is None


def test_a_card_recorded_twice_is_there_once(house):
    h = house()
    h.candidates(1)
    opened = batches.open_batch(h.store, h.dataset, 1)
    outbox.done(h.store, outbox.claim(h.store))
    posted = outbox.claim(h.store)
    assert posted.kind is OutboxKind.CARD
    for _ in range(2):
        batches.posted(h.store, posted, "C1", "1772442001.000100", None)
    assert h.card(opened.samples[0]).ts == "1772442001.000100"
    seeds = [e for e in h.send_all() if e.kind is OutboxKind.SEED]
    assert [seed.args for seed in seeds] == [{"channel": "C1", "ts": "1772442001.000100"}]
