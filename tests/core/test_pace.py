import pytest

from core.pace import LONGEST_FORECAST, weeks_left


@pytest.mark.parametrize(
    ("lacking", "a_week", "weeks"),
    [
        (286, 41, 7),
        (41, 41, 1),
        (42, 41, 2),
        (LONGEST_FORECAST, 1, LONGEST_FORECAST),
        (LONGEST_FORECAST + 1, 1, None),
        (10, 0, None),
        (0, 5, None),
        (-3, 5, None),
    ],
)
def test_weeks_are_rounded_up_and_told_only_where_the_pace_says_something(lacking, a_week, weeks):
    assert weeks_left(lacking, a_week) == weeks
