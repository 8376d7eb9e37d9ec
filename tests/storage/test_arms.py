"""What each arm has brought."""

from decimal import Decimal

import pytest

from core.steering import Arm, Record
from storage import arms
from storage.kinds import RequestState
from storage.run_tables import Request

SMALL = "openai:small"


@pytest.fixture
def desk(house):
    return house()


@pytest.fixture
def asked(store, desk, clock):
    """Stores a request of a call; what is not named is as for any other."""

    def add(number, *, wording="a" * 12, warm=None, cost="0.1", **more):
        row = Request(
            dataset_id=desk.dataset.id,
            number=number,
            key=f"{number}/{next(desk.keys)}",
            parameters={"count": 5} if warm is None else {"count": 5, "temperature": warm},
            seeds=[],
            at=clock(),
            prompt_hash=wording,
            cost_usd=None if cost is None else Decimal(cost),
            **{
                "teacher": SMALL,
                "ask": "meta",
                "prompt": "meta",
                "state": RequestState.SETTLED,
                **more,
            },
        )
        with store.write() as session:
            session.add(row)
            session.flush()
            return row.id

    return add


def test_arms_differ_by_teacher_way_wording_and_temperature(store, desk, asked):
    asked(0)
    asked(1)
    asked(2, wording="b" * 12)
    asked(3, warm=0.5)
    asked(4, warm=1.0)
    asked(5, teacher="openai:large")
    asked(6, ask="seeds", prompt="seeds")
    found = arms.lines(store, desk.dataset.id)
    assert [(line.arm, line.prompt, line.calls) for line in found] == [
        (Arm(SMALL, "meta", "a" * 12, None), "meta", 2),
        (Arm(SMALL, "meta", "b" * 12, None), "meta", 1),
        (Arm(SMALL, "meta", "a" * 12, 0.5), "meta", 1),
        (Arm(SMALL, "meta", "a" * 12, 1.0), "meta", 1),
        (Arm("openai:large", "meta", "a" * 12, None), "meta", 1),
        (Arm(SMALL, "seeds", "a" * 12, None), "seeds", 1),
    ]


def test_an_arm_is_credited_with_what_experts_decided_on_its_samples(store, desk, asked):
    first, second = asked(0), asked(1)
    desk.candidates(2, request_id=first)
    desk.candidates(2, request_id=second)
    desk.candidates(1, request_id=second, reason="length", explanation="Too short.")
    approved, rejected, flagged, _ = desk.opened(4)
    desk.approve(approved, "ana", "ben")
    desk.reject(rejected, "ana", "ben")
    desk.approve(flagged, "ana")
    assert arms.records(store, desk.dataset.id) == {
        Arm(SMALL, "meta", "a" * 12, None): Record(
            4, approved=1, decided=2, cost_usd=Decimal("0.2")
        )
    }


def test_the_later_steps_of_a_call_belong_to_the_wording_it_began_with(store, desk, asked):
    asked(0, ask="self-instruct", prompt="self-instruct")
    last = asked(0, ask="self-instruct", prompt="answers", wording="c" * 12)
    desk.candidates(3, request_id=last)
    (line,) = arms.lines(store, desk.dataset.id)
    assert line.arm == Arm(SMALL, "self-instruct", "a" * 12, None)
    assert (line.prompt, line.calls, line.requests) == ("self-instruct", 1, 2)
    assert line.record == Record(3, cost_usd=Decimal("0.2"))


def test_a_reservation_counts_as_spent_and_an_unknown_price_makes_the_cost_unknown(
    store, desk, asked
):
    asked(0)
    asked(1, cost=None, state=RequestState.RESERVED, reserved_usd=Decimal("0.5"))
    asked(1, cost=None, state=RequestState.OWED)
    asked(2, teacher="openai:large", cost=None)
    costs = [line.record.cost_usd for line in arms.lines(store, desk.dataset.id)]
    assert costs == [Decimal("0.6"), None]


def test_the_cache_serves_a_share_of_what_a_teacher_reads(store, desk, asked):
    asked(0, input_tokens=1000, cached_tokens=0)
    asked(1, input_tokens=1000, cached_tokens=800)
    asked(2, teacher="replay:replies.jsonl")
    assert arms.cached(store, desk.dataset.id) == {SMALL: 0.4}


def test_a_rewriting_that_a_person_wished_for_is_no_arm(store, desk, asked):
    asked(0, ask="rewrite", prompt="rewrite")
    assert arms.lines(store, desk.dataset.id) == []
