"""Measures and observations over HTTP."""

from typing import Any

import pytest

from tests.conftest import Service
from tests.learning.following import FALLS, follow, months


def test_a_measure_is_followed_and_the_same_again_is_the_same(service: Service) -> None:
    organization = service.organization()
    path = f"{organization.path}/measures"

    made = organization.client.post(path, json=FALLS)
    again = organization.client.post(path, json=FALLS)

    assert (made.status_code, again.status_code) == (201, 200)
    assert made.json()["id"] == again.json()["id"]
    assert made.json()["chart"] == "run"
    assert organization.client.get(f"{path}/falls").json() == made.json()
    assert [one["code"] for one in organization.client.get(path).json()["data"]] == ["falls"]


def test_a_unit_never_changes(service: Service) -> None:
    followed = follow(service)
    organization = followed.organization

    changed = organization.client.post(
        f"{organization.path}/measures", json={**FALLS, "unit": "per 100 admissions"}
    )
    said = followed.observe([{"period": "2025-01", "value": 1, "unit": "per 100 admissions"}])

    assert changed.status_code == 409
    assert changed.json()["type"] == "/problems/already-exists"
    [wrong] = said.json()["errors"]
    assert (wrong["pointer"], wrong["code"]) == ("/observations/0/unit", "other-unit")


def test_a_measure_of_the_catalog_must_be_there(service: Service) -> None:
    organization = service.organization()

    def asked(element: str) -> int:
        body = {**FALLS, "code": element.replace(":", "-"), "element": element}
        return organization.client.post(f"{organization.path}/measures", json=body).status_code

    assert asked("whole-system-measures:WSM99") == 422
    found = organization.client.get("/v1/measures").json()["data"][0]
    assert asked(f"whole-system-measures:{found['code']}") == 201


def test_observations_come_in_any_order_and_corrections_are_new_rows(service: Service) -> None:
    followed = follow(service)

    first = followed.observe([{"period": "2025-03", "value": 3}, {"period": "2025-01", "value": 1}])
    second = followed.observe(
        [
            {"period": "2025-03", "value": 2, "note": "Two were counted twice"},
            {"period": "2025-01", "value": 1},
            {"period": "2025-02", "missing": "suppressed"},
        ]
    )
    same = followed.observe([{"period": "2025-01", "value": 1}])

    assert (first.status_code, second.status_code, same.status_code) == (201, 201, 200)
    assert first.json() == {"added": 2, "corrected": 0, "unchanged": 0}
    assert second.json() == {"added": 1, "corrected": 1, "unchanged": 1}
    assert [(one["period"], one["value"]) for one in followed.chart()["points"]] == [
        ("2025-01", 1.0),
        ("2025-02", None),
        ("2025-03", 2.0),
    ]
    client, path = followed.organization.client, f"{followed.path}/observations"
    assert len(client.get(path).json()["data"]) == 3
    kept = client.get(f"{path}?corrected=true").json()["data"]
    assert [one["value"] for one in kept if one["superseded_at"]] == [3.0]
    measure = client.get(followed.path).json()
    assert (measure["observations"], measure["last_on"]) == (3, "2025-03-01")


def of(chart: str, **observation: Any) -> tuple[str, dict[str, Any]]:
    return chart, {"period": "2025-01", **observation}


WRONG: dict[str, tuple[tuple[str, dict[str, Any]], str, str]] = {
    "nothing": (of("run"), "/value", "needed"),
    "a value of a share": (of("p", value=3), "/numerator", "needed"),
    "half a share": (of("p", numerator=3), "/denominator", "needed"),
    "no denominator": (of("u", numerator=3, denominator=0), "/denominator", "greater-than"),
    "below zero": (of("u", numerator=3, denominator=-5), "/denominator", "greater-than"),
    "more than all": (of("p", numerator=9, denominator=8), "/numerator", "above-denominator"),
    "half a case": (of("p", numerator=2.5, denominator=8), "/numerator", "not-a-count"),
    "a negative count": (of("c", value=-1), "/value", "not-a-count"),
    "half an event": (of("g", value=1.5), "/value", "not-a-count"),
    "no time between": (of("t", value=0), "/value", "not-positive"),
    "one in a sample": (of("xbar", sample=[3]), "/sample", "too-short"),
    "a sample of a run chart": (of("run", value=3, sample=[3, 4]), "/sample", "not-of-this-chart"),
    "missing with a value": (of("run", value=3, missing="suppressed"), "/value", "not-missing"),
    "too large": (of("run", value=1e16), "/value", "less-than-equal"),
    "another frequency": (
        ("run", {"period": "2025-Q1", "value": 3}),
        "/period",
        "other-frequency",
    ),
    "a day of no calendar": (
        ("run", {"period": "2025-02-30", "value": 3}),
        "/period",
        "other-frequency",
    ),
    "not begun yet": (("run", {"period": "2199-01", "value": 3}), "/period", "in-the-future"),
    "excluded without a reason": (of("run", value=3, mark="excluded"), "/note", "needed"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_does_not_fit_is_told_where_and_leaves_nothing(service: Service, case: str) -> None:
    (chart, observation), pointer, code = WRONG[case]
    followed = follow(service, chart=chart)
    good = {"period": "2024-12", "missing": "not_collected"}

    reply = followed.observe([good, observation])

    assert reply.status_code == 422, reply.text
    told = {(one["pointer"], one["code"]) for one in reply.json()["errors"]}
    assert (f"/observations/1{pointer}", code) in told
    assert followed.chart()["points"] == []


def test_a_period_stands_once_in_a_request(service: Service) -> None:
    followed = follow(service)

    reply = followed.observe([{"period": "2025-01", "value": one} for one in (1, 2)])

    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [
        ("/observations/0/period", "repeated"),
        ("/observations/1/period", "repeated"),
    ]


def test_more_than_a_thousand_at_once_or_five_thousand_in_all_are_refused(
    service: Service,
) -> None:
    followed = follow(service, frequency="day")
    days = [
        f"{year}-{month:02d}-{day:02d}"
        for year in range(1990, 2010)
        for month in range(1, 13)
        for day in range(1, 29)
    ]

    def send(some: list[str]) -> Any:
        return followed.observe([{"period": one, "value": 1} for one in some])

    assert send(days[:1001]).status_code == 422
    for start in range(0, 5000, 1000):
        assert send(days[start : start + 1000]).status_code == 201
    over = send(days[5000:5001])
    assert over.status_code == 422
    assert over.json()["errors"][0]["code"] == "too-many"
    assert send(days[:10]).json()["unchanged"] == 10
    assert len(followed.chart("?baseline=100")["points"]) == 5000


@pytest.mark.parametrize(
    ("frequency", "period", "first"),
    [
        ("year", "2024", "2024-01-01"),
        ("half", "2024-H2", "2024-07-01"),
        ("quarter", "2024-Q3", "2024-07-01"),
        ("month", "2024-02", "2024-02-01"),
        ("week", "2024-W01", "2024-01-01"),
        ("day", "2024-02-29", "2024-02-29"),
    ],
)
def test_periods_of_every_length(service: Service, frequency: str, period: str, first: str) -> None:
    followed = follow(service, frequency=frequency)

    assert followed.observe([{"period": period, "value": 1}]).status_code == 201
    assert followed.chart()["points"][0]["starts_on"] == first


def test_without_an_agreement_nothing_is_taken_in(service: Service) -> None:
    organization = service.organization(agree=False)

    reply = organization.client.post(f"{organization.path}/measures", json=FALLS)

    assert reply.json()["type"] == "/problems/agreement-needed"


def test_two_corrections_at_once_are_one_after_the_other(service: Service) -> None:
    followed = follow(service)
    followed.values([1.0] * 3)
    for value in range(5):
        followed.observe([{"period": months(1)[0], "value": value}])

    kept = followed.organization.client.get(f"{followed.path}/observations?corrected=true")

    standing = [one for one in kept.json()["data"] if one["superseded_at"] is None]
    assert sorted(one["period"] for one in standing) == months(3)
