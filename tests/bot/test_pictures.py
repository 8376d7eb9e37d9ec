"""The picture of a dataset's progress: real PNGs, looked at pixel by pixel."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from io import BytesIO

import numpy as np
import pytest
from matplotlib import image

from bot.pictures import HEIGHT, WIDTH, draw, fonts, most_lacking, short
from storage.growth import Category, Growth

DAYS = ((date(2026, 1, 5), 0), (date(2026, 1, 19), 90), (date(2026, 3, 2), 214))
TWO = (Category("Eczema", 300, 180), Category("Acne", 200, 34))
GROWTH = Growth(DAYS, 500, TWO, 41)
UNKNOWN = "\U0010fffe"
"""A noncharacter, for which no font has a glyph."""


def pixels(png):
    """Height × width × (red, green, blue, alpha), each from 0 to 1."""
    return image.imread(BytesIO(png), format="png")


def green(png):
    """Where the colour of what is approved is."""
    return np.isclose(pixels(png)[:, :, :3], (0x2E / 255, 0x6B / 255, 0x4F / 255), atol=0.01).all(2)


def test_a_picture_is_a_png_of_twice_the_size_that_slack_shows():
    assert pixels(draw(GROWTH, "en").png).shape == (2 * HEIGHT, 2 * WIDTH, 4)


def test_its_corners_are_clear_and_the_card_is_white():
    drawn = pixels(draw(GROWTH, "en").png)
    assert drawn[0, 0, 3] == 0
    assert drawn[-1, -1, 3] == 0
    middle = drawn[HEIGHT, WIDTH]
    assert middle.tolist() == [1, 1, 1, 1]


def test_growth_and_balance_are_both_drawn():
    drawn = green(draw(GROWTH, "en").png)
    assert drawn[:, :WIDTH].any()
    assert drawn[:, WIDTH + 100 :].any()


@pytest.mark.parametrize("days", [DAYS[:1], DAYS[:2], DAYS])
def test_the_line_goes_on_to_the_dot_at_its_end(days):
    approved = ((days[-1][0], 214),)
    drawn = green(draw(replace(GROWTH, days=(*days[:-1], *approved), categories=()), "en").png)
    right = np.flatnonzero(drawn.any(axis=0))[-1]
    rows = np.flatnonzero(drawn[:, right - 4])
    assert drawn[int(rows.mean()), right - 34 : right - 4].all()
    thickness = 2 * 100 * 4 / 72
    assert drawn[:, right - 60].sum() >= thickness - 2


def test_a_longer_bar_means_a_category_that_has_more_of_what_it_wants():
    def bars(growth):
        """The widths of the bars, from the top."""
        widths = green(draw(growth, "en").png)[:, WIDTH + 100 :].sum(axis=1)
        edges = np.flatnonzero(np.diff(np.concatenate(([0], widths > 0, [0]))))
        return [int(widths[top:end].max()) for top, end in edges.reshape(-1, 2)]

    eczema, acne = bars(GROWTH)
    assert acne / eczema == pytest.approx((34 / 200) / (180 / 300), rel=0.02)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_same_numbers_give_the_same_bytes_in_whatever_thread(lang):
    with ThreadPoolExecutor(4) as pool:
        drawn = {draw(GROWTH, lang).png for _ in range(2)}
        drawn |= set(pool.map(lambda _: draw(GROWTH, lang).png, range(8)))
    assert len(drawn) == 1


def test_other_numbers_give_another_picture():
    more = replace(GROWTH, days=(*DAYS[:2], (date(2026, 3, 2), 215)))
    assert draw(more, "en").png != draw(GROWTH, "en").png


@pytest.mark.parametrize(
    "growth",
    [
        Growth(((DAYS[0][0], 0),), 500, TWO, 0),
        Growth(DAYS, 100, (Category("general", 100, 214),), 9),
        Growth(DAYS, 500, tuple(Category(f"{n}", 80, n) for n in range(30)), 9),
        Growth(DAYS, 500, (Category("x" * 500, 0, 3), Category("a\n\tb", 0, 0)), 9),
        Growth(DAYS, 500, (Category(r"$\frac$ 5$", 9, 3), Category("_^{}", 9, 0)), 9),
    ],
    ids=["first day", "one category", "many", "odd names", "no formula"],
)
def test_whatever_the_numbers_are_something_is_drawn(growth):
    assert green(draw(growth, "en").png).any() or growth.approved == 0


def test_chinese_names_are_drawn_where_a_font_has_them():
    chinese = replace(GROWTH, categories=(Category("湿疹", 300, 180), Category("痤疮", 200, 34)))
    picture = draw(chinese, "zh")
    assert (picture.numbered == ()) is (fonts("湿疹痤疮") is not None)
    assert green(picture.png).any()


def test_names_that_no_font_has_become_numbers_with_their_names_told():
    odd = (Category(f"蚊{UNKNOWN}", 300, 180), Category("Acne", 200, 34))
    picture = draw(replace(GROWTH, categories=odd), "zh")
    assert picture.numbered == (f"蚊{UNKNOWN}", "Acne")
    numbers = (Category("1", 300, 180), Category("2", 200, 34))
    assert picture.png == draw(replace(GROWTH, categories=numbers), "zh").png


def test_the_categories_that_lack_most_get_the_bars_in_the_recipes_order():
    many = tuple(Category(name, 100, had) for name, had in zip("abcdefgh", range(8), strict=True))
    assert [one.name for one in most_lacking(many)] == list("abcdef")
    assert [one.name for one in most_lacking(many[::-1])] == list("fedcba")
    assert most_lacking(many[:1]) == []


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Eczema", "Eczema"),
        (" two \n words ", "two words"),
        ("a" * 14, "a" * 14),
        ("a" * 15, "a" * 14 + "…"),
        ("湿" * 7, "湿" * 7),
        ("湿" * 8, "湿" * 7 + "…"),
    ],
)
def test_a_name_is_cut_where_it_would_run_into_its_numbers(name, shown):
    assert short(name) == shown
