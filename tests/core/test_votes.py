"""Votes to a decision: the rules that hold whatever the order of arrival."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.approved import Approved
from core.records import Instruction
from core.votes import (
    Ballot,
    Facts,
    Policy,
    Settlement,
    Source,
    State,
    Verdict,
    Vote,
    approve,
    ballot,
    decide,
    flags,
    fold,
    settlement,
    standing,
    stands,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
USERS = ("ana", "ben", "cleo", "dan", "eve", "fay")
EMOJI = {":+1:1": Verdict.APPROVE, ":x:1": Verdict.REJECT, ":skip:1": Verdict.SKIP}


def at(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


def vote(user, verdict, seconds, *, revision=0, **more):
    token = more.pop("token", f":{verdict}:1")
    return Vote(user, revision, Verdict(verdict), token, at(seconds), **more)


@st.composite
def events(draw):
    token = draw(st.sampled_from([*EMOJI, ":flag:1", "button"]))
    anything = st.sampled_from(list(Verdict))
    verdict = EMOJI.get(token) or (Verdict.FLAG if "flag" in token else draw(anything))
    source = draw(st.sampled_from([Source.REACTION, Source.READING]))
    return Vote(
        user=draw(st.sampled_from(USERS[:3])),
        revision=draw(st.integers(0, 1)),
        verdict=verdict,
        token=token,
        at=at(draw(st.integers(0, 12))),
        present=draw(st.booleans()) or token == "button",
        counted=draw(st.sampled_from([True, True, False])),
        source=Source.BUTTON if token == "button" else source,
    )


rulings = st.builds(
    Settlement,
    user=st.sampled_from(["kit", "kim"]),
    revision=st.integers(0, 1),
    verdict=st.sampled_from([None, Verdict.APPROVE, Verdict.REJECT]),
    at=st.integers(0, 12).map(at),
)


@given(st.lists(events(), max_size=12), st.lists(rulings, max_size=3), st.data())
def test_neither_order_nor_repetition_of_events_changes_the_outcome(votes, settled, data):
    again = data.draw(st.lists(st.sampled_from(votes), max_size=4)) if votes else []
    shuffled = data.draw(st.permutations(votes + again))
    other = data.draw(st.permutations(settled))
    outcome = fold(Policy(), Facts(1, votes, settled))
    assert outcome == fold(Policy(), Facts(1, shuffled, other))
    assert stands(Policy(), Facts(1, votes, settled), 0) == stands(
        Policy(), Facts(1, shuffled, other), 0
    )


@given(st.lists(events(), max_size=8), st.integers(13, 20), st.data())
def test_a_reaction_taken_back_is_as_if_never_put(votes, later, data):
    token = data.draw(st.sampled_from(sorted(EMOJI)))
    assume(not any(v.user == "ana" and v.token == token for v in votes))
    put = Vote("ana", 1, EMOJI[token], token, at(data.draw(st.integers(0, 12))))
    gone = Vote("ana", 1, EMOJI[token], token, at(later), present=False)
    arrived = data.draw(st.permutations([*votes, put, gone]))
    assert fold(Policy(), Facts(1, arrived)) == fold(Policy(), Facts(1, votes))


@given(st.lists(events(), max_size=8), st.data())
def test_votes_that_do_not_count_change_nothing(votes, data):
    strange = data.draw(st.lists(events(), max_size=5))
    uncounted = [
        Vote(f"zoe-{n}", v.revision, v.verdict, v.token, v.at, v.present, False, v.source)
        for n, v in enumerate(strange)
    ]
    mixed = data.draw(st.permutations(votes + uncounted))
    assert fold(Policy(), Facts(1, mixed)) == fold(Policy(), Facts(1, votes))


@given(st.lists(events(), max_size=10))
def test_votes_on_another_revision_decide_nothing_but_flags(votes):
    plain = [v for v in votes if v.verdict is not Verdict.FLAG]
    here = [v for v in plain if v.revision == 1]
    assert fold(Policy(), Facts(1, plain)) == fold(Policy(), Facts(1, here))


@pytest.mark.parametrize(
    ("cast", "verdict"),
    [
        ([vote("ana", "approve", 1)], "approve"),
        ([vote("ana", "approve", 1), vote("ana", "reject", 2)], "reject"),
        ([vote("ana", "reject", 2), vote("ana", "approve", 1)], "reject"),
        (
            [
                vote("ana", "approve", 1),
                vote("ana", "reject", 2),
                vote("ana", "reject", 3, present=False),
            ],
            "approve",
        ),
        ([vote("ana", "approve", 1), vote("ana", "skip", 2)], "skip"),
        ([vote("ana", "approve", 1), vote("ana", "flag", 2)], "approve"),
        (
            [
                vote("ana", "approve", 1, token="button", source=Source.BUTTON),
                vote("ana", "reject", 2, token="button", source=Source.BUTTON),
            ],
            "reject",
        ),
        ([vote("ana", "approve", 1), vote("ana", "approve", 1, present=False)], None),
        ([vote("ana", "approve", 1, revision=1)], None),
    ],
)
def test_one_person_has_one_verdict_the_latest_still_present(cast, verdict):
    assert ballot(cast, 0).verdicts.get("ana") == verdict


def reading(user, verdict, seconds, **more):
    return vote(user, verdict, seconds, source=Source.READING, **more)


@pytest.mark.parametrize(
    ("cast", "verdict", "unclear"),
    [
        ([reading("ana", "approve", 5)], "approve", False),
        ([reading("ana", "approve", 5), reading("ana", "reject", 5)], None, True),
        ([vote("ana", "approve", 1), reading("ana", "reject", 5)], "reject", False),
        ([reading("ana", "approve", 5), vote("ana", "reject", 6)], "reject", False),
        (
            [vote("ana", "approve", 1), reading("ana", "approve", 5), vote("ana", "reject", 3)],
            "reject",
            False,
        ),
        (
            [
                reading("ana", "approve", 5),
                reading("ana", "reject", 5),
                vote("ana", "approve", 1),
                vote("ana", "reject", 2),
            ],
            "reject",
            False,
        ),
        ([vote("ana", "approve", 1), reading("ana", "approve", 5, present=False)], None, False),
        (
            [reading("ana", "approve", 5, present=False), vote("ana", "approve", 5)],
            "approve",
            False,
        ),
        (
            [reading("ana", "approve", 5), vote("ana", "approve", 4, present=False)],
            "approve",
            False,
        ),
    ],
)
def test_a_reading_outranks_what_was_before_it_and_yields_to_what_comes_after(
    cast, verdict, unclear
):
    folded = ballot(cast, 0)
    assert (folded.verdicts.get("ana"), "ana" in folded.unclear) == (verdict, unclear)


def table(a, r, *, settled, flagged, frozen, overdue, expired, lead, most):
    """DESIGN.md §5's sentence, one clause after the other."""
    if settled:
        return {"approve": "approved", "reject": "rejected"}[settled]
    if flagged:
        return "frozen"
    if a - r >= lead:
        return "approved"
    if r - a >= lead:
        return "rejected"
    if frozen:
        return "frozen"
    if expired:
        return "expired"
    if a + r >= most or overdue:
        return "queued"
    return "contested" if r >= 1 else "open"


@pytest.mark.parametrize(("lead", "most"), [(1, 1), (2, 5), (3, 4)])
def test_the_policy_is_its_sentence(lead, most):
    sides = product(range(5), range(5), (None, "approve", "reject"), *[(False, True)] * 4)
    for a, r, settled, flagged, frozen, overdue, expired in sides:
        verdicts = dict.fromkeys([f"a{n}" for n in range(a)], Verdict.APPROVE)
        verdicts |= dict.fromkeys([f"r{n}" for n in range(r)], Verdict.REJECT)
        verdicts["skipper"] = Verdict.SKIP
        given_ = {
            "flagged": flagged,
            "frozen": frozen,
            "overdue": overdue,
            "expired": expired,
        }
        state = decide(
            Policy(lead, most),
            Ballot(verdicts),
            settled=Verdict(settled) if settled else None,
            **given_,
        )
        assert state == table(a, r, settled=settled, lead=lead, most=most, **given_)


def ruling(verdict, seconds, revision=0, user="kit"):
    return Settlement(user, revision, Verdict(verdict) if verdict else None, at(seconds))


@pytest.mark.parametrize(
    ("settled", "verdict"),
    [
        ([], None),
        ([ruling("approve", 1)], "approve"),
        ([ruling("approve", 1), ruling("reject", 2)], "reject"),
        ([ruling("approve", 1), ruling(None, 2)], None),
        ([ruling("approve", 1), ruling(None, 2), ruling("reject", 3)], "reject"),
        ([ruling("approve", 1, revision=1)], None),
    ],
)
def test_the_latest_settlement_of_a_revision_holds_unless_it_was_taken_back(settled, verdict):
    found = settlement(settled, 0)
    assert (found and found.verdict) == verdict


@pytest.mark.parametrize(
    ("settled", "flagging"),
    [
        ([], {"ana", "ben"}),
        ([ruling("approve", 5)], {"ben"}),
        ([ruling("approve", 5), ruling(None, 8)], {"ana", "ben"}),
        ([ruling("approve", 5), ruling("reject", 9, revision=1)], set()),
    ],
)
def test_a_settlement_lifts_the_flags_before_it_on_whichever_revision(settled, flagging):
    raised = [vote("ana", "flag", 1), vote("ben", "flag", 6, revision=1)]
    assert flags(raised, settled) == flagging


def test_a_flag_stands_beside_its_authors_verdict_and_is_lifted_by_its_author():
    both = [vote("ana", "approve", 1), vote("ana", "flag", 2), vote("ben", "approve", 3)]
    assert fold(Policy(), Facts(0, both)).state is State.FROZEN
    lifted = [*both, vote("ana", "flag", 4, present=False)]
    assert fold(Policy(), Facts(0, lifted)).state is State.APPROVED


def corrected(user, number, seconds, base=0):
    common = {"token": f"correction:{number}", "source": Source.CORRECTION}
    return [
        vote(user, "reject", seconds, revision=base, **common),
        vote(user, "approve", seconds, revision=number, **common),
    ]


APPROVED_FIRST = [vote("ana", "approve", 1), vote("ben", "approve", 2)]


@pytest.mark.parametrize(
    ("votes", "more", "outlives"),
    [
        ([*APPROVED_FIRST, *corrected("cleo", 1, 5)], {}, True),
        ([*APPROVED_FIRST, *corrected("cleo", 1, 5), *corrected("dan", 2, 9, 1)], {}, True),
        ([*APPROVED_FIRST, *corrected("cleo", 1, 5), vote("ana", "reject", 6)], {}, True),
        ([*APPROVED_FIRST, vote("ana", "reject", 4), *corrected("cleo", 1, 5)], {}, False),
        (corrected("cleo", 1, 5), {"settlements": [ruling("approve", 3)]}, True),
        (
            [*APPROVED_FIRST, *corrected("cleo", 1, 5)],
            {"settlements": [ruling("reject", 3)]},
            False,
        ),
        ([*APPROVED_FIRST, *corrected("cleo", 1, 5)], {"withdrawn": frozenset({0})}, False),
        (APPROVED_FIRST, {}, False),
        ([vote("ana", "approve", 1), *corrected("cleo", 1, 5)], {}, False),
    ],
)
def test_an_exported_revision_outlives_its_correction_if_it_was_approved_then(
    votes, more, outlives
):
    assert stands(Policy(), Facts(1, votes, **more), 0) is outlives


@pytest.mark.parametrize("state", list(State))
def test_only_an_approved_outcome_makes_a_record_that_may_leave(state):
    record = Instruction(instruction="Why?", output="So.")
    outcome = fold(Policy(), Facts(0, APPROVED_FIRST))
    outcome = type(outcome)(state, 3, outcome.ballot, frozenset(), frozenset(), None)
    found = approve(outcome, record_id="care-7", sample=7, record=record, category="skin")
    expected = Approved("care-7", 7, 3, record, "reviewed", "skin")
    assert found == (expected if state is State.APPROVED else None)


@given(st.lists(events(), max_size=10))
def test_what_stands_is_one_vote_a_token(votes):
    tokens = [(v.user, v.revision, v.token) for v in standing(votes)]
    assert len(tokens) == len(set(tokens))
