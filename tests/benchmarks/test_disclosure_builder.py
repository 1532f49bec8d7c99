"""A release over the lattice: minimum change, carrying forward, complementary withholding."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.disclosure.cells import Cell, Contribution, Key, Reason, ReleaseCells, Status
from app.benchmarks.disclosure.changes import TooFewChangesError
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Lattice
from tests.benchmarks.test_lattice import definition

LATTICE = Lattice.load(definition())
RULES = Thresholds()
WITHHELD = {"organizations": None, "networks": None, "mean": None, "histogram": None}


def organizations(
    groups: Mapping[tuple[str, str], int], *, submission: str = "1", first: int = 0
) -> list[Contribution]:
    """Independent organizations by size and teaching, with scores spread out."""
    made: list[Contribution] = []
    for (size, teaching), number in groups.items():
        cohorts = LATTICE.cohorts_of({"size": size, "teaching": teaching})
        for i in range(number):
            name = f"o{first + len(made):03}"
            score = 15 + (37 * i + 11 * first) % 71
            made.append(Contribution(name, name, submission, {"overall": score}, cohorts))
    return made


def build(
    contributions: Sequence[Contribution],
    earlier: Sequence[ReleaseCells] = (),
    withhold: Sequence[Key] = (),
) -> ReleaseCells:
    return build_cells(
        contributions,
        LATTICE,
        ["overall"],
        earlier=earlier,
        number=len(earlier) + 1,
        thresholds=RULES,
        withhold=withhold,
    )


def cell(release: ReleaseCells, cohort: str) -> Cell:
    found = release.find(Key(cohort, "overall"))
    assert found
    return found


EVEN = {("small", "yes"): 12, ("small", "no"): 15, ("large", "yes"): 18, ("large", "no"): 22}


def again(contributions: Sequence[Contribution], number: int) -> list[Contribution]:
    """The same organizations, the first ``number`` with another submission."""
    return [
        replace(c, submission=c.submission + "+") if i < number else c
        for i, c in enumerate(contributions)
    ]


def test_a_first_release_shows_every_cohort() -> None:
    release = build(organizations(EVEN))

    assert len(release.cells) == 9
    assert {c.status for c in release.cells} == {Status.PUBLISHED}
    assert {c.as_of_release for c in release.cells} == {1}
    assert cell(release, "size:small;teaching:no").broader == "size:small"
    assert cell(release, "all").broader is None
    assert len(release.members[Key("all", "overall")]) == 67


def test_an_organization_contributes_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        build(organizations(EVEN) + organizations(EVEN))


@pytest.mark.parametrize(("changed", "built"), [(19, False), (20, True)])
def test_a_release_needs_twenty_changes(changed: int, *, built: bool) -> None:
    first = build(organizations(EVEN))
    if built:
        assert build(again(organizations(EVEN), changed), [first]).number == 2
        return
    with pytest.raises(TooFewChangesError, match="19 changed organizations") as refused:
        build(again(organizations(EVEN), changed), [first])
    assert (refused.value.changed, refused.value.needed) == (19, 20)


def test_too_few_for_a_first_release() -> None:
    with pytest.raises(TooFewChangesError):
        build(organizations({("small", "yes"): 19}))


def test_a_cell_with_too_few_changes_carries_its_last_value() -> None:
    first = build(organizations(EVEN))
    # The first 21 are all 12 of small;yes and 9 of the 15 of small;no.
    second = build(again(organizations(EVEN), 21), [first])

    old, kept = (cell(release, "size:small;teaching:no") for release in (first, second))
    assert kept == replace(old, status=Status.CARRIED, reason=Reason.TOO_FEW_CHANGES)
    assert kept.as_of_release == 1
    assert second.members[kept.key] == first.members[kept.key]
    assert cell(second, "size:small;teaching:yes").status == Status.PUBLISHED

    # Nine more change: with the nine before, more than ten since its last value.
    third = build(again(second.contributions[::-1], 55)[::-1], [first, second])
    assert cell(third, "size:small;teaching:no").as_of_release == 3


def test_changes_count_from_the_last_value_even_if_it_was_withheld_since() -> None:
    first = build(organizations(EVEN))
    key = Key("size:large;teaching:no", "overall")
    second = build(again(organizations(EVEN), 45), [first], withhold=[key])
    third = build(again(second.contributions, 45), [first, second])

    assert cell(second, "size:large;teaching:no").reason == Reason.RELEASE_GATE
    assert cell(third, "size:large;teaching:no").status == Status.CARRIED
    assert cell(third, "size:large;teaching:no").as_of_release == 1


def test_changes_in_two_networks_are_too_few() -> None:
    start = [
        replace(c, network=f"n{i % 2}" if i < 12 else c.network)
        for i, c in enumerate(organizations(dict.fromkeys(EVEN, 30)))
    ]
    first = build(start)
    second = build([*again(start, 12)[:90], *again(start[90:], 30)], [first])

    # Twelve of the small ones changed, from two networks: their cells keep their values.
    assert cell(second, "size:small").status == Status.CARRIED
    assert cell(second, "size:large").status == Status.PUBLISHED


@pytest.mark.parametrize(
    ("groups", "withheld"),
    [
        pytest.param(
            {("small", "yes"): 9, ("small", "no"): 15, ("large", "yes"): 20, ("large", "no"): 22},
            {
                "size:small;teaching:yes": Reason.TOO_FEW_ORGANIZATIONS,
                "size:small;teaching:no": Reason.COMPLEMENTARY,
                "size:large;teaching:yes": Reason.COMPLEMENTARY,
            },
            id="one small corner: a neighbour in each direction",
        ),
        pytest.param(
            {("small", "yes"): 5, ("large", "yes"): 40, ("large", "no"): 40},
            {
                "size:small": Reason.TOO_FEW_ORGANIZATIONS,
                "size:small;teaching:yes": Reason.TOO_FEW_ORGANIZATIONS,
                "size:small;teaching:no": Reason.TOO_FEW_ORGANIZATIONS,
                "size:large": Reason.COMPLEMENTARY,
                "size:large;teaching:yes": Reason.COMPLEMENTARY,
            },
            id="a small rest of the whole",
        ),
        pytest.param({("small", "yes"): 40}, None, id="all in one cohort: no difference at all"),
    ],
)
def test_complementary(
    groups: dict[tuple[str, str], int], withheld: dict[str, Reason] | None
) -> None:
    release = build(organizations(groups))
    found = {c.cohort: c.reason for c in release.cells if not c.shown}

    if withheld is not None:
        assert found == withheld
    assert all(getattr(c, name) is None for c in release.cells if not c.shown for name in WITHHELD)
    assert release.members.keys() == {c.key for c in release.cells if c.shown}


Groups = st.lists(
    st.tuples(
        st.sampled_from(["small", "large"]),
        st.sampled_from(["yes", "no"]),
        st.integers(0, 8),
        st.floats(0, 100),
    ),
    min_size=20,
    max_size=90,
)


@settings(max_examples=40, deadline=None)
@given(Groups, st.randoms(use_true_random=False), st.integers(0, 60))
def test_whatever_comes_in_the_rules_hold(
    drawn: list[tuple[str, str, int, float]], random: object, leavers: int
) -> None:
    contributions = [
        Contribution(
            f"o{i:03}",
            f"n{network}" if network else f"o{i:03}",
            "1",
            {"overall": score},
            LATTICE.cohorts_of({"size": size, "teaching": teaching}),
        )
        for i, (size, teaching, network, score) in enumerate(drawn)
    ]
    first = build(contributions)
    later = [replace(c, submission="2") for c in contributions[leavers:]]
    releases = [first]
    if len(contributions) >= 20:
        releases.append(build([*later], [first]))

    shuffled = list(contributions)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert build(shuffled).cells == first.cells
    for release in releases:
        for each in release.cells:
            check_cell(each, release)
    check_differences(first)


def check_cell(each: Cell, release: ReleaseCells) -> None:
    if not each.shown:
        bare = Cell(each.cohort, each.figure, each.status, each.reason, broader=each.broader)
        assert each == bare
        return
    assert each.organizations is not None
    assert each.organizations >= 10
    assert len(release.members[each.key]) >= 10
    values = [value for value in each.percentiles.values() if value is not None]
    assert values == sorted(values)
    assert each.as_of_release is not None
    assert (each.as_of_release == release.number) is (each.status is Status.PUBLISHED)


def check_differences(release: ReleaseCells) -> None:
    groups = list(release.members.values())
    for outer in groups:
        assert all(len(outer) - len(g) not in range(1, 10) for g in groups if g <= outer)
