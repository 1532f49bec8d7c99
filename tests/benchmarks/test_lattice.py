"""The lattice of cohorts: what loads, who is in which cohort, what is around it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.benchmarks.lattice import LANGUAGES, MAX_COHORTS, Cohort, Family, Lattice, LatticeError

SEED = Path(__file__).parents[2] / "seed" / "cohorts.yaml"


def titles(name: str) -> dict[str, str]:
    return dict.fromkeys(LANGUAGES, name)


def attribute(*categories: object) -> dict[str, Any]:
    return {"title": titles("attribute"), "categories": {c: titles(str(c)) for c in categories}}


def definition(**changes: object) -> dict[str, Any]:
    small = {
        "version": 1,
        "attributes": {"size": attribute("small", "large"), "teaching": attribute("yes", "no")},
        "tables": [["size", "teaching"], ["size"], ["teaching"]],
    }
    return small | changes


@pytest.fixture
def lattice() -> Lattice:
    return Lattice.load(definition())


def test_the_seed_loads_and_keeps_within_the_limit() -> None:
    lattice = Lattice.load(yaml.safe_load(SEED.read_text("utf-8")))

    assert len(lattice.cohorts) == 44 <= MAX_COHORTS
    assert {"all", "size_band:300_plus", "size_band:300_plus;teaching:yes"} <= {
        cohort.id for cohort in lattice.cohorts
    }
    assert all(cohort.title.keys() == LANGUAGES for cohort in lattice.cohorts)


def test_cohorts_go_from_the_broadest_to_the_narrowest(lattice: Lattice) -> None:
    assert [cohort.id for cohort in lattice.cohorts] == [
        "all",
        "size:small",
        "size:large",
        "teaching:yes",
        "teaching:no",
        "size:small;teaching:yes",
        "size:small;teaching:no",
        "size:large;teaching:yes",
        "size:large;teaching:no",
    ]


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        pytest.param({}, {"all"}, id="without attributes: everybody"),
        pytest.param({"size": "small"}, {"all", "size:small"}, id="a missing one: less"),
        pytest.param({"size": "tiny"}, {"all"}, id="an unknown category is in no table"),
        pytest.param(
            {"size": "large", "teaching": "no", "colour": "red"},
            {"all", "size:large", "teaching:no", "size:large;teaching:no"},
            id="all known: each table once",
        ),
    ],
)
def test_cohorts_of(lattice: Lattice, attributes: dict[str, str], expected: set[str]) -> None:
    assert lattice.cohorts_of(attributes) == expected


@pytest.mark.parametrize(
    ("filters", "found", "nearest"),
    [
        ({}, "all", ("all",)),
        ({"teaching": "no"}, "teaching:no", ("teaching:no", "all")),
        (
            {"teaching": "no", "size": "small"},
            "size:small;teaching:no",
            ("size:small;teaching:no", "size:small", "teaching:no", "all"),
        ),
        ({"size": "small", "region": "north"}, None, ("size:small", "all")),
    ],
)
def test_resolve(
    lattice: Lattice, filters: dict[str, str], found: str | None, nearest: tuple[str, ...]
) -> None:
    assert lattice.resolve(filters) == found
    assert lattice.nearest(filters) == nearest


def test_broader_cohorts_are_named_nearest_first(lattice: Lattice) -> None:
    assert lattice.broader("size:large;teaching:yes") == ("size:large", "teaching:yes", "all")
    assert lattice.broader("all") == ()
    with pytest.raises(KeyError):
        lattice.broader("size:tiny")


def test_families_are_what_divides_a_cohort(lattice: Lattice) -> None:
    families = lattice.families()

    assert len(families) == 6
    assert Family("all", ("teaching:yes", "teaching:no")) in families
    assert Family("size:small", ("size:small;teaching:yes", "size:small;teaching:no")) in families


def test_a_cohort_has_a_title_in_each_language(lattice: Lattice) -> None:
    filters: Mapping[str, str] = {"size": "small", "teaching": "no"}
    assert lattice.get("size:small;teaching:no") == Cohort(
        "size:small;teaching:no", filters, titles("small, no")
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": "1"}, "version"),
        ({"attributes": None}, "attributes must be a mapping"),
        ({"attributes": {1: attribute("x")}}, "attribute 1"),
        ({"attributes": {"size": None}}, "a title and categories"),
        ({"attributes": {"size": {"title": titles("x")}}}, "categories are needed"),
        ({"attributes": {"size": attribute()}}, "categories are needed"),
        ({"attributes": {"size": attribute(100_299)}}, "100299 must be quoted"),
        ({"attributes": {"size": attribute("a") | {"title": {"en": "Size"}}}}, "es-419"),
        ({"tables": None}, "list of lists"),
        ({"tables": ["size"]}, "list of lists"),
        ({"tables": [["colour"]]}, "no such attribute: colour"),
        ({"tables": [["size", "size"]]}, "two different ones"),
        ({"tables": [[]]}, "one attribute"),
        ({"tables": [["size", "teaching"], ["teaching", "size"]]}, "twice"),
        ({"attributes": {"size": attribute(*map(str, range(50)))}, "tables": [["size"]]}, "51"),
        (
            {
                "attributes": {name: attribute("x") for name in "abcd"},
                "tables": [["a", "b"], ["a", "c"], ["a", "d"], ["b", "c"]],
            },
            "more than 3",
        ),
    ],
)
def test_what_may_not_be_loaded(changes: dict[str, object], message: str) -> None:
    with pytest.raises(LatticeError, match=message):
        Lattice.load(definition(**changes))
