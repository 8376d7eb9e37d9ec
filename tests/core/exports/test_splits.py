from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UsageError
from core.exports.splits import in_order, split_of

THREE = {"train": 0.9, "validation": 0.05, "test": 0.05}


def test_each_split_gets_its_share():
    drawn = Counter(split_of(f"record-{n}", THREE) for n in range(20_000))

    # Three standard deviations of a binomial draw of 20,000: 127 for train, 92 for the others.
    assert abs(drawn["train"] - 18_000) < 127
    assert abs(drawn["validation"] - 1_000) < 92
    assert abs(drawn["test"] - 1_000) < 92


@pytest.mark.parametrize(
    ("record_id", "split"),
    [("record-0", "train"), ("record-25", "test"), ("record-31", "validation")],
)
def test_a_draw_never_changes_from_release_to_release(record_id, split):
    assert split_of(record_id, THREE) == split


shares = st.dictionaries(
    st.text(min_size=1), st.floats(0, 1, allow_nan=False), min_size=1, max_size=5
).filter(lambda found: sum(found.values()) > 0)


@given(st.text(st.characters(exclude_categories=["Cs"])), shares)
def test_a_split_without_a_share_gets_nothing(record_id, splits):
    assert splits[split_of(record_id, splits)] > 0


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(1, 100))
def test_only_the_proportions_of_the_shares_count(record_id, factor):
    scaled = {name: factor * share for name, share in {"a": 2, "b": 5, "c": 1}.items()}

    assert split_of(record_id, scaled) == split_of(record_id, {"a": 2, "b": 5, "c": 1})


@pytest.mark.parametrize("splits", [{}, {"train": 0.0}])
def test_without_any_share_the_remedy_is_named(splits):
    with pytest.raises(UsageError, match=r"No split has a share\. Give one in export\.splits"):
        split_of("r1", splits)


def test_splits_are_listed_train_first_and_each_once():
    assert in_order(["test", "dev", "train", "test", "blind"]) == ["train", "test", "blind", "dev"]
