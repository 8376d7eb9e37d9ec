"""Exports: what leaves, what stands, what is withdrawn, and who is told."""

from sqlalchemy import event

from core.votes import Verdict
from storage import batches, exports, samples, settlements, stats
from storage.corrections import withdraw
from storage.kinds import OutboxKind
from storage.tables import Sample


def leaving(h):
    """What the next version would hold: sample to (revision, answer)."""
    return {
        record.sample: (record.revision, record.record.output)
        for record, _ in exports.collect(h.store, h.dataset).items
    }


def publish(h):
    collected = exports.collect(h.store, h.dataset)
    assert exports.publish(h.store, h.dataset, collected, "path", {"version": collected.version})
    return collected.version


def told(h):
    """The direct messages about withdrawals since the last look."""
    return [
        (e.args["sample"], e.args["versions"])
        for e in h.send_all()
        if e.kind is OutboxKind.DIRECT and e.args["text"] == "withdrawn"
    ]


def test_only_what_is_approved_leaves_with_a_name_and_a_split_for_good(house):
    h = house()
    a, b, c, d = h.opened(4)
    h.candidates(1)
    h.candidates(1, reason="length", explanation="too long")
    h.approve(a, "ana", "ben")
    h.approve(b, "ana")
    h.reject(c, "ana", "ben")
    first = exports.collect(h.store, h.dataset)
    ((record, split),) = first.items
    assert (record.record_id, record.sample, record.source) == (f"care-{a}", a, "reviewed")
    assert (first.version, first.previous, first.previous_version) == (1, {}, None)
    h.approve(d, "ana", "ben")
    again = exports.collect(h.store, h.dataset)
    assert again.items[0] == (record, split)


def test_a_family_stays_in_one_split_whenever_its_variants_come(house):
    h = house("export: {splits: {train: 0.5, test: 0.5}}")
    first = h.candidates(8, imported_by="kit")
    publish(h)
    variants = [
        h.candidates(3, imported_by="kit", parent_id=number, family=number) for number in first
    ]
    splits = {record.sample: split for record, split in exports.collect(h.store, h.dataset).items}
    assert set(splits.values()) == {"train", "test"}
    for number, varied in zip(first, variants, strict=True):
        assert {splits[one] for one in varied} == {splits[number]}


def test_versions_are_numbered_and_remember_what_they_held(house):
    h = house()
    (sample,) = h.opened()
    assert exports.latest(h.store, h.dataset.id) is None
    h.approve(sample, "ana", "ben")
    assert [publish(h), publish(h)] == [1, 2]
    last = exports.latest(h.store, h.dataset.id)
    assert (last.version, last.path, last.manifest) == (2, "path", {"version": 2})
    assert exports.collect(h.store, h.dataset).previous == {f"care-{sample}": 0}


def test_imported_records_leave_as_imported_once_and_are_never_folded(house):
    h = house()
    (imported,) = h.candidates(1, imported_by="kit")
    ((record, _),) = exports.collect(h.store, h.dataset).items
    assert (record.sample, record.source) == (imported, "imported")
    assert stats.rewrite_folds(h.store, h.dataset, fix=True) == []
    assert h.state(imported) == "approved"


def test_a_discarded_import_that_is_restored_and_approved_leaves_once_as_reviewed(house):
    h = house()
    (sample,) = h.candidates(1, imported_by="kit", reason="length", explanation="too long")
    samples.restore(h.store, sample)
    batches.open_batch(h.store, h.dataset, 1)
    h.send_all()
    h.approve(sample, "ana", "ben")
    ((record, _),) = exports.collect(h.store, h.dataset).items
    assert (record.sample, record.source) == (sample, "reviewed")


def test_a_retraction_before_the_export_reopens_and_after_it_withdraws(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    h.react(sample, "ben", Verdict.APPROVE, present=False)
    assert (leaving(h), told(h)) == ({}, [])
    h.approve(sample, "ben")
    publish(h)
    publish(h)
    h.react(sample, "ben", Verdict.APPROVE, present=False)
    assert (leaving(h), told(h)) == ({}, [(sample, [1, 2])])
    h.approve(sample, "ben")
    assert sample in leaving(h)


def test_an_exported_revision_stands_until_its_correction_is_approved(house):
    h = house()
    (sample,) = h.opened()
    before = samples.show(h.store, sample).record.output
    h.approve(sample, "ana", "ben")
    publish(h)
    h.correct(sample, "cleo", "Better.")
    assert (h.state(sample), leaving(h)) == ("open", {sample: (0, before)})
    h.react(sample, "ana", Verdict.APPROVE, present=False, revision=0)
    assert leaving(h) == {sample: (0, before)}
    h.approve(sample, "ana")
    assert leaving(h) == {sample: (1, "Better.")}
    assert told(h) == []


def test_a_correction_of_what_was_never_exported_leaves_nothing_behind(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    h.correct(sample, "cleo", "Better.")
    assert leaving(h) == {}


def test_a_rejected_correction_leaves_the_exported_revision_standing(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    publish(h)
    h.correct(sample, "cleo", "Worse.")
    h.reject(sample, "ana", "ben", "dan")
    assert h.state(sample) == "rejected"
    assert [revision for revision, _ in leaving(h).values()] == [0]


def test_what_lost_its_approval_does_not_stand_by_being_corrected(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    publish(h)
    h.reject(sample, "ana", "ben")
    assert told(h) == [(sample, [1])]
    h.correct(sample, "cleo", "Better.")
    assert leaving(h) == {}


def test_a_flag_withdraws_what_was_exported_even_while_it_is_being_corrected(house):
    h = house()
    plain, corrected = h.opened(2)
    for sample in (plain, corrected):
        h.approve(sample, "ana", "ben")
    publish(h)
    h.correct(corrected, "cleo", "Better.")
    assert told(h) == []
    for sample in (plain, corrected):
        h.react(sample, "dan", Verdict.FLAG)
    assert leaving(h) == {}
    assert told(h) == [(plain, [1]), (corrected, [1])]
    for sample in (plain, corrected):
        h.react(sample, "dan", Verdict.FLAG, present=False)
    assert [revision for revision, _ in leaving(h).values()] == [0, 0]


def test_an_exported_correction_that_is_taken_back_is_withdrawn(house):
    h = house("review: {lead: 1}")
    (sample,) = h.opened()
    h.tick()
    ts = h.ts()
    h.correct(sample, "ana", "Better.", ts=ts)
    publish(h)
    withdraw(h.store, h.channel, ts, "ana", h.tick())
    assert (h.state(sample), leaving(h), told(h)) == ("open", {}, [(sample, [1])])


def test_a_lost_message_or_an_archived_channel_withdraws_nothing(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    publish(h)
    card = h.card(sample)
    settlements.freeze(h.store, card.channel, card.ts, "deleted", h.tick())
    assert list(leaving(h)) == [sample]


def test_folding_again_mends_a_state_that_does_not_follow_from_the_votes(house):
    h = house()
    (sample,) = h.opened()
    with h.store.write() as session:
        session.get_one(Sample, sample).state = "approved"
    assert leaving(h) == {}
    assert stats.rewrite_folds(h.store, h.dataset, fix=False) == [(sample, "approved", "open")]
    assert stats.rewrite_folds(h.store, h.dataset, fix=True) == [(sample, "approved", "open")]
    assert (h.state(sample), stats.rewrite_folds(h.store, h.dataset, fix=False)) == ("open", [])


def test_gathering_many_records_takes_no_more_queries_than_a_few(house):
    h = house("schedule: {max_open: 100}")
    counted = []
    event.listen(h.store.engine, "before_cursor_execute", lambda *_: counted.append(1))

    def queries(more):
        for sample in h.opened(more):
            h.approve(sample, "ana", "ben")
        counted.clear()
        exports.collect(h.store, h.dataset)
        return len(counted)

    assert queries(2) == queries(20)
