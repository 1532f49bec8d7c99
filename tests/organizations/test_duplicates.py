"""Which hospitals are probably one: by identifier, or by name and place together."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.organizations.duplicates import Hospital, Reason, find, plain

ST_ELM = "ST. ELM HOSPITAL"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("St. Elm Hospital", "ST ELM HOSPITAL", id="capitals and dots"),
        pytest.param("St. Mary's", "Saint Marys", id="apostrophes and Saint"),
        pytest.param("St. Mary\u2019s", "ST. MARY'S", id="another apostrophe"),
        pytest.param("Hospital San José", "HOSPITAL SAN JOSE", id="accents"),
        pytest.param("Elm & Oak Med. Ctr.", "Elm and Oak Medical Center", id="short forms"),
        pytest.param("The Elm Hosp", "Elm  Hospital", id="an article and spaces"),
        pytest.param("Mount Elm Centre", "MT ELM CENTER", id="British spelling"),
    ],
)
def test_registers_write_one_name_in_many_ways(one: str, other: str) -> None:
    assert plain(one) == plain(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("Elm Hospital East", "Elm Hospital West", id="another direction"),
        pytest.param("Elm Hospital 1", "Elm Hospital 2", id="another number"),
        pytest.param("Hospital Peña", "Hospital Pera", id="another letter"),
    ],
)
def test_other_names_stay_others(one: str, other: str) -> None:
    assert plain(one) != plain(other)


def line(number: int | None = 1, name: str = ST_ELM, **more: object) -> Hospital:
    """A row that comes in, or without a number a hospital that is there."""
    id_ = uuid4() if number is None else None
    return Hospital(number, id_, f"H{number}", name, **more)  # type: ignore[arg-type]


def there(**more: object) -> Hospital:
    return line(None, **more)  # type: ignore[arg-type]


FORT_KENT = {"city": "FORT KENT", "state": "ME", "region": "us_northeast"}


@pytest.mark.parametrize(
    ("one", "other", "reason", "shared"),
    [
        pytest.param(
            line(1, "Elm", identifiers=frozenset({"cms:010001", "own:1"}), state="ME"),
            line(2, "Oak", identifiers=frozenset({"cms:010001", "own:2"}), state="TX"),
            "same-identifier",
            "cms:010001",
            id="one number in one register, whatever the names and places",
        ),
        pytest.param(
            line(1, **FORT_KENT),
            line(2, "St Elm Hosp.", **FORT_KENT),
            "same-name-and-city",
            "st elm hospital, fort kent, me",
            id="one name in one city",
        ),
        pytest.param(
            line(1, **FORT_KENT),
            line(2, **FORT_KENT | {"city": "BANGOR"}),
            "same-name-and-state",
            "st elm hospital, me",
            id="one name in one state, in two cities",
        ),
        pytest.param(
            line(1, **FORT_KENT),
            there(region="us_northeast"),
            "same-name-and-region",
            "st elm hospital, us_northeast",
            id="one name in one region, and no state known of one",
        ),
        pytest.param(
            line(1), there(), "same-name", "st elm hospital", id="one name, and no place at all"
        ),
    ],
)
def test_two_that_are_probably_one_are_found(
    one: Hospital, other: Hospital, reason: str, shared: str
) -> None:
    found = find([one], [other]) if other.line is None else find([one, other], [])

    [group] = found.groups
    assert (group.reason, group.shared, list(group.members)) == (reason, shared, [one, other])
    assert found.namesakes_elsewhere == 0


@pytest.mark.parametrize(
    ("lines", "others", "elsewhere"),
    [
        pytest.param([line()], [], 0, id="one alone"),
        pytest.param([line(1, **FORT_KENT), line(2, "Oak", **FORT_KENT)], [], 0, id="one city"),
        pytest.param(
            [line(1, **FORT_KENT), line(2, state="TX", region="us_south")], [], 2, id="two states"
        ),
        pytest.param(
            [line(1, **FORT_KENT), line(2, state="MA", city="FORT KENT", region="us_northeast")],
            [],
            2,
            id="two states of one region",
        ),
        pytest.param([line(1, region="europe")], [there(region="africa")], 1, id="two regions"),
        pytest.param([line(1, region="europe")], [there()], 1, id="a region and none"),
        pytest.param([line(1, "!?"), line(2, "...")], [], 0, id="names without a letter"),
        pytest.param([line(1, "Elm")], [there(), there()], 0, id="two that were there before"),
        pytest.param(
            [line(1, identifiers=frozenset({"cms:1"}), state="ME")],
            [there(identifiers=frozenset({"own:1"}), region="europe")],
            1,
            id="one number in two registers",
        ),
    ],
)
def test_what_something_tells_apart_is_not_listed(
    lines: list[Hospital], others: list[Hospital], elsewhere: int
) -> None:
    found = find(lines, others)

    assert (found.groups, found.namesakes_elsewhere) == ([], elsewhere)


def test_what_says_most_comes_first_and_each_set_once() -> None:
    same = frozenset({"cms:1"})
    lines = [
        line(1, state="ME", city="Bangor"),
        line(2, **FORT_KENT, identifiers=same),
        line(3, **FORT_KENT, identifiers=same),
        line(4, "Oak", state="TX"),
        line(5, "Oak", state="TX"),
    ]

    found = find(lines, [])

    assert [(group.reason, [one.line for one in group.members]) for group in found.groups] == [
        (Reason.SAME_IDENTIFIER, [2, 3]),
        (Reason.SAME_NAME_AND_CITY, [2, 3]),
        (Reason.SAME_NAME_AND_STATE, [1, 2, 3]),
        (Reason.SAME_NAME_AND_STATE, [4, 5]),
    ]


places = st.sampled_from([None, "A", "B"])
hospitals = st.lists(
    st.builds(
        Hospital,
        line=st.one_of(st.none(), st.integers(1, 9)),
        id=st.uuids(),
        external_id=st.just("H"),
        name=st.sampled_from(["Elm", "Oak", "ELM!"]),
        identifiers=st.frozensets(st.sampled_from(["cms:1", "cms:2"])),
        city=places,
        state=places,
        region=places,
    ),
    max_size=12,
)


@given(hospitals)
def test_every_group_has_news_and_a_reason(made: list[Hospital]) -> None:
    lines = [one for one in made if one.line is not None]
    others = [one for one in made if one.line is None]

    found = find(lines, others)

    listed: set[UUID | None] = set()
    for group in found.groups:
        assert len(group.members) > 1
        assert any(one.line is not None for one in group.members)
        if group.reason is Reason.SAME_IDENTIFIER:
            assert all(group.shared in one.identifiers for one in group.members)
        else:
            assert len({plain(one.name) for one in group.members}) == 1
            listed |= {one.id for one in group.members}
    names = [plain(one.name) for one in made]
    alone = [one for one in lines if one.id not in listed and names.count(plain(one.name)) > 1]
    assert found.namesakes_elsewhere == len(alone)
