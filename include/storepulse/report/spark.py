"""Eight weeks of one KPI as a small line drawing for a table cell."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 150, 34, 4


def sparkline(
    values: Sequence[float | None], usual: tuple[float, float] | None, title: str
) -> Markup:
    """Draw values as a line, its last point marked and the last day's expected range beside it.

    Args:
        values: oldest first; None is a gap. At least one is a number.
        usual: lower and upper bound of the last day; None when it was not evaluated.
        title: what a screen reader reads instead.

    Returns:
        An SVG element without outside references; colours come from the page's classes.
    """
    known = [value for value in values if value is not None]
    low, high = min([*known, *(usual or ())]), max([*known, *(usual or ())])
    step = (WIDTH - 3 * MARGIN) / max(len(values) - 1, 1)

    def place(value: float) -> float:
        share = (value - low) / (high - low) if high > low else 0.5
        return HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN)

    points = [
        None if value is None else f"{MARGIN + index * step:.1f},{place(value):.1f}"
        for index, value in enumerate(values)
    ]
    lines = Markup("").join(
        Markup('<polyline class="spark-line" points="{}"/>').format(" ".join(run))
        for run in _runs(points)
    )
    last = MARGIN + (len(values) - 1) * step
    dot = Markup("")
    if values[-1] is not None:
        dot = Markup('<circle class="spark-dot" cx="{:.1f}" cy="{:.1f}" r="2.6"/>').format(
            last, place(values[-1])
        )
    band = Markup("")
    if usual:
        top, bottom = place(usual[1]), place(usual[0])
        band = Markup(
            '<rect class="spark-band" x="{:.1f}" y="{:.1f}" width="8" height="{:.1f}"/>'
        ).format(last - 4, top, max(bottom - top, 1))
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" role="img" '
        'aria-label="{}">{}{}{}</svg>'
    ).format(WIDTH, HEIGHT, WIDTH, HEIGHT, title, band, lines, dot)


def _runs(points: Sequence[str | None]) -> list[list[str]]:
    """Split at gaps."""
    runs: list[list[str]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return [run for run in runs if run]
