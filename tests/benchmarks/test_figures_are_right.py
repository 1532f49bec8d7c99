"""Published figures against numpy on the raw scores, over many worlds."""

import numpy as np
import pytest

from app.benchmarks.disclosure.rules import Group, describe
from app.benchmarks.disclosure.thresholds import Thresholds
from tests.benchmarks.test_gate_world import World, build

RULES = Thresholds()
WORLDS = 200
QUARTILES = {"p25": 25, "p50": 50, "p75": 75}


def test_means_are_within_half_their_step_in_every_shown_cell() -> None:
    shown = 0
    for seed in range(WORLDS):
        world = World(60, 30, seed=seed)
        made = world.submit(range(60), 1, ["overall"])
        for cell in build(made, figures=["overall"]).cells:
            if cell.mean is not None:
                scores = [c.scores["overall"] for c in made if cell.cohort in c.cohorts]
                assert abs(cell.mean - np.mean(scores)) <= RULES.mean_step / 2 + 1e-9
                assert cell.organizations is not None
                assert abs(cell.organizations - len(scores)) <= RULES.organizations_step / 2
                shown += 1
    assert shown > 10 * WORLDS


@pytest.mark.parametrize(
    ("organizations", "names", "most"),
    [
        pytest.param(40, QUARTILES, 1.5, id="quartiles of 40"),
        pytest.param(100, QUARTILES, 1.5, id="quartiles of 100"),
        pytest.param(100, {"p10": 10, "p90": 90}, 2.5, id="deciles of 100"),
    ],
)
def test_percentiles_are_near_those_of_the_raw_scores(
    organizations: int, names: dict[str, int], most: float
) -> None:
    """Under half of what the median itself is uncertain by with 40 (2.8 points)."""
    errors, withheld = [], 0
    for seed in range(WORLDS):
        world = World(organizations, organizations, seed=1000 + seed)
        made = world.submit(range(organizations), 1, ["overall"])
        scores = np.array([c.scores["overall"] for c in made])
        found = describe(Group.of(made, "overall"), RULES)["percentiles"]
        for name, percent in names.items():
            if found[name] is None:
                withheld += 1
            else:
                errors.append(abs(found[name] - np.percentile(scores, percent)))

    assert len(errors) > 4 * withheld
    assert np.median(errors) <= most, (np.median(errors), withheld)
