"""A measure's observations as a chart: what is drawn, what changed, and that said in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import yaml

from app.charts.chart import Chart, Phase, Signal, chart
from app.charts.series import ChartError, ChartKind, Plan, Rules
from app.charts.verdict import Verdict
from app.files import folder
from app.learning.models import Aim, Direction, Mark, Measure, Observation
from app.learning.observed import point_of
from app.problems import Invalid, error

Words = Mapping[str, Any]
NOTHING = "-"
THOUSAND = 1000
LISTED = 3
"""Periods that a sentence names before it counts the rest."""


@cache
def words() -> Words:
    """What charts say, by language."""
    text = (folder("seed") / "chart_words.yaml").read_text(encoding="utf-8")
    found: Words = yaml.safe_load(text)
    return found


@dataclass(frozen=True, slots=True)
class Goal:
    """An aim on the measure that is drawn, and how it stands."""

    aim: Aim
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Drawn:
    """All that a chart shows; ``chart`` is None as long as there is nothing to judge."""

    measure: Measure
    rows: Sequence[Observation]
    chart: Chart | None
    rules: Rules
    goal: Goal | None


def draw(
    measure: Measure,
    rows: Sequence[Observation],
    rules: Rules,
    *,
    baseline: int | None = None,
    goal: Goal | None = None,
) -> Drawn:
    """The chart of a measure.

    Args:
        measure: whose.
        rows: its observations that stand, by time.
        rules: by which changes are told from noise.
        baseline: how many periods from the first fix centre and limits.
        goal: an aim to be drawn with it.

    Raises:
        Invalid: a baseline or a rebase that leaves no limits.
    """
    plan = Plan(
        kind=measure.chart,
        phases=tuple(place for place, row in enumerate(rows) if place and row.mark is Mark.REBASE),
        baseline=baseline,
        rules=rules,
        per=measure.per,
    )
    if not any(row.missing is None and row.mark is not Mark.EXCLUDED for row in rows):
        return Drawn(measure, rows, None, rules, goal)
    try:
        made = chart(plan, [point_of(row) for row in rows])
    except ChartError as wrong:
        received = baseline if wrong.index is None else rows[wrong.index].period
        code = wrong.code.replace("_", "-")
        raise Invalid([error("query:/baseline", code, wrong.message, received=received)]) from wrong
    return Drawn(measure, rows, made, rules, goal)


def number(value: float, language: str) -> str:
    """Three digits, or all of a whole number, as the language writes them."""
    if abs(value) < THOUSAND:
        return f"{value:.3g}"
    said = f"{value:,.0f}"
    return said if language == "en" else said.replace(",", "\u202f")


def centre_of(drawn: Drawn, language: str) -> str:
    """What the middle line is."""
    kind = "median" if drawn.measure.chart in {ChartKind.RUN, ChartKind.G} else "mean"
    return str(words()["centre"][kind][language])


def is_better(drawn: Drawn, signal: Signal) -> bool | None:
    """Whether a signal goes the wished way; None where it points nowhere."""
    if signal.side is None:
        return None
    goes_up = signal.side in {"above", "up"}
    return goes_up == (drawn.measure.direction is Direction.HIGHER)


def sentence(drawn: Drawn, signals: Sequence[Signal], phase: Phase, language: str) -> str:
    """Signals of one rule on one side of a phase, explained; one for runs, any number of points."""
    said, signal = words(), signals[0]
    places = [place for one in signals for place in one.points] or [phase.start, phase.stop - 1]
    limit = phase.crossings_limit if signal.rule == "few_crossings" else phase.longest_run_limit
    told = str(said["signals"][signal.rule][language]).format(
        count=len(signal.points),
        first=drawn.rows[places[0]].period,
        last=drawn.rows[places[-1]].period,
        side=said["sides"][signal.side][language] if signal.side else "",
        centre=centre_of(drawn, language),
        limit=limit,
        crossings=phase.crossings,
        listed=_listed(
            [drawn.rows[one.points[-1]].period for one in signals if one.points], language
        ),
    )
    better = is_better(drawn, signal)
    if better is None:
        return told
    return f"{told} {said['better']['better' if better else 'worse'][language]}"


def _listed(periods: Sequence[str], language: str) -> str:
    shown = ", ".join(periods[:LISTED])
    if len(periods) <= LISTED:
        return shown
    text = str(words()["more"][language])
    return text.format(listed=shown, count=len(periods) - LISTED)


def grouped(signals: Sequence[Signal]) -> list[list[Signal]]:
    """What one sentence is about: single points of a rule and side together, runs by themselves."""
    found: dict[tuple[object, ...], list[Signal]] = {}
    for place, one in enumerate(signals):
        alone = one.rule not in {"beyond_limit", "two_of_three"}
        found.setdefault((one.phase, one.rule, one.side, place if alone else None), []).append(one)
    return list(found.values())


def sentences(drawn: Drawn, language: str) -> list[str]:
    """The chart in sentences: what it is, what changed, how the aim stands."""
    told = [described(drawn, language)]
    if drawn.chart is None:
        told.append(str(words()["none"]["empty"][language]))
    else:
        told += _of_phases(drawn, drawn.chart.phases, language)
        told += [
            sentence(drawn, some, drawn.chart.phases[some[0].phase], language)
            for some in grouped(drawn.chart.signals)
        ]
        if len(told) == 1:
            few = all(one.longest_run_limit is None for one in drawn.chart.phases)
            text = str(words()["none"]["too_few" if few else "nothing"][language])
            useful = drawn.chart.phases[-1].useful
            told.append(text.format(useful=useful, centre=centre_of(drawn, language)))
    if drawn.goal is not None:
        told.append(judged(drawn.goal, language))
    return told


def _of_phases(drawn: Drawn, phases: Sequence[Phase], language: str) -> list[str]:
    text = str(words()["phase"][language])
    return [
        text.format(
            first=drawn.rows[after.start].period,
            centre=centre_of(drawn, language),
            before=number(before.centre, language),
            after=number(after.centre, language),
        )
        for before, after in pairwise(phases)
    ]


def described(drawn: Drawn, language: str) -> str:
    """What the chart is of."""
    said = words()
    periods = [row.period for row in drawn.rows] or [NOTHING]
    text = str(said["described"][language])
    return text.format(
        kind=said["kinds"][drawn.measure.chart][language],
        title=drawn.measure.title,
        unit=drawn.measure.unit,
        count=len(drawn.rows),
        first=periods[0],
        last=periods[-1],
    )


def judged(goal: Goal, language: str) -> str:
    """How an aim stands, in a sentence."""
    verdict = goal.verdict
    figures = {
        name: NOTHING if value is None else number(value, language)
        for name, value in (
            ("level", verdict.level),
            ("expected", verdict.expected),
            ("target", goal.aim.target),
        )
    }
    text = str(words()["verdicts"][str(verdict.standing)][language])
    return text.format(**figures, n=verdict.n)
