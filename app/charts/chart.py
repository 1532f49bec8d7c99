"""A series of points, read by a plan: what to draw, and what changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.charts.checks import check_plan, readings
from app.charts.limits import Fit, fit
from app.charts.runs import crossings_limit, longest_run_limit
from app.charts.series import ChartError, ChartKind, Plan, Point, Reading, spans
from app.charts.signals import Counted, Signal, runs_of, signals_of

__all__ = ["Chart", "ChartError", "Phase", "Plotted", "Signal", "chart"]


@dataclass(frozen=True, slots=True)
class Plotted:
    """One point as it is drawn; `value` is ``None`` for a gap.

    Run charts have no limits, nor has a gap where limits depend on a denominator or a sample.
    A lower limit that would lie below zero is 0 where the values cannot (all but i and xbar).
    """

    value: float | None
    centre: float | None
    lower: float | None
    upper: float | None
    phase: int
    excluded: bool


@dataclass(frozen=True, slots=True)
class Phase:
    """Points `start` to `stop` (exclusive), their centre, and their runs.

    `useful` points are not on the centre. The limits of runs and crossings are the last values
    that chance explains, ``None`` under ten useful points. `frozen`: centre and limits come from
    the baseline. `sigma_z` is Laney's, of the primes alone.
    """

    start: int
    stop: int
    centre: float
    useful: int
    longest_run: int
    longest_run_limit: int | None
    crossings: int
    crossings_limit: int | None
    frozen: bool
    sigma_z: float | None


@dataclass(frozen=True, slots=True)
class Chart:
    """What to draw, by point and by phase, and the signals, by phase and rule."""

    kind: ChartKind
    points: tuple[Plotted, ...]
    phases: tuple[Phase, ...]
    signals: tuple[Signal, ...]


def chart(plan: Plan, points: Sequence[Point]) -> Chart:
    """Read `points`, in order of time, by `plan`; about linear in their number.

    Raises ``ChartError``, with the index of the point where there is one.
    """
    check_plan(plan, len(points))
    read = readings(plan, points)
    plotted: list[Plotted] = []
    phases: list[Phase] = []
    signals: list[Signal] = []
    for number, (start, stop) in enumerate(spans(plan, len(points))):
        frozen = plan.baseline is not None and number == 0
        base_stop = plan.baseline if plan.baseline is not None and number == 0 else stop
        fitted = fit(plan, read[start:base_stop], start)
        plotted += (
            plot(fitted, read[at], number, excluded=points[at].excluded)
            for at in range(start, stop)
        )
        counted = count(fitted, read, number, start, stop)
        found = runs_of(counted)
        signals += signals_of(plan.rules, counted, found)
        useful = len(found.useful)
        phases.append(
            Phase(
                start=start,
                stop=stop,
                centre=fitted.centre,
                useful=useful,
                longest_run=found.longest,
                longest_run_limit=longest_run_limit(useful),
                crossings=found.crossings,
                crossings_limit=crossings_limit(useful),
                frozen=frozen,
                sigma_z=fitted.sigma_z,
            )
        )
    return Chart(plan.kind, tuple(plotted), tuple(phases), tuple(signals))


def plot(fitted: Fit, reading: Reading, phase: int, *, excluded: bool) -> Plotted:
    """A point between its limits."""
    lower, upper = fitted.limits(reading)
    return Plotted(reading.value, fitted.centre, lower, upper, phase, excluded)


def count(fitted: Fit, read: Sequence[Reading], phase: int, start: int, stop: int) -> Counted:
    """The points of a phase that count."""
    kept = [
        (at, one.value, one)
        for at, one in enumerate(read[start:stop], start)
        if one.counts and one.value is not None
    ]
    return Counted(
        phase,
        fitted,
        [at for at, _, _ in kept],
        [value for _, value, _ in kept],
        [one for _, _, one in kept],
    )
