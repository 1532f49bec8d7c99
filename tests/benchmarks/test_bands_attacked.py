"""Bands against somebody who knows who is in each cohort, all releases, and one network's answers.

Releases are built by the service's own code, and pass the gate.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from uuid import UUID

import pytest

from app.benchmarks.bands import Body, bands_of
from app.benchmarks.blinded import Locked
from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Contribution, Key, ReleaseCells, Status, Unknown
from app.benchmarks.disclosure.changes import are_apart
from app.benchmarks.disclosure.gate import gate
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice
from app.benchmarks.measuring import Flagged, Measured
from tests.attacks.world import instrument
from tests.benchmarks.test_lattice import definition

RULES = Thresholds()
LATTICE = Lattice.load(definition(tables=[["size"], ["teaching"]]))
OWN = range(11)
"""Hospitals of one network, in the world that has it; less than a quarter of a cohort of 48."""
ALONE = {19, 20, 59, 60}
"""Hospitals that are a network by themselves: the gate takes no one for these, who knows one."""


def hospital(
    number: int,
    period: int = 1,
    *,
    own: bool = False,
    like: Mapping[str, str] = MappingProxyType({}),
) -> Contribution:
    """One with a score of its own, in one of eight networks or alone."""
    scores = {"overall": 20 + (number * 37 + period * 11) % 60 + 0.25}
    cohorts = LATTICE.cohorts_of(like)
    network = "own" if own else f"o{number}" if number in ALONE else f"n{number % 8}"
    return Contribution(f"{number}", network, f"{number}.{period}", scores, cohorts)


def release(now: Sequence[Contribution], *earlier: ReleaseCells) -> ReleaseCells:
    """The next release, if the gate passes it."""
    number = len(earlier) + 1
    cells = build_cells(now, LATTICE, ["overall"], earlier=earlier, number=number, thresholds=RULES)
    assert gate([*earlier, cells], RULES).passed
    return cells


def told(*releases: ReleaseCells, flagged: Mapping[int, float]) -> dict[str, tuple[str, int]]:
    """The last one's bands and the releases that they are as of; by number who is flagged."""
    before: dict[int, Body] = {}
    for place, one in enumerate(releases):
        measured = Measured.of(instrument(["A"]))
        measured.flagged = {
            c.unknown: Flagged(flagged[int(c.organization)], c.network)
            for c in one.contributions
            if int(c.organization) in flagged
        }
        before[one.number] = bands_of(one, measured, None, releases[:place], before, RULES)
    found = before[releases[-1].number]["flagged"]
    return {name: (one["band"], one["as_of_release"]) for name, one in found.items()}


def published(cells: ReleaseCells) -> set[str]:
    return {one.cohort for one in cells.cells if one.status is Status.PUBLISHED}


def test_two_cohorts_that_each_have_one_the_other_lacks_do_not_name_it() -> None:
    here = [{"size": "small", "teaching": "yes"}] * 19 + [{"size": "small"}, {"teaching": "yes"}]
    here += [{}] * 39
    cells = release([hospital(number, like=mine) for number, mine in enumerate(here)])
    # 1.75 in twenty would be 5_to_10, and 2.25 in twenty 10_to_20: more by 20, less 19.
    bands = told(cells, flagged={0: 1, 1: 0.5, 2: 0.25, 20: 0.5})

    assert published(cells) == {"all", "size:small", "teaching:yes"}
    assert bands["size:small"] == ("5_to_10", 1)
    assert bands.keys() == {"all", "size:small"}


def test_what_comes_back_does_not_name_who_came_in_another_ones_place() -> None:
    everybody = [hospital(number) for number in range(61)]
    first = release(everybody[:60])
    second = release(everybody[20:60], first)
    third = release([*everybody[:59], everybody[60]], first, second)
    # 5.5 in sixty, then 6 in sixty: the first is 5_to_10, and the last would be 10_to_20.
    flagged = dict.fromkeys(range(20, 25), 1.0) | {25: 0.5, 60: 0.5}

    assert told(first, flagged=flagged)["all"] == ("5_to_10", 1)
    assert published(third) == {"all"}
    assert told(first, second, third, flagged=flagged)["all"] == ("10_to_20", 2)


def two_of_others(*, leaving: bool) -> tuple[ReleaseCells, ReleaseCells]:
    """Eight of one network and two others are new in a cohort; one of these is to be erased."""
    sizes = [{"size": "small" if number < 48 else "large"} for number in range(108)]
    then = [hospital(number, own=number in OWN, like=size) for number, size in enumerate(sizes)]
    then[41] = replace(then[41], leaving=leaving)
    again = {*OWN[:8], 40, *range(48, 68)}
    now = [
        hospital(number, 2 if number in again else 1, own=number in OWN, like=size)
        for number, size in enumerate(sizes)
        if number != 41
    ]
    first = release(then) if not leaving else _unjudged(then)
    return first, release(now, first)


def _unjudged(then: Sequence[Contribution]) -> ReleaseCells:
    """A release from before one of them was to be erased, as it is read now."""
    return build_cells(then, LATTICE, ["overall"], earlier=(), number=1, thresholds=RULES)


FLAGGED = {0: 1.0, 1: 1.0, 2: 1.0, 20: 1.0, 41: 1.0}
"""Of own ones enough for a share, of others two, or one without 41."""


def test_a_network_is_told_nothing_of_two_others_by_what_it_changes_itself() -> None:
    first, second = two_of_others(leaving=False)

    assert told(first, flagged=FLAGGED)["size:small"] == ("10_to_20", 1)
    assert published(second) >= {"all", "size:small"}
    # Fewer than three networks now: that it is the lowest would tell that 41 was flagged.
    assert told(first, second, flagged=FLAGGED)["size:small"] == ("10_to_20", 1)
    assert told(first, second, flagged=FLAGGED)["all"][1] == 2


def test_no_band_is_kept_of_one_that_is_to_be_erased() -> None:
    first, second = two_of_others(leaving=True)

    assert Unknown("41", "41.1") not in second.members[Key("size:small", "overall")]
    assert "size:small" in published(second)
    assert "size:small" not in told(first, second, flagged=FLAGGED)


@pytest.mark.parametrize(
    ("sizes", "band"),
    [
        pytest.param([2] * 5, "10_to_20", id="as many as in a cell"),
        pytest.param([1] * 9, "under_5_or_few", id="nine"),
        pytest.param([3] * 4, "under_5_or_few", id="of four networks"),
        pytest.param([13, 2, 2, 2, 1], "under_5_or_few", id="seven beside one network's"),
        pytest.param([12, 2, 2, 2, 2], "10_to_20", id="eight beside one network's"),
    ],
)
def test_those_that_do_not_take_part_must_be_as_many_as_a_cell_takes(
    sizes: Iterable[int], band: str
) -> None:
    cells = release([hospital(number) for number in range(60)])
    networks = Counter({UUID(int=place): size for place, size in enumerate(sizes)})
    found = bands_of(cells, None, Locked(100, networks), (), {}, RULES)

    assert found["not_taking_part"] == {"band": band, "as_of_release": 1}


HOMES = {f"{number}": f"n{number % 5}" for number in range(20)} | {
    **{f"{number}": "own" for number in range(20, 40)},
    **{f"{number}": None for number in range(40, 60)},
}


@pytest.mark.parametrize(
    ("numbers", "apart"),
    [
        pytest.param([], False, id="the same"),
        pytest.param(range(10), True, id="ten of five networks"),
        pytest.param(range(9), False, id="nine"),
        pytest.param([0, 5, 10, 15, 1, 6, 11, 16, 0, 5], False, id="eight, two of them twice"),
        pytest.param([*range(8), *range(20, 22)], True, id="eight beside one network's"),
        pytest.param([*range(7), *range(20, 40)], False, id="seven beside one network's"),
        pytest.param([0, 5, 10, 15, *range(20, 30)], False, id="of two networks"),
        pytest.param([*range(7), *range(40, 60)], False, id="who is erased may be anybody's"),
    ],
)
def test_memberships_are_apart_by_whom_no_network_knows(
    numbers: Iterable[int], *, apart: bool
) -> None:
    common = frozenset(Unknown(f"c{number}", "1") for number in range(30))
    different = [Unknown(f"{number}", f"{at}") for at, number in enumerate(numbers)]
    one, other = common.union(different[::2]), common.union(different[1::2])

    assert are_apart(one, other, HOMES, RULES) is apart
