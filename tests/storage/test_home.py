"""What an App Home reads."""

from contextlib import contextmanager

from sqlalchemy import event

from core.votes import State, Verdict
from storage import corrections, home
from storage.growth import WEEK, growth
from storage.kinds import Role
from storage.reviewing import waiting_for


@contextmanager
def counted(store):
    """Counts the statements sent to the database."""
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(store.engine, "before_cursor_execute", note)
    yield sent
    event.remove(store.engine, "before_cursor_execute", note)


def mine(here, user="ana", **more):
    return home.mine(here.store, here.dataset.id, user, here.clock.now - WEEK, **more)


def test_a_persons_roles_and_everybodys_curators(store, house):
    first, second = house(), house(name="second", channel="C2")
    assert home.roles(store, "kit") == dict.fromkeys(
        [first.dataset.id, second.dataset.id], Role.CURATOR
    )
    assert home.roles(store, "ana")[first.dataset.id] is Role.REVIEWER
    assert home.roles(store, "nobody") == {}
    assert home.curators(store) == ["kit"]


def test_votes_are_counted_with_what_became_of_them(house, clock):
    here = house()
    first, second, third, _ = here.opened(4)
    here.approve(first, "ana", "ben")
    clock.forward(days=8)
    here.approve(second, "ana")
    here.reject(second, "ben", "cleo", "dan")
    here.reject(third, "ana")
    found = mine(here)
    assert (found.this_week, found.in_all, found.corrections) == (2, 3, 0)
    assert (found.decided, found.agreed) == (2, 1)
    assert [(cast.sample, cast.verdict, cast.state) for cast in found.last] == [
        (third, Verdict.REJECT, State.CONTESTED),
        (second, Verdict.APPROVE, State.REJECTED),
        (first, Verdict.APPROVE, State.APPROVED),
    ]
    assert found.last[2].record.instruction == "Question 0?"


def test_a_verdict_that_was_taken_back_or_changed_is_not_counted_twice(house):
    here = house()
    first, second = here.opened(2)
    here.approve(first, "ana")
    here.react(first, "ana", Verdict.APPROVE, present=False)
    here.approve(second, "ana")
    here.reject(second, "ana")
    found = mine(here)
    assert found.in_all == 1
    assert found.last[0].verdict is Verdict.REJECT


def test_skips_flags_and_votes_that_do_not_count_are_no_votes(house):
    here = house()
    (sample,) = here.opened()
    here.press(sample, "ana", Verdict.SKIP)
    here.press(sample, "ana", Verdict.FLAG)
    here.approve(sample, "stranger")
    assert mine(here).in_all == 0
    assert mine(here, "stranger").in_all == 0


def test_a_correction_counts_as_one_and_not_as_votes(house):
    here = house()
    (sample,) = here.opened()
    here.correct(sample, "ana", "Rest, water and time.")
    here.approve(sample, "ben")
    assert here.state(sample) == "approved"
    found = mine(here)
    assert (found.in_all, found.corrections, found.decided) == (0, 1, 0)


def test_a_withdrawn_correction_is_none(house, store):
    here = house()
    (sample,) = here.opened()
    here.correct(sample, "ana", "Rest, water and time.", ts="1.5")
    assert corrections.withdraw(store, "C1", "1.5", "ana", here.tick()) == [1]
    assert mine(here).corrections == 0


def test_a_vote_on_an_older_version_says_that_it_was_corrected(house):
    here = house()
    (sample,) = here.opened()
    here.approve(sample, "ana")
    here.correct(sample, "ben", "Rest, water and time.")
    (cast,) = mine(here).last
    assert cast.corrected
    assert cast.record.output == "Rest, water and time."


def test_only_the_last_votes_come_with_their_samples(house):
    here = house()
    for sample in here.opened(4):
        here.approve(sample, "ana")
    assert len(mine(here, most=2).last) == 2


def test_others_votes_and_other_datasets_are_not_ones_own(house):
    here, there = house(), house(name="second", channel="C2")
    here.approve(*here.opened(), "ben")
    there.approve(*there.opened(), "ana")
    assert mine(here).in_all == 0


def test_frozen_comes_before_queued_and_queued_before_contested(house, store):
    here = house("review: {max_votes: 2}")
    contested, queued, frozen, _ = here.opened(4)
    here.reject(contested, "ana")
    here.approve(queued, "ana")
    here.reject(queued, "ben")
    here.press(frozen, "ana", Verdict.FLAG)
    found = home.to_settle(store, here.dataset.id)
    assert list(found.items()) == [
        (frozen, State.FROZEN), (queued, State.QUEUED), (contested, State.CONTESTED),
    ]  # fmt: skip
    shown = home.shown(store, [*found, 999])
    assert {one.id: one.state for one in shown} == found


def test_what_reviewers_read_now_is_told_by_current_records(house, store):
    here = house()
    first, second, third = here.opened(3)
    here.approve(first, "ana", "ben")
    here.correct(second, "ana", "Rest, water and time.")
    outputs = [record.output for record in home.waiting_records(store, here.dataset.id, most=9)]
    assert outputs == ["Rest, water and time.", "Rest and water."]
    assert len(home.waiting_records(store, here.dataset.id, most=1)) == 1
    assert here.state(third) == "open"


def test_a_home_asks_the_database_as_often_for_many_samples_as_for_few(house, store):
    def statements(number):
        for sample in here.opened(number):
            here.approve(sample, "ana")
        with counted(store) as sent:
            mine(here)
            growth(store, here.dataset)
            waiting_for(store, here.dataset.id, "ana")
            home.to_settle(store, here.dataset.id)
            home.waiting_records(store, here.dataset.id, most=30)
        return len(sent)

    here = house("schedule: {max_open: 90}")
    assert statements(2) == statements(30)
