"""A chart as SVG, drawn to be looked at. Pure.

Colours are of Okabe and Ito's palette and never alone: what a signal is made of is also larger and
of another shape, and every signal is said in a sentence below. Sizes of letters do not follow the
width: ask for the width at which it will be shown.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from xml.sax.saxutils import escape

from app.charts.chart import Chart
from app.charts.series import ChartKind
from app.learning.axes import CHARACTER, Scale, spaced, ticks, wrap
from app.learning.charting import Drawn, centre_of, is_better, number, sentences, words
from app.learning.colours import COLOURS, Colours, Theme
from app.learning.models import Mark

FONT = "system-ui, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"
SMALL, TEXT, TITLE = 12, 13, 16
LINE = 18
NARROW = 480
"""Pixels below which there is less beside the plot."""


def svg(drawn: Drawn, *, language: str, width: int = 720, theme: Theme = Theme.LIGHT) -> str:
    """The chart.

    Args:
        drawn: what is shown.
        language: of the words around the measure's own.
        width: in pixels, at which it will be shown; 320 suits a telephone.
        theme: on a light or a dark ground.
    """
    page = _Page(drawn, language, width, COLOURS[theme])
    told = sentences(drawn, language)
    below = [line for one in told[1:] for line in wrap(one, width - 32, TEXT)]
    height = page.bottom + 52 + LINE * len(below)
    parts = [*page.heading(), *page.plot()]
    parts += [
        page.text(16, page.bottom + 52 + LINE * place, line, size=TEXT)
        for place, line in enumerate(below)
    ]
    label = f'role="img" aria-labelledby="chart-title chart-desc" lang="{language}"'
    size = f'width="{width}" height="{height:g}" viewBox="0 0 {width} {height:g}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} {label} font-family="{FONT}">',
            f'<title id="chart-title">{escape(drawn.measure.title)}</title>',
            f'<desc id="chart-desc">{escape(" ".join(told))}</desc>',
            f'<rect width="{width}" height="{height:g}" fill="{page.colours.ground}"/>',
            *parts,
            "</svg>\n",
        )
    )


class _Page:
    """Places on the page, and what is drawn there."""

    def __init__(self, drawn: Drawn, language: str, width: int, colours: Colours) -> None:
        self.drawn, self.language, self.colours, self.width = drawn, language, colours, width
        self.title = wrap(drawn.measure.title, width - 32, TITLE + 2)  # bold is wider
        kind = words()["kinds"][drawn.measure.chart][language]
        self.subtitle = wrap(f"{kind} · {drawn.measure.unit}", width - 32, SMALL)
        self.top = 24 + 20 * len(self.title) + 16 * len(self.subtitle) + 22
        self.bottom = self.top + (200 if width < NARROW else 280)
        marks = self._numbers()
        rounded = ticks(min(marks, default=0), max(marks, default=1), 5)
        self.rounded = rounded
        self.left = 24 + max(len(number(one, language)) for one in rounded) * SMALL * CHARACTER
        self.right = width - 16
        self.y = Scale(rounded[0], rounded[-1], self.bottom, self.top)
        days = self._days()
        self.x = Scale(min(days, default=0), max(days, default=1), self.left + 8, self.right - 8)

    @property
    def halo(self) -> str:
        """Around letters that lie on lines."""
        ground = self.colours.ground
        return f' stroke="{ground}" stroke-width="4" stroke-linejoin="round" paint-order="stroke"'

    def _numbers(self) -> list[float]:
        """All that must find room."""
        goal, chart = self.drawn.goal, self.drawn.chart
        found = [] if goal is None else [goal.aim.target]
        if chart is not None:
            found += [
                value
                for one in chart.points
                for value in (one.value, one.centre, one.lower, one.upper)
                if value is not None
            ]
        # A scale that begins at zero where that costs little room.
        if found and 0 < min(found) < max(found) / 2:
            found.append(0)
        return found

    def _days(self) -> list[float]:
        return [self.day(place) for place in range(len(self.drawn.rows))]

    def day(self, place: int) -> float:
        """A period's place in time; rare events one after the other."""
        if self.drawn.measure.chart in {ChartKind.G, ChartKind.T}:
            return float(place)
        return float(self.drawn.rows[place].starts_on.toordinal())

    def text(
        self, x: float, y: float, said: str, *, size: int = SMALL, fill: str = "", more: str = ""
    ) -> str:
        """A line of text."""
        colour = fill or self.colours.text
        look = f'x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}"{more}'
        return f"<text {look}>{escape(said)}</text>"

    def line(self, points: Sequence[tuple[float, float]], stroke: str, more: str = "") -> str:
        """A line through places."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        return f'<polyline points="{path}" fill="none" stroke="{stroke}"{more}/>'

    def heading(self) -> Iterator[str]:
        """What it is of."""
        at = 28.0
        for one in self.title:
            yield self.text(16, at, one, size=TITLE, more=' font-weight="600"')
            at += 20
        for one in self.subtitle:
            yield self.text(16, at, one, fill=self.colours.quiet)
            at += 16

    def plot(self) -> Iterator[str]:
        """Axes, lines, points."""
        yield from self._axes()
        yield from self._marks()
        if self.drawn.chart is not None:
            yield from self._centres(self.drawn.chart)
            yield from self._series(self.drawn.chart)
            yield self._label(self.drawn.chart)
        yield from self._aim()
        yield from self._missing()

    def _axes(self) -> Iterator[str]:
        for one in self.rounded:
            y = self.y(one)
            yield self.line([(self.left, y), (self.right, y)], self.colours.grid)
            said = number(one, self.language)
            end = ' text-anchor="end"'
            yield self.text(self.left - 6, y + 4, said, fill=self.colours.quiet, more=end)
        labels = [row.period for row in self.drawn.rows]
        places = [self.x(one) for one in self._days()]
        widths = [len(one) * SMALL * CHARACTER for one in labels]
        for place in spaced(places, widths):
            half = widths[place] / 2
            x = min(max(places[place], half + 4), self.width - half - 4)
            middle = ' text-anchor="middle"'
            yield self.text(
                x, self.bottom + 20, labels[place], fill=self.colours.quiet, more=middle
            )

    def _marks(self) -> Iterator[str]:
        """Where something was changed, and where a phase begins."""
        for place, row in enumerate(self.drawn.rows):
            if row.mark in {Mark.INTERVENTION, Mark.REBASE}:
                x = self.x(self.day(place))
                dots = ' stroke-width="1.5" stroke-dasharray="2 4"'
                yield self.line([(x, self.top - 4), (x, self.bottom)], self.colours.quiet, dots)
                said = str(words()["marks"][row.mark][self.language])
                near_end = x > self.width - len(said) * SMALL * CHARACTER - 8
                anchor = ' text-anchor="end"' if near_end else ""
                yield self.text(
                    x - 4 if near_end else x + 4,
                    self.top - 8,
                    said,
                    fill=self.colours.quiet,
                    more=anchor,
                )

    def _aim(self) -> Iterator[str]:
        goal = self.drawn.goal
        if goal is None:
            return
        y = self.y(goal.aim.target)
        dashes = ' stroke-width="2" stroke-dasharray="10 4 2 4"'
        yield self.line([(self.left, y), (self.right, y)], self.colours.aim, dashes)
        text = str(words()["lines"]["aim"][self.language])
        said = text.format(target=number(goal.aim.target, self.language), by=goal.aim.by)
        higher = y - 6 if y - 6 > self.top + SMALL else y + SMALL + 4
        yield self.text(self.left + 4, higher, said, fill=self.colours.aim, more=self.halo)
        if isinstance(goal.aim.by, date) and self.drawn.measure.chart not in {
            ChartKind.G,
            ChartKind.T,
        }:
            day = float(goal.aim.by.toordinal())
            if self.x.low <= day <= self.x.high:
                x = self.x(day)
                yield self.line([(x, y - 8), (x, y + 8)], self.colours.aim, ' stroke-width="2"')

    def _centres(self, chart: Chart) -> Iterator[str]:
        for phase in chart.phases:
            places = range(phase.start, phase.stop)
            y = self.y(phase.centre)
            ends = [(self.x(self.day(one)), y) for one in (places[0], places[-1])]
            yield self.line(ends, self.colours.line, ' stroke-width="1.5"')
            for bounds in (
                [chart.points[one].lower for one in places],
                [chart.points[one].upper for one in places],
            ):
                known = [
                    (self.x(self.day(one)), self.y(bound))
                    for one, bound in zip(places, bounds, strict=True)
                    if bound is not None
                ]
                if known:
                    dashes = ' stroke-width="1" stroke-dasharray="6 4"'
                    yield self.line(known, self.colours.line, dashes)

    def _label(self, chart: Chart) -> str:
        """The last centre, with its figure, over what is drawn."""
        last = chart.phases[-1]
        said = f"{centre_of(self.drawn, self.language)} {number(last.centre, self.language)}"
        end = f' text-anchor="end"{self.halo}'
        left = self.right - len(said) * SMALL * CHARACTER
        near = [
            self.y(one.value)
            for place, one in enumerate(chart.points)
            if one.value is not None and self.x(self.day(place)) >= left
        ]
        y = self.y(last.centre)
        # Above the line, or below it, wherever no point is covered; above where neither is free.
        free = (one for one in (y - 6, y + SMALL + 4) if not _covers(one, near))
        return self.text(self.right, next(free, y - 6), said, more=end)

    def _series(self, chart: Chart) -> Iterator[str]:
        shape = self._shapes(chart)
        stretch: list[tuple[float, float]] = []
        marks: list[str] = []
        for place, one in enumerate(chart.points):
            starts_phase = place in {phase.start for phase in chart.phases}
            if one.value is None or starts_phase:
                yield from self._stretch(stretch)
                stretch = []
            if one.value is None:
                continue
            at = (self.x(self.day(place)), self.y(one.value))
            stretch.append(at)
            marks.append(self._point(*at, better=shape.get(place), hollow=one.excluded))
        yield from self._stretch(stretch)
        yield from marks

    def _stretch(self, points: Sequence[tuple[float, float]]) -> Iterator[str]:
        if len(points) > 1:
            yield self.line(points, self.colours.quiet, ' stroke-width="1.5"')

    def _shapes(self, chart: Chart) -> dict[int, bool | None]:
        """Whether the signal that a point is part of is wished; None where it points nowhere."""
        found: dict[int, bool | None] = {}
        for one in chart.signals:
            better = is_better(self.drawn, one)
            for place in one.points if better is not None else ():
                found.setdefault(place, better)
        return found

    def _point(self, x: float, y: float, *, better: bool | None, hollow: bool) -> str:
        """Round; of a wished signal a diamond, of an unwished one a square; hollow: excluded."""
        if hollow:
            look = f'fill="{self.colours.ground}" stroke="{self.colours.quiet}"'
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" {look}/>'
        if better is None:
            return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{self.colours.line}"/>'
        if better:
            path = f"M{x:.1f} {y - 6:.1f}l6 6l-6 6l-6 -6z"
            return f'<path d="{path}" fill="{self.colours.better}"/>'
        box = f'x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9"'
        return f'<rect {box} fill="{self.colours.worse}"/>'

    def _missing(self) -> Iterator[str]:
        """Periods without a value stand as crosses at the foot."""
        missing = [place for place, row in enumerate(self.drawn.rows) if row.missing is not None]
        for place in missing:
            x, y = self.x(self.day(place)), self.bottom - 8
            path = f"M{x - 3:.1f} {y - 3:.1f}l6 6m0 -6l-6 6"
            yield f'<path d="{path}" stroke="{self.colours.quiet}" fill="none"/>'


def _covers(baseline: float, places: Sequence[float]) -> bool:
    """Whether letters on a line would lie on one of these heights."""
    return any(baseline - SMALL - 2 <= one <= baseline + 4 for one in places)
