"""The picture of a dataset's progress: growth towards the target, and balance of the categories.

It holds numbers and names of categories, never sample text, and stands on a white card of its own,
so that it reads on Slack's light and dark background alike. Matplotlib is imported when the first
one is drawn, which takes half a second that no command and no bot without a Home should pay.
"""

import threading
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import product
from typing import TYPE_CHECKING, Literal

from bot.texts import Lang, say
from storage.growth import Category, Growth

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 1_000, 420
"""Pixels as Slack shows it on a wide screen; the file has twice as many each way."""
_INCH = 100
_DENSITY = 2
_MOST_BARS = 6
_TALLEST_ROW = 0.2
"""Of the picture's height: a name stays with its bar where there are two or three."""
_LONGEST_NAME = 14
"""Columns of a category's name, of which a Chinese character takes two."""

_GREEN, _PALE, _INK, _FAINT = "#2e6b4f", "#d9e5df", "#1d1c1d", "#616061"
_LARGE, _SMALL = 32, 19
"""Points of 1/72 inch; a phone shows the picture at about a third of its width."""

_BASE = "DejaVu Sans"
"""It comes with matplotlib, so it is always there."""
_CJK = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Noto Sans CJK JP",  # the only name by which matplotlib before 3.11 knows the collection
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Microsoft YaHei",
)

# Figures share matplotlib's caches of fonts and of laid-out text.
_drawing = threading.Lock()


@dataclass(frozen=True)
class Picture:
    """A PNG, and what it could not say.

    `numbered` are the categories for whose names no font is installed, in the order of the numbers
    that stand for them; it is empty where the names were drawn.
    """

    png: bytes
    numbered: tuple[str, ...]


def draw(growth: Growth, lang: Lang) -> Picture:
    """Draw it; the same numbers give the same bytes as long as the installed fonts are the same."""
    rows = most_lacking(growth.categories)
    names = [short(row.name) for row in rows]
    numbers = [str(number) for number in range(1, len(rows) + 1)]
    with _drawing:
        for titles, told in product((_titles(lang), _titles("en")), (names, numbers)):
            if families := fonts("".join([*titles, *told])):
                break
        page = _Page(titles, list(zip(told, rows, strict=True)), families or (_BASE,))
        png = page.draw(growth)
    return Picture(png, () if told is names else tuple(row.name for row in rows))


def _titles(lang: Lang) -> list[str]:
    return [say(lang, "picture_growth"), say(lang, "picture_balance")]


def most_lacking(categories: Sequence[Category]) -> list[Category]:
    """The categories that get a bar: those that lack most, in the recipe's order.

    None when there is a single one, which the growth tells already.
    """
    if len(categories) < 2:
        return []
    lacking = sorted(categories, key=lambda one: one.approved - one.wanted)[:_MOST_BARS]
    return [one for one in categories if one in lacking]


def short(name: str) -> str:
    """A name on one line, cut where it would run into its numbers."""
    line = " ".join(name.split())
    taken = 0
    for place, character in enumerate(line):
        taken += 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken > _LONGEST_NAME:
            return f"{line[:place].rstrip()}…"
    return line


@cache
def fonts(text: str) -> tuple[str, ...] | None:
    """The installed fonts that together have a glyph for each character; None if some are lacking.

    A font that is not installed is passed over without matplotlib's warning.
    """
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    for families in ((_BASE,), *((name, _BASE) for name in _CJK if name in installed)):
        if {ord(character) for character in text} <= frozenset().union(*map(_glyphs, families)):
            return families
    return None


@cache
def _glyphs(family: str) -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family=family))).get_charmap())


@dataclass(frozen=True)
class _Page:
    """What stands on a picture besides its growth: two titles, bars by name; and the fonts."""

    titles: list[str]
    bars: list[tuple[str, Category]]
    families: tuple[str, ...]

    def draw(self, growth: Growth) -> bytes:
        """The PNG."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(WIDTH / _INCH, HEIGHT / _INCH), dpi=_INCH * _DENSITY)
        FigureCanvasAgg(figure)
        figure.patch.set_alpha(0)
        _card(figure)
        right = 0.48 if self.bars else 0.95
        self._growth(figure, right, growth)
        if self.bars:
            self._balance(figure)
        file = BytesIO()
        figure.savefig(file, format="png", metadata={"Software": None})
        return file.getvalue()

    def _growth(self, figure: "Figure", right: float, growth: Growth) -> None:
        left, bottom = 0.05, 0.16
        axes = figure.add_axes((left, bottom, right - left, 0.53))
        # Each number is that of a day's end, so the last day is drawn to its end.
        days = [day.toordinal() for day, _ in growth.days]
        days.append(days[-1] + 1)
        numbers = [*(number for _, number in growth.days), growth.approved]
        top = max(growth.target, numbers[-1], 1)
        axes.set_xlim(days[0], days[-1])
        axes.set_ylim(0, top * 1.06)
        axes.fill_between(days, numbers, step="post", color=_PALE, linewidth=0)
        axes.step(days, numbers, where="post", color=_GREEN, linewidth=4, clip_on=False)
        axes.axhline(growth.target, color=_FAINT, linewidth=1.5, dashes=(6, 4))
        axes.plot([days[-1]], [numbers[-1]], "o", color=_GREEN, ms=11, clip_on=False)
        _bare(axes)
        self._write(figure, left, 0.9, self.titles[0], _SMALL, color=_FAINT)
        self._write(figure, left, 0.785, f"{growth.approved} / {growth.target}", _LARGE)
        first, last = (day.isoformat()[5:] for day in (growth.days[0][0], growth.days[-1][0]))
        if first != last:
            self._write(figure, left, 0.085, first, _SMALL, color=_FAINT)
        self._write(figure, right, 0.085, last, _SMALL, ha="right", color=_FAINT)

    def _balance(self, figure: "Figure") -> None:
        left, right, top, bottom = 0.56, 0.95, 0.84, 0.04
        self._write(figure, left, 0.9, self.titles[1], _SMALL, color=_FAINT)
        row = min((top - bottom) / len(self.bars), _TALLEST_ROW)
        for place, (name, category) in enumerate(self.bars):
            middle = top - (place + 0.5) * row
            axes = figure.add_axes((left, middle - 0.32 * row, right - left, 0.2 * row))
            axes.set_xlim(0, max(category.wanted, category.approved, 1))
            axes.barh(0, category.wanted, height=1, color=_PALE)
            axes.barh(0, category.approved, height=1, color=_GREEN)
            _bare(axes)
            count = f"{category.approved} / {category.wanted}"
            self._write(figure, left, middle + 0.15 * row, name, _SMALL)
            self._write(figure, right, middle + 0.15 * row, count, _SMALL, ha="right")

    def _write(
        self,
        figure: "Figure",
        x: float,
        y: float,
        text: str,
        size: int,
        *,
        ha: Literal["left", "right"] = "left",
        color: str = _INK,
    ) -> None:
        figure.text(
            x,
            y,
            text,
            size=size,
            ha=ha,
            va="center",
            color=color,
            family=list(self.families),
            parse_math=False,  # a name may hold dollar signs
        )


def _card(figure: "Figure") -> None:
    from matplotlib.patches import FancyBboxPatch

    height = HEIGHT / WIDTH
    figure.add_artist(
        FancyBboxPatch(
            (0.004, 0.004 / height),
            0.992,
            1 - 0.008 / height,
            boxstyle="round,pad=0,rounding_size=0.02",
            mutation_aspect=1 / height,
            transform=figure.transFigure,
            facecolor="white",
            edgecolor=_PALE,
            linewidth=1.5,
            zorder=-1,
        )
    )


def _bare(axes: "Axes") -> None:
    """The marks alone, without frame and ticks."""
    axes.set_axis_off()
    axes.patch.set_alpha(0)
