"""A month of days as a bar chart: accepted rows, quarantined rows on top, a tick at the usual."""

from collections.abc import Callable, Sequence

from markupsafe import Markup

from storepulse.report.data_docs.volumes import DayRows

BAR, GAP, MARGIN = 16, 4, 2


def bars(
    days: Sequence[DayRows], height: int, title: str, about: Callable[[DayRows], str]
) -> Markup:
    """Draw days side by side, from zero up.

    Args:
        days: oldest first; at least one.
        height: of the chart in its own units, of which a day takes twenty across.
        title: for screen readers.
        about: the tooltip of a day.

    Returns:
        An SVG element without outside references; colours come from the page's classes.
    """
    top = max(max(one.accepted + one.quarantined, one.usual or 0) for one in days) or 1
    width = len(days) * (BAR + GAP) - GAP + 2 * MARGIN

    def tall(rows: float) -> float:
        return rows / top * (height - 2 * MARGIN)

    drawn = Markup("").join(
        _bar(one, MARGIN + index * (BAR + GAP), height - MARGIN, tall, about(one))
        for index, one in enumerate(days)
    )
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>'
    ).format(width, height, title, drawn)


def _bar(
    one: DayRows, left: int, ground: int, tall: Callable[[float], float], about: str
) -> Markup:
    accepted, quarantined = tall(one.accepted), tall(one.quarantined)
    if one.quarantined:
        quarantined = max(quarantined, 2.0)
    shapes = [_rect("bar" if one.is_whole else "bar bar-open", left, ground - accepted, accepted)]
    if one.quarantined:
        shapes.append(_rect("bar-refused", left, ground - accepted - quarantined, quarantined))
    if one.usual is not None:
        shapes.append(
            Markup('<path class="bar-usual" d="M{} {:.1f}h{}"/>').format(
                left - GAP // 2, ground - tall(one.usual), BAR + GAP
            )
        )
    # So that a day without rows has a tooltip, too.
    shapes.append(_rect("bar-back", left, 0, ground))
    return Markup("<g><title>{}</title>{}</g>").format(about, Markup("").join(shapes))


def _rect(kind: str, left: float, top: float, tall: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        kind, left, top, BAR, tall
    )
