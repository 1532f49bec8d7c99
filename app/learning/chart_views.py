"""A chart as data: JSON, a table, a specification for Vega-Lite."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from app.charts.series import ChartKind
from app.charts.variation import Icons, icons
from app.learning.charting import Drawn, Goal, is_better, judged, sentence, sentences
from app.learning.models import Direction

COLUMNS = (
    *("period", "starts_on", "value", "centre", "lower", "upper"),
    *("phase", "missing", "mark", "note", "signals"),
)


def chart_out(drawn: Drawn, baseline: int | None, language: str) -> dict[str, Any]:
    """All of it."""
    rules, chart = drawn.rules, drawn.chart
    found = _icons(drawn)
    include = {"id", "code", "title", "unit", "direction"}
    return {
        "measure": drawn.measure.model_dump(include=include),
        "kind": drawn.measure.chart,
        "rules": {
            "rules": rules.run,
            "shift": rules.shift,
            "trend": rules.trend,
            "two_of_three": rules.two_of_three,
            "baseline": baseline,
        },
        "aim": None if drawn.goal is None else _goal(drawn.goal, language),
        "points": points_of(drawn),
        "phases": [] if chart is None else _phases(drawn),
        "signals": [] if chart is None else _signals(drawn, language),
        "variation": None if found is None else found.variation,
        "assurance": None if found is None else found.assurance,
        "summary": sentences(drawn, language),
    }


def verdict_out(goal: Goal, language: str) -> dict[str, Any]:
    """How an aim stands."""
    verdict = goal.verdict
    return {
        "standing": verdict.standing,
        "level": verdict.level,
        "expected": verdict.expected,
        "periods": verdict.n,
        "reason": judged(goal, language),
    }


def _goal(goal: Goal, language: str) -> dict[str, Any]:
    aim = goal.aim
    verdict = verdict_out(goal, language)
    return {"id": aim.id, "target": aim.target, "by": aim.by, "verdict": verdict}


def _icons(drawn: Drawn) -> Icons | None:
    if drawn.chart is None or drawn.chart.kind is ChartKind.RUN:
        return None
    wished = "up" if drawn.measure.direction is Direction.HIGHER else "down"
    target = None if drawn.goal is None else drawn.goal.aim.target
    return icons(drawn.chart, wished, target)  # type: ignore[arg-type]  # one of two


def points_of(drawn: Drawn) -> list[dict[str, Any]]:
    """A row for each period."""
    rules: dict[int, list[str]] = {}
    plotted: Sequence[Any] = [None] * len(drawn.rows)
    if drawn.chart is not None:
        plotted = drawn.chart.points
        for signal in drawn.chart.signals:
            for place in signal.points:
                rules.setdefault(place, []).append(signal.rule)
    return [
        {
            "period": row.period,
            "starts_on": row.starts_on,
            "value": getattr(point, "value", None),
            "centre": getattr(point, "centre", None),
            "lower": getattr(point, "lower", None),
            "upper": getattr(point, "upper", None),
            "phase": getattr(point, "phase", 0),
            "missing": row.missing,
            "mark": row.mark,
            "note": row.note,
            "signals": rules.get(place, []),
        }
        for place, (row, point) in enumerate(zip(drawn.rows, plotted, strict=True))
    ]


def _phases(drawn: Drawn) -> list[dict[str, Any]]:
    if drawn.chart is None:
        return []
    names = (
        *("centre", "useful", "longest_run", "longest_run_limit"),
        *("crossings", "crossings_limit", "frozen", "sigma_z"),
    )
    return [
        {
            "first": drawn.rows[one.start].period,
            "last": drawn.rows[one.stop - 1].period,
            **{name: getattr(one, name) for name in names},
        }
        for one in drawn.chart.phases
    ]


def _signals(drawn: Drawn, language: str) -> list[dict[str, Any]]:
    if drawn.chart is None:
        return []
    return [
        {
            "rule": one.rule,
            "phase": one.phase,
            "periods": [drawn.rows[place].period for place in one.points],
            "side": one.side,
            "better": is_better(drawn, one),
            "sentence": sentence(drawn, [one], drawn.chart.phases[one.phase], language),
        }
        for one in drawn.chart.signals
    ]


def table(drawn: Drawn) -> str:
    """The points as CSV; a cell that a spreadsheet would read as a formula begins with ``'``."""
    out = io.StringIO()
    rows = csv.DictWriter(out, COLUMNS)
    rows.writeheader()
    for one in points_of(drawn):
        rows.writerow({**one, "signals": " ".join(one["signals"]), "note": _plain(one["note"])})
    return out.getvalue()


def _plain(note: str | None) -> str | None:
    return f"'{note}" if note and note[0] in "=+-@\t\r" else note


def vega_lite(drawn: Drawn, language: str) -> dict[str, Any]:
    """A specification for Vega-Lite 5 with the points in it."""
    values = [{**one, "starts_on": str(one["starts_on"])} for one in points_of(drawn)]
    x = {"field": "starts_on", "type": "temporal", "title": None}

    def y(field: str) -> dict[str, Any]:
        return {"field": field, "type": "quantitative", "title": drawn.measure.unit}

    def dashed(field: str) -> dict[str, Any]:
        mark = {"type": "line", "strokeDash": [6, 4], "strokeWidth": 1, "color": "#595959"}
        return {"mark": mark, "encoding": {"x": x, "y": y(field), "detail": {"field": "phase"}}}

    signal = {"condition": {"test": "length(datum.signals) > 0", "value": "#d55e00"}}
    layers: list[dict[str, Any]] = [
        dashed("lower"),
        dashed("upper"),
        {
            "mark": {"type": "line", "color": "#1a1a1a"},
            "encoding": {"x": x, "y": y("centre"), "detail": {"field": "phase"}},
        },
        {
            "mark": {
                "type": "line",
                "point": False,
                "color": "#595959",
                "invalid": "break-paths-show-domains",
            },
            "encoding": {"x": x, "y": y("value"), "detail": {"field": "phase"}},
        },
        {
            "mark": {"type": "point", "filled": True, "size": 50},
            "encoding": {"x": x, "y": y("value"), "color": {**signal, "value": "#4d4d4d"}},
        },
    ]
    if drawn.goal is not None:
        mark = {"type": "rule", "strokeDash": [10, 4, 2, 4], "color": "#007a5a"}
        layers.append({"mark": mark, "encoding": {"y": {"datum": drawn.goal.aim.target}}})
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "title": drawn.measure.title,
        "description": " ".join(sentences(drawn, language)),
        "width": "container",
        "data": {"values": values},
        "layer": layers,
    }
