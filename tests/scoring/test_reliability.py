"""Reliability, against published and otherwise computed values."""

import numpy as np
import pytest

from app.scoring.reliability import cronbach_alpha, icc

SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
"""Six targets, four judges: table 2 of Shrout & Fleiss (1979), Psychol Bull 86:420-428."""


def test_icc_of_the_published_example() -> None:
    found = icc(SHROUT_FLEISS)

    assert found is not None
    assert found.icc2 is not None
    assert (found.groups, found.mean_size) == (6, 4.0)
    assert round(found.between, 2) == 11.24
    assert round(found.within, 2) == 6.26
    assert round(found.icc1, 2) == 0.17
    assert round(found.icc2, 2) == 0.44


def test_icc_of_unequal_groups_uses_the_mean_size() -> None:
    # By hand: grand mean 4, squares between 2*9 + 3*4 + 1*0 = 30 on 2, within 2 + 2 + 0 = 4 on 3.
    found = icc([[0, 2], [5, 6, 7], [], [4]])

    assert found is not None
    assert found.between == pytest.approx(15)
    assert found.within == pytest.approx(4 / 3)
    assert found.icc1 == pytest.approx((15 - 4 / 3) / (15 + 4 / 3))
    assert found.icc2 == pytest.approx((15 - 4 / 3) / 15)


def test_icc_of_groups_that_differ_less_than_chance_is_negative() -> None:
    found = icc([[0, 4], [1, 5], [0, 4]])

    assert found is not None
    assert found.icc1 < 0


def test_groups_with_equal_means_have_no_reliable_means() -> None:
    found = icc([[1, 3], [0, 4]])

    assert found is not None
    assert found.icc1 == pytest.approx(-1)
    assert found.icc2 is None


@pytest.mark.parametrize(
    "groups",
    [
        pytest.param([], id="no group"),
        pytest.param([[1, 2, 3]], id="one group"),
        pytest.param([[1], [2], [3]], id="groups of one"),
        pytest.param([[2, 2], [2, 2]], id="no variance"),
    ],
)
def test_icc_is_not_defined(groups: list[list[float]]) -> None:
    assert icc(groups) is None


def test_alpha_by_hand() -> None:
    # Item variances 1 and 1; sums 2, 3, 7... (1,1), (2,1), (3,3): 2, 3, 6 with variance 13/3.
    table = [[1, 1], [2, 1], [3, 3]]
    expected = 2 * (1 - (1 + 4 / 3) / (13 / 3))

    assert cronbach_alpha(table) == pytest.approx(expected)


def test_alpha_from_mean_covariances() -> None:
    table = np.asarray(SHROUT_FLEISS, dtype=np.float64)
    covariances = np.cov(table.T)
    k = len(covariances)
    mean_variance = np.trace(covariances) / k
    mean_covariance = (covariances.sum() - np.trace(covariances)) / (k * (k - 1))

    assert cronbach_alpha(table) == pytest.approx(
        k * mean_covariance / (mean_variance + (k - 1) * mean_covariance)
    )


def test_alpha_of_the_same_item_thrice_is_one() -> None:
    assert cronbach_alpha([[n, n, n] for n in (1, 2, 5)]) == pytest.approx(1)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([], id="no rows"),
        pytest.param([[1, 2]], id="one row"),
        pytest.param([[1], [2]], id="one item"),
        pytest.param([[1, 2], [2, 1]], id="sums that do not vary"),
    ],
)
def test_alpha_is_not_defined(rows: list[list[float]]) -> None:
    assert cronbach_alpha(rows) is None


def test_ragged_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="inhomogeneous"):
        cronbach_alpha([[1, 2], [1]])
