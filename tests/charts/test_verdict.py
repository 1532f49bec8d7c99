"""Whether an aim is on course, told by six observations and a straight line."""

from datetime import date, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charts.series import ChartError
from app.charts.verdict import Aim, Standing, Verdict, verdict

FALL = Aim(baseline=20, target=10, from_on=date(2026, 1, 1), by=date(2026, 12, 27))
"""Ten fewer in 360 days."""


def every(days: int, *values: float, after: int = 0) -> list[tuple[date, float]]:
    """Values every so many days, the first so many after `after` days of the aim."""
    return [
        (FALL.from_on + timedelta(after + days * at), value)
        for at, value in enumerate(values, start=1)
    ]


def test_five_observations_cannot_tell() -> None:
    assert verdict(FALL, every(30, 1, 1, 1, 1, 1)) == Verdict(
        Standing.CANNOT_TELL_YET, 5, None, None
    )


def test_what_was_seen_on_the_first_day_or_before_is_of_the_baseline() -> None:
    seen = [(FALL.from_on - timedelta(30), 1.0), (FALL.from_on, 1.0), *every(30, 1, 1, 1, 1, 1)]

    assert verdict(FALL, seen).standing is Standing.CANNOT_TELL_YET
    assert verdict(FALL, seen).n == 5


def test_a_median_on_the_line_is_on_course() -> None:
    # The middle of six 30 days apart is day 105: 20 - 10 * 105 / 360 = 17.08333.
    found = verdict(FALL, every(30, 19, 18, 17 + 1 / 12, 17 + 1 / 12, 16, 15))

    assert (found.standing, found.n) == (Standing.ON_COURSE, 6)
    assert found.expected == pytest.approx(17.0833333)
    assert found.level == pytest.approx(17.0833333)


def test_a_median_behind_the_line_is_off_course() -> None:
    assert verdict(FALL, every(30, 19, 18, 17.1, 17.1, 16, 15)).standing is Standing.OFF_COURSE


def test_only_the_last_six_count() -> None:
    found = verdict(FALL, every(30, 99, 99, 99, 14, 14, 14, 14, 14, 14))

    assert (found.standing, found.n, found.level) == (Standing.ON_COURSE, 9, 14)
    assert found.expected == pytest.approx(20 - 10 * 195 / 360)


def test_a_median_at_the_target_has_reached_it_even_early() -> None:
    assert verdict(FALL, every(7, 12, 10, 10, 10, 10, 12)).standing is Standing.REACHED


def test_a_level_that_floats_make_a_little_less_has_reached_the_target() -> None:
    aim = FALL._replace(baseline=0, target=0.3)

    assert verdict(aim, every(9, *[0.1 + 0.2] * 3, *[0.7 - 0.4] * 3)).standing is Standing.REACHED


def test_after_the_last_day_only_the_target_counts() -> None:
    near = every(30, *[10.1] * 6, after=180)
    late = every(30, *[10.1] * 6, after=181)

    assert verdict(FALL, near).expected == pytest.approx(20 - 10 * 285 / 360)
    assert verdict(FALL, near).standing is Standing.ON_COURSE
    assert verdict(FALL, late).standing is Standing.OFF_COURSE
    assert verdict(FALL, [(on, 10.0) for on, _ in late]).standing is Standing.REACHED


def test_the_line_ends_at_the_target() -> None:
    found = verdict(FALL, every(30, *[11.0] * 6, after=400))

    assert (found.standing, found.expected) == (Standing.OFF_COURSE, 10)


def test_up_is_judged_like_down() -> None:
    rise = FALL._replace(baseline=10, target=20)

    assert verdict(rise, every(30, *[13] * 6)).standing is Standing.ON_COURSE
    assert verdict(rise, every(30, *[12.9] * 6)).standing is Standing.OFF_COURSE
    assert verdict(rise, every(30, *[20.5] * 6)).standing is Standing.REACHED


@given(st.permutations(every(30, 19, 18, 17, 16, 25, 14, 13)))
def test_the_order_of_the_observations_does_not_matter(seen: list[tuple[date, float]]) -> None:
    assert verdict(FALL, seen) == verdict(FALL, sorted(seen))


@pytest.mark.parametrize(
    ("aim", "seen", "index", "code"),
    [
        (FALL._replace(target=20), [], None, "no_direction"),
        (FALL._replace(by=FALL.from_on), [], None, "no_time"),
        (FALL._replace(baseline=nan), [], None, "not_finite"),
        (FALL._replace(target=2e15), [], None, "too_large"),
        (FALL, every(9, 1, inf), 1, "not_finite"),
    ],
)
def test_what_cannot_be_judged_is_refused(
    aim: Aim, seen: list[tuple[date, float]], index: int | None, code: str
) -> None:
    with pytest.raises(ChartError) as caught:
        verdict(aim, seen)

    assert (caught.value.index, caught.value.code) == (index, code)
