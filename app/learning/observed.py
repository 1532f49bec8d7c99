"""Whether an observation fits its measure. Pure.

Counts are whole and not negative, a share's numerator is no more than its denominator, time between
events is more than none; what is missing says why and has nothing else.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.charts.series import ChartKind, Point
from app.learning.models import Mark, Measure, Missing, Observation
from app.learning.periods import Frequency, starts_on
from app.learning.schemas import ObservationIn
from app.problems import Invalid, error

SHARES, RATES = {ChartKind.P, ChartKind.P_PRIME}, {ChartKind.U, ChartKind.U_PRIME}
SAMPLES = {ChartKind.XBAR, ChartKind.S}
Fault = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Observed:
    """What a row of observations says."""

    period: str
    starts_on: date
    value: float | None
    numerator: float | None
    denominator: float | None
    sample: list[float] | None
    missing: Missing | None
    mark: Mark | None
    source: str | None
    note: str | None


def check_all(measure: Measure, given: Sequence[ObservationIn], *, today: date) -> list[Observed]:
    """The observations as rows, in order.

    Raises:
        Invalid: one entry for each thing that does not fit, with its pointer.
    """
    times = Counter(one.period for one in given)
    errors: list[Fault] = []
    rows: list[Observed] = []
    for place, one in enumerate(given):
        at = f"/observations/{place}"
        first = _first_day(one.period, measure.frequency)
        faults = [*_of_period(one, first, at, measure, today), *_of_value(one, at, measure)]
        faults += _of_note(one, at)
        if times[one.period] > 1:
            detail = "A period stands once in a request"
            faults.append(error(f"{at}/period", "repeated", detail, received=one.period))
        errors.extend(faults)
        if first is not None and not faults:
            content = one.model_dump(exclude={"unit"})
            rows.append(Observed(starts_on=first, **content))
    if errors:
        raise Invalid(errors)
    return rows


def _first_day(period: str, frequency: Frequency) -> date | None:
    try:
        return starts_on(period, frequency)
    except ValueError:
        return None


def _of_period(
    one: ObservationIn, first: date | None, at: str, measure: Measure, today: date
) -> Iterator[Fault]:
    if first is None:
        detail = f"The measure is observed by {measure.frequency}"
        expected = str(measure.frequency)
        yield error(
            f"{at}/period", "other-frequency", detail, received=one.period, expected=expected
        )
    elif first > today:
        yield error(f"{at}/period", "in-the-future", "It has not begun", received=one.period)
    if one.unit is not None and one.unit != measure.unit:
        detail = "Another unit is another measure"
        yield error(f"{at}/unit", "other-unit", detail, received=one.unit, expected=measure.unit)


def _of_note(one: ObservationIn, at: str) -> Iterator[Fault]:
    if one.mark is Mark.EXCLUDED and one.note is None:
        yield error(f"{at}/note", "needed", "Say why the period is excluded")


def _of_value(one: ObservationIn, at: str, measure: Measure) -> Iterator[Fault]:
    said = [
        name
        for name in ("value", "numerator", "denominator", "sample")
        if getattr(one, name) is not None
    ]
    if one.missing is not None:
        for name in said:
            detail = "What is missing has no figures"
            yield error(f"{at}/{name}", "not-missing", detail, received=getattr(one, name))
        return
    wanted = needed(measure.chart, said)
    for name in sorted(set(wanted) - set(said)):
        detail = f"A chart of kind {measure.chart} needs it; or say why it is missing"
        yield error(f"{at}/{name}", "needed", detail, expected=wanted)
    for name in sorted(set(said) - set(wanted)):
        detail = f"A chart of kind {measure.chart} does not have it"
        yield error(
            f"{at}/{name}",
            "not-of-this-chart",
            detail,
            received=getattr(one, name),
            expected=wanted,
        )
    if set(said) == set(wanted):
        yield from _of_counts(one, at, measure.chart)


def needed(kind: ChartKind, said: Sequence[str]) -> list[str]:
    """What an observation consists of; a run chart takes a value as well as a share or a rate."""
    if kind in SAMPLES:
        return ["sample"]
    of_two = {"numerator", "denominator"} & set(said)
    if kind in SHARES | RATES or (kind is ChartKind.RUN and of_two):
        return ["denominator", "numerator"]
    return ["value"]


def _of_counts(one: ObservationIn, at: str, kind: ChartKind) -> Iterator[Fault]:
    if kind in SHARES | RATES and one.numerator is not None:
        yield from _whole(one.numerator, f"{at}/numerator")
        if kind in SHARES and one.denominator is not None and one.numerator > one.denominator:
            detail = "At most the denominator"
            yield error(
                f"{at}/numerator",
                "above-denominator",
                detail,
                received=one.numerator,
                expected=one.denominator,
            )
    if kind in {ChartKind.C, ChartKind.G} and one.value is not None:
        yield from _whole(one.value, f"{at}/value")
    if kind is ChartKind.T and one.value is not None and one.value <= 0:
        yield error(
            f"{at}/value", "not-positive", "Time from one event to the next", received=one.value
        )


def _whole(number: float, pointer: str) -> Iterator[Fault]:
    if number < 0 or number != int(number):
        yield error(pointer, "not-a-count", "A whole number from zero", received=number)


def point_of(row: Observation) -> Point:
    """What a chart is made of."""
    return Point(
        row.value,
        row.numerator,
        row.denominator,
        tuple(row.sample or ()),
        excluded=row.mark is Mark.EXCLUDED,
    )


def told(row: Observation, measure: Measure) -> float | None:
    """An observation as one number: a rate per so many, the mean of a sample."""
    if row.sample:
        return sum(row.sample) / len(row.sample)
    if row.numerator is not None and row.denominator:
        return measure.per * row.numerator / row.denominator
    return row.value
