from hypothesis import given
from hypothesis import strategies as st

from core.exports.changes import Changes, changes

versions = st.dictionaries(st.text(max_size=3), st.integers(0, 2), max_size=6)


def test_changes_are_sorted_by_record():
    before = {"d": 0, "c": 1, "b": 0, "a": 0}
    after = {"f": 0, "e": 1, "b": 1, "c": 1}

    assert changes(before, after) == Changes(
        added=("e", "f"), corrected=("b",), withdrawn=("a", "d")
    )


@given(versions, versions)
def test_what_one_way_adds_the_other_withdraws(before, after):
    there, back = changes(before, after), changes(after, before)

    assert there.added == back.withdrawn
    assert there.corrected == back.corrected


@given(versions)
def test_a_version_does_not_differ_from_itself(version):
    assert not changes(version, version)
