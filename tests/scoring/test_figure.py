"""How a figure is rounded and written."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.scoring.figure import Figure, Withheld, ratio_text, rounded, rounded_text


@pytest.mark.parametrize(
    ("value", "number", "text"),
    [
        pytest.param(Fraction(185, 3), 61.67, "61.67", id="two decimals"),
        pytest.param(Fraction(125, 2), 62.5, "62.50", id="text keeps both decimals"),
        pytest.param(Fraction(12501, 200), 62.51, "62.51", id="an exact half goes up"),
        pytest.param(Fraction(12499, 200), 62.5, "62.50", id="also from an odd hundredth"),
        pytest.param(Fraction(100), 100.0, "100.00", id="a whole number"),
        pytest.param(Fraction(0), 0.0, "0.00", id="nothing"),
        pytest.param(Fraction(1, 200), 0.01, "0.01", id="the smallest that shows"),
        pytest.param(Fraction(1, 201), 0.0, "0.00", id="the largest that does not"),
    ],
)
def test_rounding(value: Fraction, number: float, text: str) -> None:
    assert rounded(value) == number
    assert rounded_text(value) == text


@given(st.fractions(0, 100))
def test_rounding_moves_a_score_by_half_a_hundredth_at_most(value: Fraction) -> None:
    moved = Fraction(rounded_text(value)) - value

    assert Fraction(-1, 200) < moved <= Fraction(1, 200)
    assert rounded(value) == float(rounded_text(value))


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_a_ratio_is_written_as_the_fraction_is(numerator: int, denominator: int) -> None:
    assert ratio_text(numerator, denominator) == str(Fraction(numerator, denominator))


@pytest.mark.parametrize(
    ("figure", "expected"),
    [
        pytest.param(
            Figure(Fraction(185, 3)),
            {"fraction": "185/3", "score": 61.67, "withheld": None},
            id="a known figure is exact and rounded",
        ),
        pytest.param(
            Figure(Fraction(0)),
            {"fraction": "0", "score": 0.0, "withheld": None},
            id="zero is known",
        ),
        pytest.param(
            Figure(None, Withheld.TOO_FEW_ANSWERED),
            {"fraction": None, "score": None, "withheld": "too_few_answered"},
            id="a withheld figure has its reason",
        ),
    ],
)
def test_json(figure: Figure, expected: dict[str, object]) -> None:
    assert figure.to_dict() == expected


@pytest.mark.parametrize(
    ("figure", "shown"),
    [
        (Figure(Fraction(185, 3)), {"score": 61.67, "fraction": "185/3", "withheld": None}),
        (
            Figure(None, Withheld.TOO_FEW_RESPONDENTS),
            {"score": None, "fraction": None, "withheld": "too_few_respondents"},
        ),
    ],
)
def test_a_figure_is_shown_exact_and_rounded_or_with_its_reason(
    figure: Figure, shown: dict[str, object]
) -> None:
    assert figure.shown == shown
    assert figure.to_dict("mean") == {"mean" if k == "score" else k: v for k, v in shown.items()}
