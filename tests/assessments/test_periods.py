"""Periods and the day that each ends on."""

import calendar
import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.assessments.periods import PATTERN, period_end


@pytest.mark.parametrize(
    ("period", "end"),
    [
        ("2025", date(2025, 12, 31)),
        ("2025-H1", date(2025, 6, 30)),
        ("2025-H2", date(2025, 12, 31)),
        ("2025-Q1", date(2025, 3, 31)),
        ("2025-Q2", date(2025, 6, 30)),
        ("2025-Q3", date(2025, 9, 30)),
        ("2025-Q4", date(2025, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2025-02", date(2025, 2, 28)),
        ("2000-02", date(2000, 2, 29)),
        ("1900-02", date(1900, 2, 28)),
        ("2199-12", date(2199, 12, 31)),
    ],
)
def test_a_period_ends_on_its_last_day(period: str, end: date) -> None:
    assert period_end(period) == end


@pytest.mark.parametrize(
    "text",
    [
        "",
        "25",
        "1899",
        "2200",
        "2025-",
        "2025-H0",
        "2025-H3",
        "2025-Q5",
        "2025-00",
        "2025-13",
        "2025-1",
        "2025-h1",
        "2025-12-31",
        " 2025",
        "2025\n",
        "20\N{ARABIC-INDIC DIGIT TWO}\N{ARABIC-INDIC DIGIT FIVE}",
    ],
)
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a period"):
        period_end(text)


@given(st.from_regex(re.compile(PATTERN, re.ASCII), fullmatch=True))
def test_every_period_ends_with_a_month_of_its_year(period: str) -> None:
    end = period_end(period)

    assert str(end.year) == period[:4]
    assert end.day == calendar.monthrange(end.year, end.month)[1]
    assert (end + timedelta(days=1)).day == 1
