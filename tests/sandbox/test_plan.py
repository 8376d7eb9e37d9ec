"""The plan of the scripted reviewers: a function of the seed and of the cards alone."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sandbox import banks
from sandbox.scripts.plan import (
    CAST,
    LEAST_CARDS,
    LEFT_OPEN,
    POST_FAULTS,
    VOTE_FAULTS,
    Card,
    deal,
)


def a_batch(bank: str, seed: int, size: int) -> list[Card]:
    entries = [entry for entry in banks.Deck(bank, banks.load(bank), seed).draw(60) if entry.record]
    return [Card(f"{n}.000000", entry, frozenset()) for n, entry in enumerate(entries[:size])]


batches = st.builds(
    a_batch,
    st.sampled_from(banks.names()),
    st.integers(0, 10_000),
    st.integers(LEAST_CARDS + 2, 30),
)


@given(batches, st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_the_order_in_which_cards_are_found_changes_nothing(batch, seed, order):
    shuffled = list(batch)
    order.shuffle(shuffled)
    assert deal(batch, seed, faults=True) == deal(shuffled, seed, faults=True)


@given(batches, st.integers(0, 10_000))
def test_every_card_has_one_scene_and_every_scene_a_card(batch, seed):
    assume(sum(card.entry.flaw is None for card in batch) >= LEAST_CARDS)
    parts = deal(batch, seed, faults=False)
    assert sorted(part.card.ts for part in parts) == sorted(card.ts for card in batch)
    assert {part.scene for part in parts} == set(CAST)
    assert all(len(set(part.cast)) == CAST[part.scene] for part in parts)
    assert [part.scene for part in parts].count(LEFT_OPEN) == 1


@given(batches, st.integers(0, 10_000))
def test_faults_are_added_to_the_same_play_and_each_once(batch, seed):
    plain, struck = (deal(batch, seed, faults=faults) for faults in (False, True))
    without = [(part.scene, part.card, part.cast) for part in struck]
    assert [(part.scene, part.card, part.cast) for part in plain] == without
    kinds = [kind for part in struck for kind in part.mishaps.values()]
    assert sorted(kinds) == sorted(VOTE_FAULTS + POST_FAULTS)


@given(batches, st.integers(0, 10_000))
def test_what_is_flawed_is_never_approved_as_it_is(batch, seed):
    for part in deal(batch, seed, faults=False):
        if part.card.entry.mend:
            assert part.scene.startswith("corrected")
        elif part.card.entry.flaw:
            assert part.scene == "refused"


@pytest.mark.parametrize("bank", banks.names())
def test_two_seeds_make_two_plays(bank):
    batch = a_batch(bank, 1, 14)
    casts = {tuple(part.cast for part in deal(batch, seed, faults=False)) for seed in range(20)}
    assert len(casts) > 15
