"""Several processes at one database: nothing is lost, done twice, overspent or stuck."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier

from core.records import Instruction
from core.votes import State, Verdict
from storage import batches, corrections, exports, jobs, outbox, requests, samples, settlements
from storage import votes as vote_verbs
from storage.requests import Denied
from storage.samples import New


def at_once(*verbs):
    """Run each verb on its own thread, all beginning together; returns what they returned."""
    barrier = Barrier(len(verbs))

    def begin(verb):
        barrier.wait()
        return verb()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(begin, verb) for verb in verbs]]


def test_of_two_votes_at_once_one_sees_the_other(house):
    h = house("schedule: {max_open: 100}")
    numbers = h.opened(15)
    for sample in numbers:
        two = [h.reaction(sample, user, Verdict.APPROVE) for user in ("ana", "ben")]
        at_once(*(lambda r=r: vote_verbs.react(h.store, r) for r in two))
    assert {h.state(sample) for sample in numbers} == {"approved"}


def test_the_last_two_votes_of_a_batch_close_it(house):
    h = house()
    for _ in range(8):
        a, b = h.opened(2)
        h.approve(a, "ana")
        h.approve(b, "ana")
        last = [h.reaction(sample, "ben", Verdict.APPROVE) for sample in (a, b)]
        at_once(*(lambda r=r: vote_verbs.react(h.store, r) for r in last))
        assert batches.progress(h.store, samples.show(h.store, a).batch_id).closed


def test_everything_at_once_in_one_batch_locks_nobody_out(house):
    h = house("review: {queue_after: 1h}", "schedule: {max_open: 100}")
    numbers = h.opened(6)
    reactions = [
        [h.reaction(n, user, Verdict.APPROVE) for n in order]
        for user, order in (("ana", numbers), ("ben", numbers[::-1]), ("cleo", numbers))
    ]
    h.clock.forward(hours=2)

    def vote(mine):
        return lambda: [vote_verbs.react(h.store, reaction) for reaction in mine]

    def send():
        while errand := outbox.claim(h.store):
            outbox.done(h.store, errand)

    at_once(
        *map(vote, reactions),
        lambda: settlements.pass_time(h.store, h.dataset.id),
        lambda: settlements.freeze_channel(h.store, "C1", "archived", h.clock.now, lift=False),
        lambda: batches.post_again(h.store, h.dataset),
        send,
    )
    assert {h.state(n) for n in numbers} == {"approved"}


def test_one_event_delivered_on_many_connections_counts_once(house):
    h = house()
    (sample,) = h.opened()
    reaction = h.reaction(sample, "ana", Verdict.APPROVE)
    heard = at_once(*[lambda: vote_verbs.react(h.store, reaction)] * 4)
    assert sorted(heard) == ["counted", "duplicate", "duplicate", "duplicate"]


def test_two_corrections_at_once_become_two_revisions(house):
    h = house()
    (sample,) = h.opened()
    proposals = [
        h.proposal(sample, "ana", {"output": "Rest."}),
        h.proposal(sample, "ben", {"input": "Since Monday."}),
    ]
    done = at_once(*(lambda p=p: corrections.correct(h.store, p) for p in proposals))
    assert sorted(result.revision for result in done) == [1, 2]
    record = samples.show(h.store, sample).record
    assert (record.output, record.input) == ("Rest.", "Since Monday.")


def test_two_corrections_of_one_field_at_once_keep_the_first_and_refuse_the_second(house):
    h = house()
    (sample,) = h.opened()
    proposals = [
        h.proposal(sample, user, {"output": f"So says {user}."}) for user in ("ana", "ben")
    ]
    done = at_once(*(lambda p=p: corrections.correct(h.store, p) for p in proposals))
    assert sorted(result.result for result in done) == ["accepted", "conflict"]


def test_two_batchers_never_open_more_than_max_open(house):
    h = house("schedule: {max_open: 7}")
    h.candidates(30)
    for _ in range(3):
        opened = at_once(*[lambda: batches.open_batch(h.store, h.dataset, 5)] * 4)
        numbers = [n for batch in opened if batch for n in batch.samples]
        assert len(numbers) == len(set(numbers))
        assert samples.in_review(h.store, h.dataset.id) == 7


def test_a_due_batch_is_opened_by_one_process(house):
    h = house()
    h.candidates(12)
    opened = at_once(*[lambda: batches.open_batch(h.store, h.dataset, 3, key="due-9:00")] * 4)
    assert [len(batch.samples) for batch in opened if batch] == [3]


def test_concurrent_requests_never_overspend(house):
    h = house("budget: {per_day_usd: 1.00}")
    wanted = [h.wanted("0.15") for _ in range(12)]
    pairs = [wanted[n : n + 2] for n in range(0, 12, 2)]
    outcomes = at_once(*[lambda pair=pair: h.reserve(*pair) for pair in pairs])
    assert sum(one is not Denied.BUDGET for pair in outcomes for one in pair) == 6
    assert requests.spent(h.store, h.dataset.id) == Decimal("0.90")


def test_a_due_job_runs_once(house):
    h = house()
    due = h.clock.now
    begun = at_once(*[lambda: jobs.begin(h.store, h.dataset.id, "batch", due)] * 5)
    assert sorted(begun) == [False, False, False, False, True]


def test_a_wanted_call_is_claimed_by_one_sender(house):
    h = house("schedule: {max_open: 100}")
    h.candidates(20)
    batches.open_batch(h.store, h.dataset, 20)

    def drain():
        taken = []
        while errand := outbox.claim(h.store):
            taken.append(errand.key)
            outbox.done(h.store, errand)
        return taken

    # SKIP LOCKED may show a sender nothing while another holds the last rows: it comes again.
    taken = [key for keys in at_once(drain, drain, drain) for key in keys] + drain()
    assert len(taken) == 21
    assert len(set(taken)) == 21


def test_a_version_is_published_by_one_process(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    collected = exports.collect(h.store, h.dataset)
    published = at_once(
        *[lambda: exports.publish(h.store, h.dataset, collected, "v0001", {"version": 1})] * 3
    )
    assert sorted(published) == [False, False, True]


def test_a_split_is_drawn_once_whoever_collects(house):
    h = house()
    record = Instruction(instruction="Why?", output="Because.")
    new = New(record, "general", "en", {}, imported_by="kit")
    samples.add(h.store, h.dataset.id, [new] * 40)
    other = h.dataset.recipe.export.model_copy(update={"splits": {"train": 0.5, "test": 0.5}})
    changed = replace(h.dataset, recipe=h.dataset.recipe.model_copy(update={"export": other}))
    first, second = at_once(
        lambda: exports.collect(h.store, h.dataset), lambda: exports.collect(h.store, changed)
    )
    assert [split for _, split in first.items] == [split for _, split in second.items]
    assert samples.count(h.store, h.dataset.id)[State.APPROVED] == 40
