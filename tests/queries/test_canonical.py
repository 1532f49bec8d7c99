"""Spellings of one query are one query; queries of other sets are others."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.queries.canonical import cohorts_of, errors_of, filters_of, sha256_of

KNOWN = {"size": ("large", "small", "tiny"), "teaching": ("no", "yes"), "type": ("a", "b", "c")}
FILTERS = st.dictionaries(
    st.sampled_from(sorted(KNOWN)), st.sets(st.sampled_from("x"), min_size=1), max_size=3
).flatmap(
    lambda names: st.fixed_dictionaries(
        {name: st.lists(st.sampled_from(KNOWN[name]), min_size=1, max_size=5) for name in names}
    )
)
PEOPLE: list[dict[str, str]] = [
    {name: one for name, one in (("size", s), ("teaching", t), ("type", k)) if one}
    for s in (*KNOWN["size"], "")
    for t in (*KNOWN["teaching"], "")
    for k in (*KNOWN["type"], "")
]
"""One organization of each kind; with nothing recorded, too."""


def asked_for(filters: dict[str, list[str]]) -> list[dict[str, str]]:
    """Whom filters mean, by what the service says of them."""
    return [
        one
        for one in PEOPLE
        if all(
            set(categories) == set(KNOWN[name]) or one.get(name) in categories
            for name, categories in filters.items()
        )
    ]


def found_by(filters: dict[str, list[str]]) -> list[dict[str, str]]:
    """Whom the database finds by their one-way cohorts."""
    return [
        one
        for one in PEOPLE
        if all(
            {f"{name}:{category}" for name, category in one.items()} & set(cohorts)
            for cohorts in cohorts_of(filters)
        )
    ]


@given(FILTERS)
def test_the_one_spelling_means_the_same_set(filters: dict[str, list[str]]) -> None:
    assert found_by(filters_of(filters, KNOWN)) == asked_for(filters)


@given(FILTERS, st.randoms(use_true_random=False))
def test_another_spelling_is_the_same_query(filters: dict[str, list[str]], dice: Any) -> None:
    names = list(filters)
    dice.shuffle(names)
    other = {name: [*filters[name], dice.choice(filters[name])] for name in names}
    for categories in other.values():
        dice.shuffle(categories)
    missing = [name for name in KNOWN if name not in other]
    if missing:
        other[missing[0]] = list(KNOWN[missing[0]])

    assert sha256_of(filters_of(other, KNOWN)) == sha256_of(filters_of(filters, KNOWN))


@given(FILTERS, FILTERS)
def test_two_queries_are_one_only_if_they_are_of_the_same_set(
    one: dict[str, list[str]], other: dict[str, list[str]]
) -> None:
    is_one = sha256_of(filters_of(one, KNOWN)) == sha256_of(filters_of(other, KNOWN))

    assert is_one == (asked_for(one) == asked_for(other))


@given(FILTERS)
def test_the_one_spelling_stays(filters: dict[str, list[str]]) -> None:
    once = filters_of(filters, KNOWN)

    assert filters_of(once, KNOWN) == once
    assert [*once] == sorted(once), "it is shown as it is hashed"
    assert errors_of(filters, KNOWN) == []


def test_what_is_unknown_is_named_with_its_place() -> None:
    errors = errors_of({"beds": ["1"], "size": ["large", "huge"]}, KNOWN)

    assert [one["pointer"] for one in errors] == ["/filters/beds", "/filters/size/1"]
    assert errors[1]["expected"] == ["large", "small", "tiny"]
