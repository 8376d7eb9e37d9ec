"""What is known of a sample besides its votes."""

from core.votes import Verdict
from storage import settlements, traces


def test_a_trace_has_the_settlements_and_what_was_taken_back(house):
    h = house()
    (sample,) = h.opened()
    h.approve(sample, "ana")
    h.reject(sample, "ben")
    h.settle(sample, Verdict.APPROVE)
    h.settle(sample, None)
    told = traces.trace(h.store, sample)
    given, taken = told["settlements"]
    assert (given["user"], given["verdict"], given["revision"], given["reason"]) == (
        "kit",
        "approve",
        0,
        "It is so.",
    )
    assert (taken["user"], taken["verdict"]) == ("kit", None)
    assert given["at"] < taken["at"]
    assert told["facts"] == []


def test_a_trace_tells_what_froze_a_sample(house):
    h = house()
    (sample,) = h.opened()
    card = h.card(sample)
    at = h.tick()
    settlements.freeze(h.store, card.channel, card.ts, "deleted", at)
    told = traces.trace(h.store, sample)
    assert told["settlements"] == []
    assert told["facts"] == [
        {
            "kind": "freeze",
            "revision": 0,
            "user": None,
            "cause": "deleted",
            "at": at.isoformat(),
        }
    ]
