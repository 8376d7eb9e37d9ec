"""Batches: what is taken, how far it is, and when it is closed."""

from storage import batches, datasets, samples
from storage.kinds import OutboxKind


def test_a_batch_takes_the_oldest_candidates_within_max_open(house):
    h = house("schedule: {max_open: 3}")
    numbers = h.candidates(5)
    assert batches.lacking(h.store, h.dataset, 10) == 0
    opened = batches.open_batch(h.store, h.dataset, 2)
    assert (opened.number, opened.samples) == (1, tuple(numbers[:2]))
    assert batches.open_batch(h.store, h.dataset, 10).samples == (numbers[2],)
    assert batches.open_batch(h.store, h.dataset, 10) is None
    assert samples.in_review(h.store, h.dataset.id) == 3


def test_a_batch_of_named_samples_leaves_older_candidates_waiting(house):
    h = house("schedule: {max_open: 3}")
    numbers = h.candidates(6)
    opened = batches.open_batch(h.store, h.dataset, 2, samples=numbers[3:])
    assert opened.samples == tuple(numbers[3:5])
    assert batches.open_batch(h.store, h.dataset, 9, samples=()) is None
    assert batches.open_batch(h.store, h.dataset, 9, samples=numbers[3:5]) is None
    assert batches.open_batch(h.store, h.dataset, 9, samples=numbers).samples == (numbers[0],)


def test_what_a_batch_lacks_is_what_the_candidates_do_not_cover(house):
    h = house("target: 6")
    assert batches.lacking(h.store, h.dataset, 10) == 6
    for sample in h.opened(4):
        h.approve(sample, "ana", "ben")
    h.candidates(1)
    assert batches.lacking(h.store, h.dataset, 10) == 1


def test_at_the_target_nothing_is_opened_and_the_curators_are_told_once(house):
    h = house("target: 2")
    a, b = h.opened(2)
    h.candidates(1)
    h.approve(a, "ana", "ben")
    h.approve(b, "ana", "ben")
    h.react(b, "ana", "approve", present=False)
    h.approve(b, "ana")
    assert batches.open_batch(h.store, h.dataset, 1) is None
    direct = [e.args for e in h.send_all() if e.kind is OutboxKind.DIRECT]
    assert direct == [{"user": "kit", "text": "target", "approved": 2}]


def test_the_same_due_time_opens_nothing_more(house):
    h = house()
    h.candidates(9)
    assert len(batches.open_batch(h.store, h.dataset, 3, key="monday").samples) == 3
    assert batches.open_batch(h.store, h.dataset, 3, key="monday") is None
    assert len(batches.open_batch(h.store, h.dataset, 3, key="tuesday").samples) == 3


def test_a_batch_is_headed_before_its_cards_and_each_card_is_seeded(house):
    h = house()
    h.candidates(2)
    batches.open_batch(h.store, h.dataset, 2)
    kinds = [errand.kind.value for errand in h.send_all()]
    assert kinds == ["header", "card", "card", "seed", "seed"]


def test_progress_counts_what_is_decided_and_names_what_is_one_vote_short(house):
    h = house()
    a, b, c = h.opened(3)
    h.approve(a, "ana", "ben")
    h.approve(b, "ana")
    batch = samples.show(h.store, a).batch_id
    progress = batches.progress(h.store, batch)
    assert (progress.size, progress.decided, progress.approved) == (3, 1, 1)
    assert progress.short == ((b, h.card(b).channel, h.card(b).ts),)
    assert progress.positions == {a: 1, b: 2, c: 3}
    h.reject(c, "ana")
    assert [sample for sample, _, _ in batches.progress(h.store, batch).short] == [b, c]
    h.approve(b, "ben")
    h.reject(c, "ben")
    assert batches.progress(h.store, batch).closed
    h.react(c, "ana", "reject", present=False)
    assert not batches.progress(h.store, batch).closed


def test_a_sample_keeps_the_policy_it_was_posted_under(house, recipe, tmp_path):
    h = house("review: {lead: 2}")
    (old,) = h.opened()
    text = recipe("review: {lead: 1}")
    assert datasets.add(h.store, text, tmp_path / "care.yml").new
    h.dataset = datasets.get(h.store, "care")
    (new,) = h.opened()
    for sample in (old, new):
        h.approve(sample, "ana")
    assert (h.state(old), h.state(new)) == ("open", "approved")
