"""Naming a reviewer: when, whom, what ends it, and that two processes do it once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from threading import Barrier

import pytest
from sqlmodel import select

from core.naming import Fate
from core.votes import Verdict
from storage import away, datasets, naming, posts, votes
from storage.corrections import correct
from storage.kinds import OutboxKind, Role
from storage.naming import Answer, Passing
from storage.tables import Naming, Post

KEYS = count()
FIVE = ("ana", "ben", "cleo", "dan", "eve")


@dataclass(frozen=True)
class Row:
    """A naming as it stands in the table."""

    sample: int
    revision: int
    user: str


def named(h):
    with h.store.read() as session:
        rows = session.exec(select(Naming).order_by(Naming.id)).all()
    return [Row(row.sample_id, row.revision, row.user_id) for row in rows]


def users(h):
    return [row.user for row in named(h)]


def name_due(h):
    return naming.name_due(h.store, h.dataset.id)


def later(h, minutes=10):
    h.clock.forward(minutes=minutes)
    return name_due(h)


def fates(h, sample):
    """What became of each, as their messages say, by the number of the naming."""
    return [naming.asked(h.store, f"name:{n}").fate.value for n in range(1, len(named(h)) + 1)]


def pass_on(h, sample, user, *, revision=0, key=None):
    passing = Passing(key or f"click:{next(KEYS)}", sample, revision, user)
    return naming.pass_on(h.store, passing)


def split(h, approver="ana", rejecter="ben"):
    """A contested sample: one ✅, one ❌."""
    (sample,) = h.opened()
    h.approve(sample, approver)
    h.reject(sample, rejecter)
    return sample


def three_people(house, *names):
    """Datasets of one team of three, without a curator."""
    team = dict.fromkeys(("ana", "ben", "cleo"), Role.REVIEWER)
    houses = [house(name=name, channel=f"C{name}") for name in names]
    for h in houses:
        h.keys = houses[0].keys  # one Slack gives each event another id
        datasets.place(h.store, h.dataset.id, h.channel, team, "https://care.slack.com/")
    return houses


def messages(h, sample):
    with h.store.read() as session:
        found = select(Post).where(Post.sample_id == sample, Post.kind == OutboxKind.NAME)
        return session.exec(found.order_by(Post.id)).all()


def test_ten_minutes_after_a_contest_began_one_more_is_named(house):
    h = house()
    sample = split(h)
    assert later(h, 9) == []
    assert later(h, 1) == [sample]
    (row,) = named(h)
    assert (row.sample, row.revision) == (sample, 0)
    assert row.user in {"cleo", "dan", "eve"}
    assert later(h, 60) == []


def test_an_undisputed_sample_names_nobody(house):
    h = house()
    a, b, c = h.opened(3)
    h.approve(a, "ana")
    h.reject(b, "ana", "ben")
    h.reject(c, "ana")
    h.react(c, "eve", Verdict.FLAG)
    assert later(h, 30) == []
    assert [h.state(n) for n in (a, b, c)] == ["open", "rejected", "frozen"]


def test_a_queued_sample_waits_for_a_curator_and_names_nobody(house):
    h = house("review: {max_votes: 2}")
    sample = split(h)
    assert later(h, 30) == []
    assert h.state(sample) == "queued"


def test_after_each_vote_that_decides_nothing_the_next_is_named(house):
    h = house()
    sample = split(h)
    later(h)
    h.approve(sample, users(h)[0])
    assert later(h, 9) == []
    assert later(h, 1) == [sample]
    h.reject(sample, users(h)[1])
    assert later(h) == [sample]
    assert sorted(users(h)) == ["cleo", "dan", "eve"]
    h.approve(sample, users(h)[2])
    assert h.state(sample) == "queued"
    assert later(h, 60) == []


def test_a_vote_found_by_reading_is_an_answer_too(house):
    h = house()
    sample = split(h)
    later(h)
    card = h.card(sample)
    seen = frozenset({("ana", "white_check_mark"), ("ben", "x"), (users(h)[0], "x")})
    h.tick()
    votes.reading(h.store, card.channel, card.ts, seen, h.clock.now)
    assert fates(h, sample) == ["voted"]
    assert later(h, 9) == []
    assert later(h, 1) == [sample]


def test_neither_voters_nor_the_author_nor_who_is_away_nor_strangers_are_named(house):
    h = house()
    (sample,) = h.opened()
    h.correct(sample, "ana", "Better.")
    h.reject(sample, "ben")
    h.react(sample, "cleo", Verdict.SKIP)
    h.reject(sample, "zoe")
    away.leave(h.store, h.dataset.id, "dan", "2026-03-02", key="click:away")
    later(h)
    assert [row.revision for row in named(h)] == [1]
    assert users(h) == ["eve"]


def test_a_curator_is_named_when_no_other_reviewer_is_left_and_then_nobody(house):
    h = house()
    sample = split(h)
    for _ in range(4):
        later(h)
        pass_on(h, sample, users(h)[-1])
    assert users(h)[-1] == "kit"
    assert len(set(users(h))) == 4
    for _ in range(3):
        assert later(h, 30) == []
    assert fates(h, sample) == ["passed"] * 4


def test_who_is_away_in_the_schedule_s_time_zone_is_not_named(house):
    h = house("schedule: {timezone: Asia/Shanghai}")
    h.clock.forward(hours=8)  # 17:00 UTC, the next day in Shanghai
    for user in ("cleo", "dan"):
        away.leave(h.store, h.dataset.id, user, "2026-03-03", key=f"click:{user}")
    split(h)
    later(h)
    assert users(h) == ["eve"]


def test_nobody_is_named_more_than_twice_a_day_over_all_datasets(house):
    care, cure = three_people(house, "care", "cure")
    for h in (care, cure, care):
        split(h)
        later(h)
        h.send_all()
    assert users(care) == ["cleo", "cleo"]
    assert [later(h) for h in (care, cure)] == [[], []]
    care.clock.forward(days=1)
    assert len(name_due(care)) == 1
    assert users(care) == ["cleo"] * 3


def test_a_new_day_in_one_dataset_s_time_zone_is_no_new_day_in_another_s(house):
    (care,) = three_people(house, "care")
    cure = house("schedule: {timezone: Asia/Shanghai}", name="cure", channel="Ccure")
    cure.keys = care.keys
    team = datasets.people(care.store, care.dataset.id)
    datasets.place(cure.store, cure.dataset.id, "Ccure", team, "https://care.slack.com/")
    for _ in range(2):
        split(care)
        later(care)
        care.send_all()
    cure.clock.forward(hours=8)  # past midnight in Shanghai
    split(cure)
    assert later(cure) == []
    cure.clock.forward(hours=8)
    assert len(name_due(cure)) == 1


def test_whoever_is_not_in_the_channel_is_not_named_nor_waited_for(house):
    h = house()
    team = dict.fromkeys(FIVE, Role.REVIEWER)
    place = h.store, h.dataset.id, h.channel, team, "https://care.slack.com/"
    datasets.place(*place, absent={"cleo", "dan"})
    sample = split(h)
    later(h)
    assert users(h) == ["eve"]
    datasets.place(*place, absent={"cleo", "eve"})
    name_due(h)
    assert users(h) == ["eve", "dan"]
    assert fates(h, sample) == ["passed", "waits"]


def test_those_named_least_come_first(house):
    h = house("schedule: {max_open: 100}")
    for _ in range(3):
        split(h)
        later(h)
    assert sorted(users(h)) == ["cleo", "dan", "eve"]


def test_a_paused_dataset_names_nobody_until_it_goes_on(house):
    h = house()
    sample = split(h)
    datasets.pause(h.store, h.dataset.id, True)
    assert later(h) == []
    datasets.pause(h.store, h.dataset.id, False)
    assert name_due(h) == [sample]
    datasets.pause(h.store, h.dataset.id, True)
    assert pass_on(h, sample, users(h)[0]) == (Answer.NOBODY, None)


def test_a_correction_ends_the_contest_and_the_new_version_has_its_own(house):
    h = house()
    sample = split(h)
    later(h)
    h.correct(sample, "ben", "Better.")
    assert fates(h, sample) == ["over"]
    assert later(h, 30) == []
    h.reject(sample, "ana")
    assert later(h) == [sample]
    assert [row.revision for row in named(h)] == [0, 1]


def test_a_contest_that_begins_again_names_somebody_else(house):
    h = house()
    sample = split(h)
    later(h)
    h.react(sample, "ben", Verdict.REJECT, present=False)
    assert h.state(sample) == "open"
    h.reject(sample, "ben")
    assert fates(h, sample) == ["over"]
    assert later(h, 9) == []
    assert later(h, 1) == [sample]
    assert len(set(users(h))) == 2


def test_passing_it_on_names_the_next_at_once(house):
    h = house()
    sample = split(h)
    later(h)
    first = users(h)[0]
    answer, user = pass_on(h, sample, first)
    assert (answer, [user]) == (Answer.NEXT, users(h)[1:])
    assert user != first
    assert fates(h, sample) == ["passed", "waits"]
    assert pass_on(h, sample, first) == (Answer.NOT_YOURS, user)


def test_passing_on_what_is_asked_of_another_or_of_nobody_changes_nothing(house):
    h = house()
    sample = split(h)
    later(h)
    assert pass_on(h, sample, "ana") == (Answer.NOT_YOURS, users(h)[0])
    h.approve(sample, users(h)[0])
    assert pass_on(h, sample, users(h)[0]) == (Answer.OVER, None)
    assert len(named(h)) == 1


def test_a_click_passes_on_once(house):
    h = house()
    sample = split(h)
    later(h)
    assert pass_on(h, sample, users(h)[0], key="click:1")[0] is Answer.NEXT
    assert pass_on(h, sample, users(h)[0], key="click:1")[0] is Answer.DUPLICATE
    assert len(named(h)) == 2


def test_who_says_not_today_after_being_named_is_not_waited_for_any_more(house):
    h = house()
    sample = split(h)
    later(h)
    first = users(h)[0]
    away.leave(h.store, h.dataset.id, first, "2026-03-02", key="click:leave")
    assert name_due(h) == [sample]
    away.leave(h.store, h.dataset.id, first, "2026-03-02", key="click:back")
    assert fates(h, sample) == ["passed", "waits"]


def test_a_skip_by_the_one_named_passes_it_on(house):
    h = house()
    sample = split(h)
    later(h)
    h.tick()
    h.react(sample, users(h)[0], Verdict.SKIP)
    assert name_due(h) == [sample]
    assert fates(h, sample) == ["voted", "waits"]


def test_a_message_is_wanted_once_and_settled_by_the_next_vote(house):
    h = house()
    sample = split(h)
    h.send_all()
    later(h)
    sent = h.send_all()
    assert [e.key for e in sent if e.kind is OutboxKind.NAME] == ["name:1"]
    assert [(m.key, m.revision) for m in messages(h, sample)] == [("name:1", 0)]
    h.approve(sample, "dan")
    updates = {e.post_id for e in h.send_all() if e.kind is OutboxKind.UPDATE}
    assert {messages(h, sample)[0].id, h.card(sample).id} <= updates


@pytest.mark.parametrize("end", ["settled", "flagged", "taken back", "corrected"])
def test_a_message_is_settled_when_the_contest_ends(house, end):
    h = house()
    sample = split(h)
    later(h)
    h.send_all()
    (message,) = messages(h, sample)
    h.send_all()
    if end == "settled":
        h.settle(sample, Verdict.APPROVE)
    elif end == "flagged":
        h.press(sample, "ana", Verdict.FLAG)
    elif end == "taken back":
        h.react(sample, "ben", Verdict.REJECT, present=False)
    else:
        proposal = h.proposal(sample, "ana", {"output": "Better."})
        correct(h.store, proposal)
    sent = h.send_all()
    assert naming.asked(h.store, message.key).fate is Fate.OVER
    assert message.id in {e.post_id for e in sent if e.kind is OutboxKind.UPDATE}


def at_once(*verbs):
    barrier = Barrier(len(verbs))

    def begin(verb):
        barrier.wait()
        return verb()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return [done.result(timeout=60) for done in [pool.submit(begin, verb) for verb in verbs]]


def test_two_bots_name_once(house):
    h = house("schedule: {max_open: 100}")
    numbers = [split(h, *pair) for pair in (("ana", "ben"), ("cleo", "dan"), ("eve", "ana"))]
    h.clock.forward(minutes=10)
    done = at_once(*[lambda: name_due(h)] * 4)
    assert sorted(number for found in done for number in found) == numbers
    assert sorted(row.sample for row in named(h)) == numbers


def test_two_bots_in_two_datasets_name_nobody_a_third_time(house):
    houses = three_people(house, "care", "cure", "cope", "cede")
    for h in houses:
        split(h)
    houses[0].clock.forward(minutes=10)
    at_once(*[lambda h=h: name_due(h) for h in houses])
    assert users(houses[0]) == ["cleo", "cleo"]


def test_passing_on_and_naming_at_once_name_one(house):
    h = house()
    sample = split(h)
    later(h)
    first = users(h)[0]
    at_once(
        lambda: pass_on(h, sample, first), lambda: pass_on(h, sample, first), lambda: name_due(h)
    )
    assert len(named(h)) == 2


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REJECT])
def test_the_buttons_of_the_message_vote(house, verdict):
    h = house()
    sample = split(h)
    later(h)
    h.press(sample, users(h)[0], verdict)
    assert fates(h, sample) == ["voted"]
    assert h.state(sample) == "contested"
    assert posts.of_sample(h.store, sample)[-1].kind is OutboxKind.CARD
