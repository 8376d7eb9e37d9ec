"""The picture of the simulation: which arms are asked as decisions come, what is approved."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 10.0, 8.6
"""Inches of 100 pixels; the file has twice as many. On a phone it is shown at about 3.5."""
_GREENS = ("#b9cfc4", "#8fb3a1", "#5f9079", "#2e6b4f")
_PALE, _INK, _FAINT = "#d9e5df", "#1d1c1d", "#616061"
_LARGE, _SMALL = 25, 19


def draw(
    file: Path,
    *,
    arms: Mapping[float, Sequence[float]],
    step: int,
    started: float,
    shares: Mapping[str, tuple[float, float]],
) -> None:
    """Draw it into a PNG file.

    Args:
        file: where to.
        arms: by how often an arm is approved, its share of each `step` calls in a row.
        step: the number of calls that a point stands for.
        started: the call from which on approvals steer.
        shares: of each category, what was approved and what the recipe says, from 0 to 1.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, HEIGHT), dpi=200, facecolor="white")
    FigureCanvasAgg(figure)
    _arms(figure, arms, step, started)
    _categories(figure, shares)
    figure.savefig(file, metadata={"Software": None})


def _arms(
    figure: "Figure", arms: Mapping[float, Sequence[float]], step: int, started: float
) -> None:
    rates = sorted(arms, reverse=True)
    title = "Calls to the arms, by the share approved of each"
    figure.text(0.05, 0.955, title, size=_LARGE, color=_INK, va="center")
    axes = figure.add_axes((0.12, 0.47, 0.83, 0.33))
    calls = [step * (place + 0.5) for place in range(len(arms[rates[0]]))]
    axes.stackplot(calls, *(arms[rate] for rate in rates), colors=_GREENS[::-1])
    axes.axvline(started, color="white", linewidth=3, dashes=(3, 2))
    axes.text(started, 1.04, "50 decisions are in", size=_SMALL, color=_FAINT)
    for place, (rate, color) in enumerate(zip(rates, _GREENS[::-1], strict=True)):
        x = 0.05 + 0.23 * place
        figure.text(x, 0.9, "\u25a0", size=_SMALL, color=color, va="center")
        figure.text(x + 0.028, 0.9, f"{rate:.0%}", size=_SMALL, color=_INK, va="center")
    axes.set_xlim(calls[0], calls[-1])
    axes.set_ylim(0, 1)
    axes.set_yticks([0, 0.5, 1], ["0", "half", "all"])
    axes.set_xlabel("calls", size=_SMALL, color=_FAINT)
    axes.tick_params(labelsize=_SMALL, colors=_FAINT, length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)


def _categories(figure: "Figure", shares: Mapping[str, tuple[float, float]]) -> None:
    title = "Approved by category, over the recipe's share"
    figure.text(0.05, 0.32, title, size=_LARGE, color=_INK, va="center")
    axes: Any = figure.add_axes((0.16, 0.02, 0.56, 0.26))
    for place, (name, (approved, wanted)) in enumerate(shares.items()):
        axes.barh(-place, wanted, height=0.72, color=_PALE)
        axes.barh(-place, approved, height=0.3, color=_GREENS[-1])
        axes.text(-0.012, -place, name, size=_SMALL, color=_INK, ha="right", va="center")
        told = f"{approved:.1%} of {wanted:.0%}".replace("%", " %")
        axes.text(max(approved, wanted) + 0.012, -place, told, size=_SMALL, color=_INK, va="center")
    axes.set_axis_off()
