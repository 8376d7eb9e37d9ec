"""Which picture is hung, and who waits for the next one."""

from datetime import UTC, date, datetime, timedelta

import pytest
from slack_sdk import WebClient

from bot.gallery import RENEWED_AFTER, Gallery, described
from storage.growth import Category, Growth

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def unreachable():
    """Slack at an address where nothing listens."""
    return WebClient("xoxb-1", base_url="http://127.0.0.1:9/api/", retry_handlers=[])


def growth(approved=1, *names):
    categories = tuple(Category(name, 5, 1) for name in names or ("general",))
    return Growth(((date(2026, 1, 5), approved),), 10, categories, 0)


def test_the_first_who_looks_has_the_picture_made_and_the_others_wait():
    gallery = Gallery()
    assert gallery.await_new(1, growth(), "U0A", 0, NINE)
    assert not gallery.await_new(1, growth(), "U0B", 10, NINE)
    assert gallery.await_new(2, growth(), "U0B", 0, NINE)
    assert gallery.hung(1) is None


def test_an_attempt_is_made_every_ten_minutes_at_most(unreachable):
    gallery = Gallery()
    assert gallery.await_new(1, growth(), "U0A", 0, NINE)
    assert gallery.renew(unreachable, 1, growth(), "en") == {}
    assert not gallery.await_new(
        1, growth(2), "U0A", 0, NINE + RENEWED_AFTER - timedelta(seconds=1)
    )
    assert gallery.await_new(1, growth(2), "U0A", 0, NINE + RENEWED_AFTER)


def test_a_picture_is_told_in_words():
    assert described(growth(), "en") == "1 of 10 approved"
    assert described(growth(1, "湿疹", "痤疮"), "zh") == "通过 1/10 · 湿疹 1/5 · 痤疮 1/5"
    assert len(described(growth(1, *(f"category {n}" for n in range(400))), "en")) <= 2000
