"""R10: what the gate finds at fault is withheld, until it passes or finds a mistake."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial

import pytest

from app.benchmarks.disclosure import builder
from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Contribution, Reason, ReleaseCells, Status
from app.benchmarks.disclosure.findings import Rule
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.files.signing import ReleaseSigner
from app.benchmarks.judging import gated
from app.benchmarks.manifest import Plan
from tests.benchmarks.test_gate_world import LATTICE, World

FIGURES = ["overall"]
STRICT = Thresholds(gate_width=80)
PLAN = Plan(
    lattice=LATTICE,
    definition={},
    thresholds=STRICT,
    max_age_days=730,
    joint_targets=12,
    as_of=date(2026, 1, 1),
    now=datetime(2026, 1, 1, tzinfo=UTC),
    base="https://example.org",
    signer=ReleaseSigner(b"pepper"),
)


@pytest.fixture(scope="module")
def contributions() -> list[Contribution]:
    """120 organizations, and twelve of a region of their own whose scores are all low."""
    world = World(132, 60, seed=5)
    for one in world.attributes[120:]:
        one["region"] = "europe"
    world.networks[120:] = [f"e{i}" for i in range(12)]
    made = world.submit(range(132), 1, FIGURES)
    low = [replace(one, scores={"overall": 4 + i % 4}) for i, one in enumerate(made[120:])]
    return [*made[:120], *low]


def build(contributions: list[Contribution]) -> Callable[..., ReleaseCells]:
    return partial(
        build_cells, contributions, LATTICE, FIGURES, earlier=[], number=1, thresholds=STRICT
    )


def test_cells_at_fault_are_withheld_and_the_others_published(
    contributions: list[Contribution],
) -> None:
    make = build(contributions)
    assert {one.rule for one in gate([make()], STRICT).findings} == {Rule.NARROW}

    cells, report = gated(make, [], PLAN)

    assert report.passed, report.findings
    assert gate([cells], STRICT) == report
    withheld = {cell.cohort for cell in cells.cells if cell.reason is Reason.RELEASE_GATE}
    assert "region:europe" in withheld
    assert len([cell for cell in cells.cells if cell.status is Status.PUBLISHED]) >= 10


def test_a_mistake_of_the_builder_is_not_withheld_but_refused(
    contributions: list[Contribution], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "judge", lambda some, _: None if len(some.scores) else "x")
    _, report = gated(build(contributions[:40]), [], PLAN)

    assert not report.passed
    assert Rule.ORGANIZATIONS in {one.rule for one in report.findings}
