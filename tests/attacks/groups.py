"""P8: cohorts that answer alike, and what can be told of them as a group."""

from collections.abc import Sequence
from dataclasses import replace
from math import fsum
from typing import NamedTuple

import numpy as np

from app.benchmarks.disclosure.cells import Contribution
from tests.attacks.algebra import TOP
from tests.attacks.equations import across_figures
from tests.attacks.naive import LEAST
from tests.attacks.results import Result
from tests.attacks.world import History, World

SECTIONS = ("A", "B")
END = 5.0
"""A group whose mean is known to be nearer to an end of the scale is told of (points)."""


class Plant(NamedTuple):
    """A cohort whose members all have a score in a section, or in all."""

    cohort: str
    sections: tuple[str, ...]
    score: float


PLANTS = tuple(
    Plant(cohort, sections, score)
    for cohort in ("teaching:yes", "size_band:300_plus", "ownership:for_profit", "type:acute")
    for sections in (("A", "B"), ("B",))
    for score in (0.0, 100.0)
)


def planted(plant: Plant, organizations: int, seed: int = 4) -> list[Contribution]:
    """A quarter in which that cohort answers alike."""
    made = World(organizations, seed).quarter(1)
    return [_alike(one, plant) if plant.cohort in one.cohorts else one for one in made]


def _alike(one: Contribution, plant: Plant) -> Contribution:
    sections = {name: one.scores.get(name, 50.0) for name in SECTIONS}
    sections |= dict.fromkeys(plant.sections, plant.score)
    return replace(one, scores={"overall": sum(sections.values()) / len(sections), **sections})


def told(contributions: Sequence[Contribution], plant: Plant) -> tuple[bool, float]:
    """Whether a cell of it is shown, and from which end of the scale on its mean must be (points).

    The attacker knows who is in the cohort and solves all published means for the group's mean in
    a section.
    """
    world, history = World(2, 1), History()
    world.release(history, contributions)
    section = plant.sections[-1]
    shown = any(
        row.cell.cohort == plant.cohort and row.cell.figure == section for row in history.rows
    )
    mine = [i for i, one in enumerate(history.people) if plant.cohort in one.cohorts]
    if not history.rows or not mine:
        return shown, TOP
    sums = across_figures(history, SECTIONS, frozenset())
    places = np.array([sums.places[i][section] for i in mine])
    [low], [high] = sums.equations.ends([(places, np.full(len(places), 1 / len(places)))])
    return shown, high if plant.score == 0 else TOP - low


def _exact(contributions: Sequence[Contribution], plant: Plant) -> float:
    """How far from the end the exact mean of ten or more is (points)."""
    mine = [one.scores for one in contributions if plant.cohort in one.cohorts]
    if len(mine) < LEAST:
        return TOP
    return abs(plant.score - fsum(one[plant.sections[-1]] for one in mine) / len(mine))


def group(organizations: int = 200, plants: Sequence[Plant] = PLANTS) -> list[Result]:
    """Each planted cohort."""
    worlds = [planted(plant, organizations) for plant in plants]
    found = [told(world, plant) for world, plant in zip(worlds, plants, strict=True)]
    careless = [_exact(world, plant) for world, plant in zip(worlds, plants, strict=True)]
    beaten = sum(far <= END for far in careless)
    shown = sum(one for one, _ in found)
    least = [far for _, far in found]
    given_away = sum(far <= END for far in least)
    return [
        Result(
            "P8 shown",
            f"{len(plants)} cohorts that all answer 0 or all 100, in one section or everywhere."
            " Naive: any 10 organizations, exact means",
            f"{beaten} shown within 5 points of the end",
            f"{shown} shown",
            "0",
            naive_beaten=beaten == len(plants),
            passed=shown == 0,
        ),
        Result(
            "P8 derived",
            "the same: how near to the end can the group's mean be shown to be, by all published"
            " means of all figures? Naive: as above",
            f"{beaten} within 5 points",
            f"{given_away} within 5 points of the end; nearest {min(least):.1f}",
            "0 within 5 points",
            naive_beaten=beaten == len(plants),
            passed=given_away == 0,
        ),
    ]
