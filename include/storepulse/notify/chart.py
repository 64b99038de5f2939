"""Eight weeks of a KPI as a small picture: the expected range, the values, the day in question.

A plain server has no Chinese fonts, so the picture holds digits and dates only; words are in the
mail around it.
"""

from datetime import date, timedelta
from io import BytesIO

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator
from PIL import Image

from storepulse.monitor.records import Incident
from storepulse.serving.catalog import Unit

# Shown at half this size, so that it stays sharp on phones.
WIDTH, HEIGHT, DPI = 1120, 400, 200
LINE, RANGE, MARK, TEXT, GRID = "#1f4e79", "#cfe0f0", "#c0261c", "#4a5560", "#e3e8ee"
# Enough for these few flat colours; a third of the size of the full palette.
COLOURS = 32


def draw(incident: Incident) -> bytes:
    """Draw the primary series of an incident.

    Returns:
        A PNG of WIDTH x HEIGHT pixels on white, a few kilobytes.
    """
    history, unit = incident.history, incident.kpi.unit
    days = [history.first_day + timedelta(days=step) for step in range(len(history.values))]
    places = [float(day.toordinal()) for day in days]
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.09, 0.13, 0.89, 0.8))
    lower, upper, values = (_numbers(s) for s in (history.lower, history.upper, history.values))
    axes.fill_between(places, lower, upper, color=RANGE, linewidth=0)
    axes.plot(places, values, color=LINE, linewidth=1.1)
    axes.plot(places[-1], values[-1], "o", color=MARK, markersize=5)
    _label_last(axes, places[-1], values[-1], unit, float(np.nanmax([*values, upper[-1]])))
    _dress(axes, places, unit)
    # The wide range of a promotion weeks ago must not flatten the days that matter.
    axes.set_ylim(top=1.15 * float(np.nanmax([*values, upper[-1]])))
    drawn = BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI)
    return _small_png(drawn)


def _numbers(values: tuple[float | None, ...]) -> list[float]:
    return [np.nan if value is None else value for value in values]


def _label_last(axes: Axes, place: float, value: float, unit: Unit, top: float) -> None:
    # Away from the line: over a peak, under a dip, unless that would leave the picture.
    is_under = 0.15 * top < value < 0.75 * top
    axes.annotate(
        _written(value, unit),
        (place, value),
        xytext=(-6, -11 if is_under else 5),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        fontweight="bold",
        color=MARK,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )


def _dress(axes: Axes, places: list[float], unit: Unit) -> None:
    axes.set_ylim(bottom=None if unit == "index" else 0)
    axes.set_xlim(places[0], places[-1] + 1)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _written(value, unit)))
    # The same weekday as the day in question, so that like can be compared with like.
    axes.xaxis.set_major_locator(FixedLocator(places[-1::-7]))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda place, _: f"{date.fromordinal(int(place)):%m-%d}")
    )
    axes.tick_params(labelsize=6.5, colors=TEXT, length=0)
    axes.grid(axis="y", color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)


def _written(value: float, unit: Unit) -> str:
    if unit == "ratio":
        return f"{value:.1%}"
    return f"{value:,.1f}" if unit == "index" else f"{value:,.0f}"


def _small_png(drawn: BytesIO) -> bytes:
    picture = Image.open(drawn).convert("RGB").quantize(COLOURS)
    packed = BytesIO()
    picture.save(packed, format="PNG", optimize=True)
    return packed.getvalue()
