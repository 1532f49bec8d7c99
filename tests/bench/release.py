"""What a release costs to build and to gate, by the number of organizations.

Usage: python -m tests.bench.release [--releases N] [SIZE ...]

Hospitals with public attributes in networks of one to some dozens, N quarterly releases (8): each
quarter a quarter of them answers anew, some join and some leave. Each size in a process of its own:
seconds of the last build, of the gate over all releases, and the most memory each took.
"""

import multiprocessing
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np
import yaml
from rich.console import Console
from rich.table import Table

from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Contribution, ReleaseCells
from app.benchmarks.disclosure.figures import item_figure
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.scores import Scores
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice
from app.files import folder
from tests.benchmarks.test_gate_world import FIGURES, SHARES

SIZES = (1_000, 10_000, 100_000)
RULES = Thresholds()
ITEMS = tuple(item_figure(f"L{i}", f"L{i}.{n}") for i in range(1, 8) for n in range(1, 7))
ALL_FIGURES = (*FIGURES, *ITEMS)
PLACES = {figure: place for place, figure in enumerate(ALL_FIGURES)}
UNANSWERED = 0.001
"""Share of items without a score, of which each leaves out who it is of."""
ANSWERING, JOINING, LEAVING = 0.25, 0.02, 0.01
"""Shares of the organizations in a quarter."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one size: seconds and MiB."""

    build: float
    build_memory: float
    gate: float
    gate_memory: float
    passed: bool
    unknowns: int
    checked: int


class Hospitals:
    """Contributions of each quarter, most of them those of the quarter before."""

    def __init__(self, number: int, lattice: Lattice, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)
        sizes = np.clip(self.random.zipf(2.2, number), 1, 40)
        self.network = np.repeat(np.arange(number), sizes)[:number]
        chosen = {
            name: self.random.choice(list(shares), p=list(shares.values()), size=number)
            for name, shares in SHARES.items()
        }
        cohorts: dict[tuple[str, ...], frozenset[str]] = {}
        self.cohorts = []
        for values in zip(*chosen.values(), strict=True):
            if values not in cohorts:
                cohorts[values] = lattice.cohorts_of(dict(zip(chosen, values, strict=True)))
            self.cohorts.append(cohorts[values])
        self.level = self.random.normal(55, 10, number)
        self.here = self.random.random(number) < 0.9
        self.last: dict[int, Contribution] = {}

    def quarter(self, period: int) -> list[Contribution]:
        """Who counts then."""
        dice = self.random.random((2, len(self.level)))
        self.here = np.where(self.here, dice[0] >= LEAVING, dice[0] < JOINING)
        for i in np.flatnonzero(self.here).tolist():
            if i not in self.last or dice[1, i] < ANSWERING:
                self.last[i] = self._submit(i, period)
        return [self.last[i] for i in np.flatnonzero(self.here).tolist()]

    def _submit(self, i: int, period: int) -> Contribution:
        noise = self.random.normal(0, 8, len(FIGURES) - 1)
        sections = np.clip(self.level[i] + noise, 0, 100).tolist()
        items = np.clip(self.level[i] + self.random.normal(0, 20, len(ITEMS)), 0, 100)
        items[self.random.random(len(ITEMS)) < UNANSWERED] = np.nan
        scores = [fsum(sections) / len(sections), *sections, *items.tolist()]
        return Contribution(
            f"o{i}",
            f"n{self.network[i]}",
            f"s{i}.{period}",
            Scores(PLACES, scores),
            self.cohorts[i],
        )


def measure(number: int, releases: int) -> Cost:
    """Build that many releases, one after the other, and gate the last one."""
    lattice = Lattice.load(
        yaml.safe_load((folder("seed") / "cohorts.yaml").read_text(encoding="utf-8"))
    )
    hospitals, history = Hospitals(number, lattice), list[ReleaseCells]()
    seconds = 0.0
    for period in range(1, releases + 1):
        contributions = hospitals.quarter(period)
        begun = time.perf_counter()
        history.append(
            build_cells(
                contributions,
                lattice,
                ALL_FIGURES,
                earlier=history,
                number=period,
                thresholds=RULES,
            )
        )
        seconds = time.perf_counter() - begun
    memory = _peak()
    begun = time.perf_counter()
    report = gate(history, RULES)
    return Cost(
        seconds,
        memory,
        time.perf_counter() - begun,
        _peak(),
        report.passed,
        report.unknowns,
        report.checked,
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(sizes: Sequence[int], releases: int) -> None:
    """Measure each size and print."""
    table = Table("organizations", "build s", "MiB", "gate s", "MiB", "passed", "scores", "checked")
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            cost = pool.apply(measure, (size, releases))
        numbers = (cost.build, cost.build_memory, cost.gate, cost.gate_memory)
        counts = (cost.unknowns, cost.checked)
        table.add_row(
            f"{size:,}",
            *(f"{one:,.1f}" for one in numbers),
            str(cost.passed),
            *(f"{one:,}" for one in counts),
        )
    Console(width=120).print(table)


if __name__ == "__main__":
    given = sys.argv[1:]
    number = 8
    if given[:1] == ["--releases"]:
        number, given = int(given[1]), given[2:]
    main([int(one) for one in given] or SIZES, number)
