"""Approved samples that new ones are made from."""

from datetime import timedelta

import pytest

from core.planning import Cell
from core.records import Instruction
from core.votes import State, Verdict
from storage import exports, pool
from storage.corrections import mend
from storage.run_tables import Contrast, Rewrite
from storage.settlements import freeze
from storage.tables import Sample

ALL = "export: {splits: {train: 1, validation: 0, test: 0}}"


@pytest.fixture
def desk(house):
    return house(ALL)


def numbers(found):
    return [one.sample for one in found]


def set_(store, sample, **values):
    with store.write() as session:
        row = session.get_one(Sample, sample)
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


def test_only_what_is_approved_is_shown_and_as_it_was_corrected(store, desk):
    plain, mended, rejected, _ = desk.opened(4)
    desk.approve(plain, "ana", "ben")
    desk.correct(mended, "ana", "Rest, water, and a doctor.")
    desk.approve(mended, "ben")
    desk.reject(rejected, "ana", "ben")
    found = pool.approved(store, desk.dataset)
    assert [(one.sample, one.revision) for one in found] == [(plain, 0), (mended, 1)]
    assert found[0].cell == Cell("general", None, "en")
    assert found[0].teacher == "replay:replies.jsonl"
    texts = [record.output for record in pool.records(store, found)]
    assert texts == ["Rest and water.", "Rest, water, and a doctor."]


def test_the_test_split_is_held_out_with_its_families_before_and_after_an_export(store, house):
    desk = house("export: {splits: {train: 0.5, validation: 0, test: 0.5}}")
    made = desk.candidates(12, imported_by="kit")
    before = pool.approved(store, desk.dataset)
    splits = {record.sample: split for record, split in exports.collect(store, desk.dataset).items}
    assert {"train", "test"} == set(splits.values())
    assert numbers(before) == [number for number in made if splits[number] == "train"]
    assert pool.approved(store, desk.dataset) == before
    parent, child = numbers(before)[0], next(n for n in made if splits[n] == "test")
    set_(store, child, parent_id=parent, family=parent)
    assert numbers(pool.approved(store, desk.dataset)) == numbers(before)[1:]


def test_variants_are_counted_for_their_parent_unless_they_were_discarded(store, desk):
    parent, _ = desk.candidates(2, imported_by="kit")
    for reason in (None, None, "duplicate"):
        (child,) = desk.candidates(1, origin={"variant": "paraphrase"}, reason=reason)
        set_(store, child, parent_id=parent, family=parent)
    (evolved,) = desk.candidates(1, imported_by="kit")
    set_(store, evolved, parent_id=parent, family=parent)
    found = {one.sample: one for one in pool.approved(store, desk.dataset)}
    assert (found[parent].variants, found[parent].family) == (2, parent)
    assert (found[evolved].variants, found[evolved].family) == (0, parent)


def test_a_contrast_counts_for_the_revision_that_it_answers(store, desk, clock):
    (sample,) = desk.candidates(1, imported_by="kit")
    assert not pool.approved(store, desk.dataset)[0].contrasted
    row = Contrast(sample_id=sample, revision=0, record="{}", kind="second", origin={}, at=clock())
    with store.write() as session:
        session.add(row)
    assert pool.approved(store, desk.dataset)[0].contrasted
    set_(store, sample, current=1)
    assert not pool.approved(store, desk.dataset)[0].contrasted


def test_a_flagged_sample_waits_to_be_mended_until_a_rewriting_was_shown(store, desk, clock):
    flagged, gone, _ = desk.opened(3)
    desk.react(flagged, "ana", Verdict.FLAG)
    freeze(store, desk.channel, desk.card(gone).ts, "deleted", clock() + timedelta(seconds=1))
    assert (desk.state(flagged), desk.state(gone)) == ("frozen", "frozen")
    assert numbers(pool.flagged(store, desk.dataset)) == [flagged]
    row = Rewrite(
        sample_id=flagged,
        revision=0,
        user_id="ana",
        wish="",
        key="mend",
        channel="C1",
        thread_ts="1.0",
        state="failed",
        at=clock(),
    )
    with store.write() as session:
        session.add(row)
    assert numbers(pool.flagged(store, desk.dataset)) == [flagged]
    with store.write() as session:
        session.get_one(Rewrite, row.id).state = "shown"
    assert pool.flagged(store, desk.dataset) == []


def test_mending_lifts_no_flag_and_is_done_once(store, desk):
    first, _ = desk.opened(2)
    desk.react(first, "ana", Verdict.FLAG)
    better = Instruction(instruction="How?", output="Kindly.")
    with store.write() as session:
        assert mend(store, session, first, 0, better, "openai:small") == 1
    assert desk.state(first) == "frozen"
    assert pool.flagged(store, desk.dataset) == []


def test_what_an_export_put_into_the_test_split_stays_held_out_while_it_is_voted_on_again(
    store, desk
):
    parent, child = desk.candidates(2, imported_by="kit")
    set_(store, child, parent_id=parent, family=parent)
    set_(store, parent, split="test", state=State.OPEN)
    assert pool.approved(store, desk.dataset) == []
