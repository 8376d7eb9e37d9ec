from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.ways.figures import figures, lost


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10,000 mg", ["10000"]),
        ("1万毫克", ["10000"]),
        ("１．５ 万", ["15000"]),
        ("2.50 or 2,5", ["2.5"]),
        ("on 24.12.2025 at 10:30", ["24", "12", "2025", "10", "30"]),
        ("N-60, 3.5亿", ["60", "350000000"]),
        ("two, 三", []),
        ("1,234,567.89", ["1234567.89"]),
    ],
)
def test_figures_are_read_however_they_are_written(text, values):
    assert list(figures(text)) == [Decimal(value) for value in values]


def test_what_is_lost_is_told_as_it_was_written():
    assert lost("5 mg every 12 h, at most 10,000", "every 12 hours, 1万 at most") == ["5"]


@given(st.text())
def test_a_text_loses_nothing_to_itself(text):
    assert lost(text, text) == []


def test_a_number_without_end_is_read_all_the_same():
    assert lost("1" * 3_000_000, "") != []
