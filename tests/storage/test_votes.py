"""Votes: what is written, what is told, and what a reading of Slack may change."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.votes import Verdict
from storage import batches, datasets, outbox, posts, samples, settlements, traces, votes
from storage.kinds import OutboxKind
from storage.votes import Heard, Press, Reaction


def told(errands, kind=OutboxKind.TELL):
    return [(e.args["text"], e.args["user"]) for e in errands if e.kind is kind]


def test_two_approvals_decide_and_one_rejection_contests(house):
    h = house()
    a, b = h.opened(2)
    h.approve(a, "ana", "ben")
    h.reject(b, "ana")
    assert (h.state(a), h.state(b)) == ("approved", "contested")


@pytest.mark.parametrize(
    ("emoji", "state"),
    [
        ("+1", "contested"),
        ("+1::skin-tone-5", "contested"),
        ("heavy_check_mark", "contested"),
        ("tada", "rejected"),
    ],
)
def test_aliases_and_skin_tones_say_the_same_and_other_emoji_nothing(house, emoji, state):
    h = house()
    (sample,) = h.opened()
    h.reject(sample, "ana", "ben")
    h.react(sample, "cleo", Verdict.APPROVE, emoji=emoji)
    assert h.state(sample) == state


def test_a_reaction_elsewhere_or_on_a_header_is_ignored(house):
    h = house()
    h.opened()
    header = samples_header(h)
    for ts in ("1.000000", header.ts):
        reaction = Reaction("Ev", h.channel, ts, "ana", "x", True, h.tick())
        assert votes.react(h.store, reaction) is Heard.IGNORED


def samples_header(h):
    return next(p for p in posts.of_batch(h.store, 1) if p.kind is OutboxKind.HEADER)


def test_a_strangers_vote_waits_for_a_look_at_the_roster(house):
    h = house()
    (sample,) = h.opened()
    reaction = h.reaction(sample, "zoe", Verdict.APPROVE)
    assert votes.react(h.store, reaction) is Heard.STRANGER
    assert traces.trace(h.store, sample)["votes"] == []
    assert votes.react(h.store, reaction, strangers=True) is Heard.NOT_COUNTED
    assert [v["counted"] for v in traces.trace(h.store, sample)["votes"]] == [False]


def test_a_stranger_is_told_once_per_dataset_and_not_when_taking_a_vote_away(house):
    h = house()
    a, b = h.opened(2)
    h.react(a, "zoe", Verdict.APPROVE, present=False)
    assert told(h.send_all()) == []
    h.approve(a, "zoe")
    h.reject(b, "zoe")
    assert told(h.send_all()) == [("not_counted", "zoe")]


def test_a_vote_on_a_superseded_message_decides_nothing_and_is_answered_once(house):
    h = house()
    (sample,) = h.opened()
    h.correct(sample, "ana", "Better.")
    assert h.react(sample, "ben", Verdict.APPROVE, revision=0) is Heard.SUPERSEDED
    h.react(sample, "ben", Verdict.REJECT, revision=0)
    assert h.state(sample) == "open"
    assert told(h.send_all()) == [("superseded", "ben")]


def test_eligibility_is_fixed_when_the_vote_is_cast(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana", "ben")
    datasets.place(h.store, h.dataset.id, h.channel, {}, "https://care.slack.com/")
    assert h.state(sample) == "approved"
    h.react(sample, "ana", Verdict.APPROVE, present=False)
    assert h.state(sample) == "open"


def test_a_button_pressed_again_is_another_verdict_and_a_flag_pressed_again_is_taken_back(house):
    h = house()
    (sample,) = h.opened()
    h.press(sample, "ana", Verdict.APPROVE)
    h.press(sample, "ana", Verdict.REJECT)
    assert h.state(sample) == "contested"
    h.press(sample, "ben", Verdict.FLAG)
    assert (h.state(sample), votes.flags_of(h.store, sample)) == ("frozen", {"ben"})
    h.correct(sample, "cleo", "Better.")
    assert h.state(sample) == "frozen"
    h.press(sample, "ben", Verdict.FLAG, revision=1)
    assert h.state(sample) == "open"


def test_a_flag_raised_after_a_settlement_lifted_it_waves_again(house):
    h = house()
    (sample,) = h.opened()
    h.press(sample, "ben", Verdict.FLAG)
    h.settle(sample, Verdict.APPROVE)
    assert h.state(sample) == "approved"
    h.press(sample, "ben", Verdict.FLAG)
    assert votes.flags_of(h.store, sample) == {"ben"}
    h.settle(sample, None)
    assert h.state(sample) == "frozen"


def test_a_press_on_a_sample_that_was_never_posted_changes_nothing(house):
    h = house()
    (candidate,) = h.candidates(1)
    (imported,) = h.candidates(1, imported_by="kit")
    for sample in (candidate, imported):
        pressed = Press(f"k{sample}", sample, 0, "ana", Verdict.REJECT, h.channel, h.tick())
        assert votes.press(h.store, pressed) is Heard.IGNORED
    assert (h.state(candidate), h.state(imported)) == ("candidate", "approved")


class Under:
    """What is shown under a sample's message, and readings of it."""

    def __init__(self, house, sample):
        self.house, self.sample = house, sample

    def read(self, *shown, at=None):
        h, card = self.house, self.house.card(self.sample)
        return votes.reading(h.store, card.channel, card.ts, frozenset(shown), at or h.tick())


def test_a_reading_appends_only_the_difference(house):
    h = house()
    (sample,) = h.opened()
    under = Under(h, sample)
    h.approve(sample, "ana")
    both = [("ana", "white_check_mark"), ("ben", "+1")]
    assert [under.read(*both), under.read(*both)] == [1, 0]
    assert h.state(sample) == "approved"
    assert under.read(("ben", "+1")) == 1
    assert h.state(sample) == "open"


def test_a_reading_leaves_buttons_and_corrections_alone(house):
    h = house()
    (sample,) = h.opened()
    h.correct(sample, "ana", "Better.")
    h.press(sample, "ben", Verdict.APPROVE, revision=1)
    assert Under(h, sample).read() == 0
    assert h.state(sample) == "approved"


def test_verdicts_found_together_count_as_none_and_their_author_is_asked(house):
    h = house()
    (sample,) = h.opened()
    under = Under(h, sample)
    under.read(("ana", "x"), ("ana", "+1"))
    shown = samples.show(h.store, sample).outcome
    assert (shown.ballot.verdicts, shown.ballot.unclear) == ({}, {"ana"})
    assert told(h.send_all()) == [("unclear", "ana")]
    h.react(sample, "ana", Verdict.REJECT, present=False)
    assert samples.show(h.store, sample).outcome.ballot.verdicts == {"ana": Verdict.APPROVE}


def test_late_events_tell_the_order_of_what_was_found_together(house):
    h = house()
    (sample,) = h.opened()
    put = [h.reaction(sample, "ana", verdict) for verdict in (Verdict.APPROVE, Verdict.REJECT)]
    Under(h, sample).read(("ana", "white_check_mark"), ("ana", "x"))
    for event in reversed(put):
        votes.react(h.store, event)
    assert samples.show(h.store, sample).outcome.ballot.verdicts == {"ana": Verdict.REJECT}


@pytest.mark.parametrize("present", [True, False])
def test_a_reading_outranks_an_event_that_happened_before_it_and_arrives_after_it(house, present):
    h = house()
    (sample,) = h.opened()
    under = Under(h, sample)
    if not present:
        h.approve(sample, "ana")
    late = h.reaction(sample, "ana", Verdict.APPROVE, present=present)
    shown = [] if present else [("ana", "white_check_mark")]
    under.read(*shown)
    votes.react(h.store, late)
    assert list(samples.show(h.store, sample).outcome.ballot.verdicts) == ["ana"] * (not present)


def test_a_reading_yields_to_an_event_after_it_and_to_a_later_reading(house):
    h = house()
    (sample,) = h.opened()
    under = Under(h, sample)
    asked = h.tick()
    h.approve(sample, "ana")
    assert under.read(at=asked) == 0
    assert under.read(("ben", "x"), at=asked - timedelta(seconds=1)) == 0
    assert samples.show(h.store, sample).outcome.ballot.who(Verdict.APPROVE) == ["ana"]


def test_votes_on_a_lost_message_stay_when_the_new_one_is_read(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana")
    lost = h.card(sample)
    settlements.freeze(h.store, lost.channel, lost.ts, "deleted", h.tick())
    batches.post_again(h.store, h.dataset)
    h.send_all()
    assert Under(h, sample).read(("ben", "+1")) == 1
    assert h.state(sample) == "approved"


def test_a_delivery_that_comes_again_changes_nothing(house):
    h = house()
    (sample,) = h.opened()
    reaction = h.reaction(sample, "ana", Verdict.APPROVE)
    gone = replace(reaction, key="Ev-gone", present=False, at=h.tick())
    heard = [votes.react(h.store, event) for event in (reaction, gone, reaction, gone)]
    assert heard == [Heard.COUNTED, Heard.COUNTED, Heard.DUPLICATE, Heard.DUPLICATE]
    assert samples.show(h.store, sample).outcome.ballot.verdicts == {}


def test_votes_in_quick_succession_share_one_update(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana")
    h.react(sample, "ben", Verdict.SKIP)
    assert outbox.claim(h.store) is None or h.clock.forward(seconds=2)
    updates = [e for e in h.send_all() if e.kind is OutboxKind.UPDATE]
    assert len(updates) == 1
