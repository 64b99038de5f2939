"""A month of days as a small drawing: accepted rows, refused ones on top, a tick at the usual."""

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
        height: of the drawing in its own units, of which a day takes twenty across.
        title: what a screen reader says instead.
        about: what is said of a day that is pointed at.

    Returns:
        An SVG element without outside references; colours come from the page's classes.
    """
    top = max(max(one.accepted + one.refused, one.usual or 0) for one in days) or 1
    width = len(days) * (BAR + GAP) - GAP + 2 * MARGIN

    def tall(rows: float) -> float:
        return rows / top * (height - 2 * MARGIN)

    drawn = Markup("").join(
        _bar(one, MARGIN + place * (BAR + GAP), height - MARGIN, tall, about(one))
        for place, one in enumerate(days)
    )
    return Markup(
        '<svg class="bars" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'preserveAspectRatio="none">{}</svg>'
    ).format(width, height, title, drawn)


def _bar(
    one: DayRows, left: int, ground: int, tall: Callable[[float], float], about: str
) -> Markup:
    accepted, refused = tall(one.accepted), tall(one.refused)
    if one.refused:
        refused = max(refused, 2.0)
    shapes = [_rect("bar" if one.is_whole else "bar bar-open", left, ground - accepted, accepted)]
    if one.refused:
        shapes.append(_rect("bar-refused", left, ground - accepted - refused, refused))
    if one.usual is not None:
        shapes.append(
            Markup('<path class="bar-usual" d="M{} {:.1f}h{}"/>').format(
                left - GAP // 2, ground - tall(one.usual), BAR + GAP
            )
        )
    # A day without rows can be pointed at too.
    shapes.append(_rect("bar-back", left, 0, ground))
    return Markup("<g><title>{}</title>{}</g>").format(about, Markup("").join(shapes))


def _rect(kind: str, left: float, top: float, tall: float) -> Markup:
    return Markup('<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>').format(
        kind, left, top, BAR, tall
    )
