"""Centre and limits: against textbooks, another program, and a second implementation."""

import csv
import json
from itertools import groupby
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.charts.chart import Chart, chart
from app.charts.limits import c4, relative_spread
from app.charts.series import ChartKind, Plan, Point
from tests.charts import second

HERE = Path(__file__).parent
GOLDEN: list[dict[str, Any]] = json.loads(
    (HERE / "golden" / "charts.json").read_text(encoding="utf-8")
)
REAL = HERE.parents[2] / "shared" / "data"
"""Files beside the project that are no part of it."""

XMR_BY_D2 = 2.66 * 1.128 / 3
"""Our width of an XmR chart over one with 3 / 1.128 in the place of 2.66."""


def points_of(given: dict[str, Any]) -> list[Point]:
    if "samples" in given:
        return [Point(sample=tuple(one)) for one in given["samples"]]
    if "over" in given:
        both = zip(given["over"], given["under"], strict=True)
        return [Point(numerator=over, denominator=under) for over, under in both]
    return [Point(value=one) for one in given["values"]]


def drawn(made: Chart, line: str) -> list[float]:
    found = [getattr(one, line) for one in made.points]
    return [nan if one is None else one for one in found]


def check(kind: str, given: dict[str, Any], base: int | None = None) -> None:
    """The chart's lines and runs are those of the second implementation."""
    made = chart(Plan(ChartKind(kind), baseline=base), points_of(given))
    expected = second.lines(kind, given, base or len(made.points))
    for name, line in expected._asdict().items():
        assert drawn(made, name) == pytest.approx(line.tolist(), rel=1e-11, nan_ok=True), name
    [phase] = made.phases
    values = np.array([one.value for one in made.points])
    runs = second.anhoej(values, phase.centre)
    assert (phase.useful, phase.longest_run, phase.crossings) == runs[:3]
    rules = {one.rule for one in made.signals}
    assert bool(rules & {"long_run", "few_crossings"}) == runs.signal
    outside = np.flatnonzero((values > expected.upper) | (values < expected.lower)).tolist()
    assert [one.points for one in made.signals if one.rule == "beyond_limit"] == [
        (at,) for at in outside
    ]


def name_of(case: dict[str, Any]) -> str:
    return f"{case['kind']}, {case['baseline'] or 'all'}"


@pytest.mark.parametrize("case", GOLDEN, ids=name_of)
def test_a_second_implementation_agrees_on_small_series(case: dict[str, Any]) -> None:
    check(case["kind"], case, case["baseline"])


@pytest.mark.parametrize("case", GOLDEN, ids=name_of)
def test_another_program_agrees(case: dict[str, Any]) -> None:
    kind = ChartKind(case["kind"])
    per = 100 if kind in {ChartKind.P, ChartKind.P_PRIME} else 1
    made = chart(Plan(kind, baseline=case["baseline"], per=per), points_of(case))
    power = {ChartKind.I: 1.0, ChartKind.T: 3.6}.get(kind)
    for line in ("value", "centre", "lower", "upper"):
        theirs = [nan if one is None else one for one in case[line]]
        if power and line in {"lower", "upper"}:
            # They take 3 / 1.128 where Wheeler and the NHS take 2.66.
            roots = zip(theirs, case["centre"], strict=True)
            widths = [(a ** (1 / power), b ** (1 / power)) for a, b in roots]
            theirs = [(b + (a - b) * XMR_BY_D2) ** power for a, b in widths]
        assert drawn(made, line) == pytest.approx(theirs, rel=1e-9, abs=1e-9, nan_ok=True), line


def real_series() -> list[tuple[str, list[int], list[float]]]:
    """Each hospital's kind of infection, and the C. difficile series: counts and days."""
    if not (REAL / "hospital_infections.csv").exists() or not (REAL / "cdi.csv").exists():
        pytest.skip(f"hospital_infections.csv and cdi.csv are not in {REAL}")
    with (REAL / "hospital_infections.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    named = [
        (name, list(group))
        for name, group in groupby(rows, lambda row: f"{row['hospital']} {row['infection']}")
    ]
    with (REAL / "cdi.csv").open(encoding="utf-8", newline="") as file:
        named.append(("cdi", list(csv.DictReader(file))))
    return [
        (name, [int(row["n"]) for row in group], [float(row["days"]) for row in group])
        for name, group in named
    ]


def test_a_second_implementation_agrees_on_real_infections() -> None:
    series = real_series()

    assert len(series) == 19
    for _, cases, days in series:
        rated = {"over": cases, "under": days}
        single = {"values": cases}
        ratios = {"values": [10_000 * n / d for n, d in zip(cases, days, strict=True)]}
        thirds = {"samples": [ratios["values"][at : at + 3] for at in range(0, len(cases), 3)]}
        for base in (None, 12):
            for kind in ("p", "p_prime", "u", "u_prime"):
                check(kind, rated, base)
            for kind in ("c", "g"):
                check(kind, single, base)
            for kind in ("run", "i"):
                check(kind, ratios, base)
        check("t", {"values": [d / (n + 1) for n, d in zip(cases, days, strict=True)]})
        for kind in ("xbar", "s"):
            check(kind, thirds)


def test_the_fall_of_infections_is_told_as_published() -> None:
    # Case 2 in the vignette of qicharts2: median 19 before, then 15 months in a row below it;
    # split there, the counts fall from 19 to 7, and 0 to 15 is what to expect.
    [(_, cases, _)] = [one for one in real_series() if one[0] == "cdi"]
    points = [Point(value=one) for one in cases]

    frozen = chart(Plan(ChartKind.RUN, baseline=24), points)
    split = chart(Plan(ChartKind.C, phases=(24,)), points)

    assert frozen.phases[0].centre == 19
    assert frozen.phases[0].longest_run == 15
    assert [(one.rule, one.side) for one in frozen.signals] == [
        ("long_run", "below"),
        ("few_crossings", None),
    ]
    assert [round(one.centre) for one in split.phases] == [19, 7]
    assert split.signals == ()
    assert split.points[-1].lower == 0
    assert round(split.points[-1].upper or 0) == 15


NOISE = [
    -1.18945374525972269, 0.38858122963255254, -0.34433334921072467, -0.54789613841829499,
    0.98066221575019152, -0.23664600727285190, 0.80973970434771492, -0.74477952866404118,
    -0.25978301312709895, -0.18308383041021475, 0.51862898761290513, 0.88346510072031359,
    1.00128475258218907, 2.53482999228741113, 1.87623204831409418, 4.11930330792709576,
    0.48652412607601336, 2.25519487062243851, 3.50474143843065544, 1.60991952529911631,
    2.57935817012672519, 2.21035583968694027, 2.94404277553313198, 0.17330676638891696,
]  # fmt: skip
"""R: set.seed(19); y <- rnorm(24); y[22] <- 4; y[13:24] <- rnorm(12, mean = 2)."""


def test_an_i_chart_is_told_as_published() -> None:
    # Printed in the vignette of qicharts2 of August 2017, summary(qic(y, chart = 'i')).
    made = chart(Plan(ChartKind.I), [Point(value=one) for one in NOISE])

    [phase] = made.phases
    assert phase.centre == pytest.approx(1.057091, abs=5e-7)
    width = (4.229067 - 1.057091) * XMR_BY_D2
    assert drawn(made, "upper")[0] == pytest.approx(1.057091 + width, abs=2e-6)
    assert drawn(made, "lower")[0] == pytest.approx(1.057091 - width, abs=2e-6)
    assert (phase.longest_run, phase.longest_run_limit) == (13, 8)
    assert (phase.crossings, phase.crossings_limit) == (4, 8)
    assert [one.rule for one in made.signals] == ["long_run", "few_crossings"]


FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
"""NIST/SEMATECH e-Handbook of Statistical Methods, 6.3.2.2: ten flow rates."""
WAFERS = [
    16, 14, 28, 16, 12, 20, 10, 12, 10, 17, 19, 17, 14,
    16, 15, 13, 14, 16, 11, 20, 11, 19, 16, 31, 13,
]  # fmt: skip
"""The same, 6.3.3.1: defects on 25 wafers."""
CANS = [
    12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22,
    8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6,
]  # fmt: skip
"""Montgomery, the first p chart of the chapter on attributes: bad cans of 50, 30 times."""


def test_flow_rates_of_the_handbook() -> None:
    made = chart(Plan(ChartKind.I), [Point(value=one) for one in FLOW])

    assert made.phases[0].centre == pytest.approx(50.81)
    assert drawn(made, "upper")[0] == pytest.approx(55.80, abs=0.005)
    assert drawn(made, "lower")[0] == pytest.approx(45.82, abs=0.006)


def test_wafers_of_the_handbook() -> None:
    made = chart(Plan(ChartKind.C), [Point(value=one) for one in WAFERS])

    assert (made.points[0].lower, made.phases[0].centre, made.points[0].upper) == (4, 16, 28)
    assert [one.points for one in made.signals if one.rule == "beyond_limit"] == [(23,)]


def test_cans_of_montgomery() -> None:
    made = chart(Plan(ChartKind.P), [Point(numerator=one, denominator=50) for one in CANS])

    assert round(made.phases[0].centre, 4) == 0.2313
    assert round(drawn(made, "upper")[0], 4) == 0.4102
    assert round(drawn(made, "lower")[0], 4) == 0.0524
    assert [one.points for one in made.signals if one.rule == "beyond_limit"] == [(14,), (22,)]


@pytest.mark.parametrize(
    ("size", "mean", "a3", "b3", "b4"),
    [
        (2, 0.7979, 2.659, 0, 3.267),
        (3, 0.8862, 1.954, 0, 2.568),
        (4, 0.9213, 1.628, 0, 2.266),
        (5, 0.9400, 1.427, 0, 2.089),
        (6, 0.9515, 1.287, 0.030, 1.970),
        (7, 0.9594, 1.182, 0.118, 1.882),
        (10, 0.9727, 0.975, 0.284, 1.716),
        (25, 0.9896, 0.606, 0.565, 1.435),
    ],
)
def test_the_factors_of_the_textbooks(
    size: int, mean: float, a3: float, b3: float, b4: float
) -> None:
    # Montgomery, the appendix "Factors for Constructing Variables Control Charts".
    assert round(c4(size), 4) == mean
    assert round(3 / (c4(size) * size**0.5), 3) == a3
    assert round(max(0, 1 - 3 * relative_spread(size)), 3) == b3
    assert round(1 + 3 * relative_spread(size), 3) == b4
