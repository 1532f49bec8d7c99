"""Thresholds: stricter is allowed, weaker is not."""

from dataclasses import fields
from datetime import date

import pytest

from app.benchmarks.disclosure.thresholds import Thresholds, TooWeakError, old_enough

FLOORS = Thresholds()


def test_the_defaults_are_the_recommended_values() -> None:
    assert {each.name: getattr(FLOORS, each.name) for each in fields(FLOORS)} == {
        "organizations_for_mean": 10,
        "organizations_for_items": 100,
        "organizations_for_histogram": 20,
        "organizations_for_quartiles": 40,
        "organizations_for_deciles": 100,
        "wide_bin": 20,
        "middle_bin": 10,
        "narrow_bin": 5,
        "networks": 5,
        "largest_network_share": 0.25,
        "outside_largest_network": 8,
        "two_networks_share": 0.9,
        "p_ratio": 0.1,
        "organizations_step": 5,
        "mean_step": 0.5,
        "count_step": 5,
        "uniform_share": 0.95,
        "end_margin": 5,
        "changed_organizations": 10,
        "changed_networks": 3,
        "changed_in_release": 20,
        "age_days": 90,
        "gate_width": 20,
        "gate_networks": 20,
    }


@pytest.mark.parametrize("name", [each.name for each in fields(FLOORS)])
def test_none_can_be_weaker(name: str) -> None:
    [sign] = [each.metadata["sign"] for each in fields(FLOORS) if each.name == name]
    with pytest.raises(TooWeakError, match=name):
        Thresholds(**{name: getattr(FLOORS, name) - 0.001 * sign})
    with pytest.raises(TooWeakError, match=name):
        Thresholds(**{name: float("nan")})
    with pytest.raises(TooWeakError, match=name):
        Thresholds(**{name: sign * float("inf")})


def test_any_can_be_stricter() -> None:
    stricter = Thresholds(organizations_for_mean=12, largest_network_share=0.2, mean_step=1)

    assert stricter.organizations_for_mean == 12


@pytest.mark.parametrize("name", ["wide_bin", "middle_bin", "narrow_bin", "mean_step"])
def test_steps_divide_the_scale(name: str) -> None:
    with pytest.raises(TooWeakError, match="divide"):
        Thresholds(**{name: 33})


@pytest.mark.parametrize(
    ("organizations", "width"), [(19, None), (20, 20), (39, 20), (40, 10), (99, 10), (100, 5)]
)
def test_the_histogram_gets_finer_with_more_organizations(
    organizations: int, width: float | None
) -> None:
    assert FLOORS.bin_width(organizations) == width


@pytest.mark.parametrize(("day", "enough"), [(31, True), (30, False)])
def test_data_are_three_months_old(day: int, *, enough: bool) -> None:
    assert old_enough(date(2026, 3, 2), date(2026, 5, day), FLOORS) is enough
