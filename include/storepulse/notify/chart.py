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
WIDTH, HEIGHT, DPI = 1120, 560, 200
LINE, RANGE, MARK, TEXT, GRID = "#1f4e79", "#cfe0f0", "#c0261c", "#4a5560", "#e3e8ee"
EXPECTED, SPECIAL = "#7f9db9", "#f0f0ee"
# On a phone of 375 px the picture is 343 px wide: 11 points are 9 px there, and 15 on a screen.
TICKS, LABEL = 11, 12
# A label every second week still fits beside the next one.
DAYS_BETWEEN_LABELS = 14
# Enough for these few flat colours; a third of the size of the full palette.
COLOURS = 32


def draw(incident: Incident) -> bytes:
    """Draw the series that an incident's mail leads with.

    Returns:
        A PNG of WIDTH x HEIGHT pixels on white, a few kilobytes.
    """
    history, unit = incident.history, incident.lead_kpi.unit
    days = [history.first_day + timedelta(days=step) for step in range(len(history.values))]
    places = [float(day.toordinal()) for day in days]
    figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white")
    axes = figure.add_axes((0.13, 0.13, 0.82, 0.82))
    lower, upper, values = (_numbers(s) for s in (history.lower, history.upper, history.values))
    for special in history.special_days:
        axes.axvspan(special.toordinal() - 0.5, special.toordinal() + 0.5, color=SPECIAL, lw=0)
    axes.fill_between(places, lower, upper, color=RANGE, linewidth=0)
    if history.expected:
        axes.plot(places, _numbers(history.expected), color=EXPECTED, linewidth=0.8)
    axes.plot(places, values, color=LINE, linewidth=1.3)
    lasting = min(incident.money.days if incident.money else 1, len(places))
    axes.plot(places[-lasting:], values[-lasting:], "o", color=MARK, markersize=5)
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
        xytext=(-7, -15 if is_under else 6),
        textcoords="offset points",
        ha="right",
        fontsize=LABEL,
        fontweight="bold",
        color=MARK,
        bbox={"boxstyle": "square,pad=0.15", "facecolor": "white", "edgecolor": "none"},
    )


def _dress(axes: Axes, places: list[float], unit: Unit) -> None:
    axes.set_ylim(bottom=None if unit == "index" else 0)
    axes.set_xlim(places[0], places[-1] + 1)
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _written(value, unit)))
    # The weekday of the day in question, so that like can be compared with like.
    axes.xaxis.set_major_locator(FixedLocator(places[-1::-DAYS_BETWEEN_LABELS]))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda place, _: f"{date.fromordinal(int(place)):%m-%d}")
    )
    axes.tick_params(labelsize=TICKS, colors=TEXT, length=0)
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
