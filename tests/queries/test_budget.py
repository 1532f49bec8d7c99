"""Budgets in whole thousandths: no order of queries spends more, and nobody loosens a limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries.budget import Left, Limits, Spent, TooWeakError
from app.settings import Settings

SETTINGS = {
    "query_epsilon": 251,
    "query_epsilon_researcher": 2_001,
    "query_epsilon_everybody": 8_001,
    "query_min_organizations": 99,
}
LIMITS = {"query": 251, "researcher": 2_001, "everybody": 8_001, "organizations": 99}


@pytest.mark.parametrize(("name", "weaker"), SETTINGS.items())
def test_a_setting_can_only_be_made_stricter(name: str, weaker: int) -> None:
    with pytest.raises(ValueError, match=name):
        Settings.model_validate({name: weaker})


@pytest.mark.parametrize(("name", "weaker"), LIMITS.items())
def test_so_can_a_limit(name: str, weaker: int) -> None:
    with pytest.raises(TooWeakError, match=name):
        Limits(**{name: weaker})
    stricter = weaker + (2 if name == "organizations" else -2)
    assert getattr(Limits(**{name: stricter}), name) == stricter


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 250)), max_size=300),
    st.builds(Limits, researcher=st.integers(1, 2_000), everybody=st.integers(1, 8_000)),
)
def test_no_order_of_queries_spends_more_than_there_is(
    wanted: list[tuple[int, int]], limits: Limits
) -> None:
    spent = dict.fromkeys(range(10), 0)
    for who, cost in wanted:
        left = Left.of(limits, Spent(spent[who], sum(spent.values())))
        fits = (
            spent[who] + cost <= limits.researcher
            and sum(spent.values()) + cost <= limits.everybody
        )
        assert left.affords(cost) == fits
        spent[who] += cost if left.affords(cost) else 0

    assert max(spent.values()) <= limits.researcher
    assert sum(spent.values()) <= limits.everybody


def test_what_was_spent_before_a_limit_became_stricter_is_no_credit() -> None:
    left = Left.of(Limits(researcher=100), Spent(own=500, everybody=900))

    assert left == Left(0, 7_100)
    assert not left.affords(1)
