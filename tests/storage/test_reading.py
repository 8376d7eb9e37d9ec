"""Settling: what replies gave is stored once, by one of several runs, in sight of the others."""

import threading

import pytest
from sqlmodel import select

from core.records import Instruction
from storage import reading, requests, runs, samples
from storage.kinds import RequestState
from storage.reading import Contrasted, Mended, Settling
from storage.requests import Paid
from storage.run_tables import Contrast, Request


@pytest.fixture
def answered(house):
    """A house and the numbers of requests whose replies are stored."""

    def build(number, *lines):
        h = house(*lines)
        reserved = h.reserve(*[h.wanted() for _ in range(number)])
        requests.answer(h.store, [(one.id, Paid(reply="…")) for one in reserved])
        return h, [one.id for one in reserved]

    return build


def states(h):
    with h.store.read() as session:
        return list(session.exec(select(Request.state).order_by(Request.id)))


def test_samples_follow_ups_and_the_state_are_stored_together(answered):
    h, [one, two] = answered(2)
    run = runs.start(h.store, h.dataset.id, {})
    following = h.wanted()
    settling = [Settling(one, [h.new(), h.new()]), Settling(two, [h.new()], owed=[following])]
    first, second = reading.settle(
        h.store, h.dataset.id, [one, two], lambda _: settling, run_id=run
    )
    assert (len(first.samples), len(second.samples), first.owed) == (2, 1, {})
    assert [samples.show(h.store, n).record for n in first.samples] == [
        new.record for new in settling[0].news
    ]
    assert states(h) == [RequestState.SETTLED, RequestState.SETTLED, RequestState.OWED]
    with h.store.read() as session:
        row = session.get_one(Request, second.owed[following.key])
        assert (row.run_id, row.pending) == (run, following.pending)
        assert session.get_one(Request, one).pending is None


def test_a_reply_is_settled_once(answered):
    h, [one] = answered(1)
    assert len(h.read(one, h.new())) == 1
    assert h.read(one, h.new()) == []
    assert len(samples.repeatable(h.store, h.dataset.id)) == 1


def test_a_settling_run_sees_what_others_stored_since_it_looked(answered):
    h, [one, two] = answered(2)
    old = h.candidates(1)
    seen = old[-1]
    h.read(one, h.new())
    imported = h.candidates(1, imported_by="kit")
    looks = []

    def sift(look):
        looks.append(look)
        return [Settling(two)]

    reading.settle(h.store, h.dataset.id, [two], sift, seen=seen)
    [look] = looks
    assert look.unread == {two}
    assert [known.sample for known in look.known] == [seen + 1, *imported]
    assert all(known.family == known.sample for known in look.known)


def test_two_runs_that_settle_at_once_see_each_other(answered):
    h, numbers = answered(4)
    texts = []

    def settle(number):
        def sift(look):
            known = {known.record.instruction for known in look.known}
            new = h.new(Instruction(instruction="The same?", output="Yes."))
            texts.append("The same?" in known)
            return [Settling(number, [] if "The same?" in known else [new])]

        reading.settle(h.store, h.dataset.id, [number], sift)

    threads = [threading.Thread(target=settle, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts) == [False, True, True, True]
    assert len(samples.repeatable(h.store, h.dataset.id)) == 1


def test_variants_belong_to_their_parents_family_and_are_counted(answered):
    h, [one, two] = answered(2)
    [parent] = h.candidates(1)
    [settled] = h.read(
        one,
        h.new(parent_id=parent, family=parent),
        h.new(parent_id=parent, family=parent, reason="duplicate", explanation="It is the same."),
        h.new(parent_id=parent),
    )
    variant = settled.samples[0]
    looks = []
    reading.settle(
        h.store,
        h.dataset.id,
        [two],
        lambda look: looks.append(look) or [],
        parents={parent, variant},
    )
    [look] = looks
    assert look.families == {parent: parent, variant: parent}
    assert look.variants == {parent: 1}
    families = {known.sample: known.family for known in look.known}
    assert families[variant] == parent


def test_an_answer_for_contrast_is_no_sample(answered):
    h, [one] = answered(1)
    [sample] = h.candidates(1)
    record = Instruction(instruction="Why?", output="No idea.")
    [settled] = h.read(one, contrasts=[Contrasted(sample, 0, record, "weaker", {"teacher": "t"})])
    assert (settled.samples, settled.contrasts) == ([], 1)
    with h.store.read() as session:
        [row] = session.exec(select(Contrast)).all()
    assert (row.sample_id, row.kind, row.request_id, row.at) == (sample, "weaker", one, h.clock.now)


def test_a_mended_text_is_the_samples_next_revision(answered):
    h, [one, two] = answered(2)
    [sample] = h.opened(1)
    shown = samples.show(h.store, sample)
    record = shown.record.model_copy(update={"output": "Rest, and ask a doctor."})
    [settled] = h.read(one, mended=[Mended(sample, 0, record, "anthropic:m")])
    assert settled.mended == 1
    assert samples.show(h.store, sample).record == record
    [late] = h.read(two, mended=[Mended(sample, 0, shown.record, "anthropic:m")])
    assert late.mended == 0
