"""Bands and shares of a population, by themselves. Pure."""

from typing import Any

import pytest

from app.benchmarks.bands import Band, band_of
from app.benchmarks.coverage import NOTHING, shown
from app.benchmarks.disclosure.cells import Cell, Reason, Status
from app.benchmarks.lattice import Lattice, LatticeError
from tests.benchmarks.test_lattice import definition

POPULATION = {"source": "A register", "year": 2025, "counts": {"size": {"small": 80, "large": 20}}}


@pytest.mark.parametrize(
    ("share", "band"),
    [
        pytest.param(0.0, "under_5_or_few", id="none"),
        pytest.param(0.0499, "under_5_or_few", id="under five"),
        pytest.param(0.05, "5_to_10", id="five"),
        pytest.param(0.0999, "5_to_10", id="under ten"),
        pytest.param(0.10, "10_to_20", id="ten"),
        pytest.param(0.20, "10_to_20", id="twenty"),
        pytest.param(0.21, "over_20", id="over twenty"),
        pytest.param(1.0, "over_20", id="all"),
    ],
)
def test_a_share_has_a_band(share: float, band: str) -> None:
    assert band_of(share) is Band(band)


def covered(cells: dict[str, int | None], **changes: object) -> dict[str, dict[str, Any]]:
    """What is told of each cohort that has so many organizations; of none, if it is withheld."""
    lattice = Lattice.load(definition(**changes))
    shown_cells = {
        (cohort, "overall"): Cell(
            cohort, "overall", Status.CARRIED, organizations=n, as_of_release=1
        )
        if n
        else Cell(cohort, "overall", Status.WITHHELD, Reason.NETWORK_DOMINANCE)
        for cohort, n in cells.items()
    }
    return {one["cohort"]: one for one in shown(NOTHING, lattice, shown_cells)["population"]}


@pytest.mark.parametrize(
    ("organizations", "share"),
    [(10, "15 %"), (40, "50 %"), (75, "95 %"), (80, ">95 %"), (85, ">95 %")],
)
def test_a_share_of_the_population_is_in_steps(organizations: int, share: str) -> None:
    found = covered({"size:small": organizations}, population=POPULATION)["size:small"]

    assert found == {
        "cohort": "size:small",
        "organizations": organizations,
        "as_of_release": 1,
        "status": "known",
        "share": share,
        "population": {"organizations": 80, "source": "A register", "year": 2025},
    }


def test_a_withheld_cohort_has_a_population_and_no_share() -> None:
    found = covered({"size:small": None, "teaching:yes": None}, population=POPULATION)

    assert found["size:small"]["status"] == "withheld"
    assert found["size:small"]["share"] is None
    assert found["size:small"]["population"]["organizations"] == 80
    assert found["teaching:yes"]["status"] == "unknown"


def test_a_lattice_of_before_has_no_population_and_stays_readable() -> None:
    assert Lattice.load(definition()).population is None
    assert covered({"size:small": 40})["size:small"]["status"] == "unknown"
    assert set(covered({"all": 40, "size:small;teaching:yes": 40, "size:small": 40})) == {
        "size:small"
    }


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": None}, "source"),
        ({"year": "2025"}, "year"),
        ({"year": True}, "year"),
        ({"counts": None}, "counts"),
        ({"counts": {"colour": {"red": 1}}}, "no attribute colour"),
        ({"counts": {"size": {"tiny": 1}}}, "no attribute size"),
        ({"counts": {"size": 7}}, "no attribute size"),
        ({"counts": {"size": {"small": 0}}}, "size:small"),
        ({"counts": {"size": {"small": "8"}}}, "size:small"),
    ],
)
def test_a_wrong_population_is_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(LatticeError, match=message):
        Lattice.load(definition(population=POPULATION | changes))
    with pytest.raises(LatticeError, match="source"):
        Lattice.load(definition(population=[]))
