"""Linear linking of a short form, beside numpy's moments and what must hold of it."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.scoring.linking import link

points = st.floats(min_value=0, max_value=100)


@given(st.lists(st.tuples(points, points), min_size=3, max_size=40))
def test_linked_scores_have_the_mean_and_the_spread_of_long_ones(
    pairs: list[tuple[float, float]],
) -> None:
    short, long = np.array(pairs).T
    assume(short.std() > 0.01 and long.std() > 0.01)
    found = link(pairs)

    assert found is not None
    linked = found.intercept + found.slope * short
    assert linked.mean() == pytest.approx(long.mean(), abs=1e-6)
    assert linked.std() == pytest.approx(long.std(), rel=1e-6)
    assert found.error == pytest.approx(np.sqrt(((long - linked) ** 2).mean()), abs=1e-6)
    assert found.correlation == pytest.approx(np.corrcoef(short, long)[0, 1], abs=1e-6)


@pytest.mark.parametrize(
    "pairs", [[], [(1.0, 2.0)] * 2, [(5.0, 1.0), (5.0, 2.0), (5.0, 3.0)], [(1.0, 9.0), (2.0, 9.0)]]
)
def test_nothing_is_said_of_too_few_or_of_what_never_varies(
    pairs: list[tuple[float, float]],
) -> None:
    assert link(pairs) is None


def test_a_linked_score_stays_a_score() -> None:
    found = link([(40.0, 20.0), (50.0, 50.0), (60.0, 80.0)])

    assert found is not None
    assert (found.intercept, found.slope, found.error) == pytest.approx((-100, 3, 0))
    assert (found.linked(50), found.linked(0), found.linked(100)) == pytest.approx((50, 0, 100))
