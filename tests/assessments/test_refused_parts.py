"""Parts of a body that are refused: focus, keys, and too much of anything."""

from collections.abc import Iterator

import pytest

from tests.assessments.asking import faults, raw, rows, send
from tests.conftest import Organization, Service


@pytest.fixture
def organization(service: Service) -> Iterator[Organization]:
    """One in which nothing is left behind."""
    made = service.organization()
    before = rows(service)
    yield made
    assert rows(service) == before


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        pytest.param("baseline", '"3"', "float-type", id="a number as text"),
        pytest.param("aim", "true", "float-type", id="true"),
        pytest.param("by", "1767225600", "date-type", id="seconds since 1970"),
    ],
)
def test_a_focus_has_numbers_and_a_date(
    organization: Organization, field: str, value: str, code: str
) -> None:
    parts = {"measure": '"m"', "baseline": "1", "aim": "2", "by": '"2027-06-30"', field: value}
    focus = "[{" + ", ".join(f'"{name}": {part}' for name, part in parts.items()) + "}]"

    [found] = faults(send(organization, raw(focus=focus)))

    assert (found["pointer"], found["code"]) == (f"/focus/0/{field}", code)


def test_a_key_that_stands_twice_is_no_answer(organization: Organization) -> None:
    reply = send(organization, raw(answers='{"A1": 1, "A1": 4}'))

    assert reply.status_code == 400
    assert reply.json()["detail"] == "The key 'A1' stands twice in one object"


def test_more_answers_than_any_instrument_has_are_one_error(organization: Organization) -> None:
    many = ", ".join(f'"X{number}": 1' for number in range(1001))

    [found] = faults(send(organization, raw(answers="{" + many + "}")))

    assert (found["pointer"], found["code"]) == ("/answers", "too-long")


def test_a_third_focus_is_too_many(organization: Organization) -> None:
    one = '{"measure": "m", "baseline": 1, "aim": 2, "by": "2026-01-01"}'

    [found] = faults(send(organization, raw(focus=f"[{one}, {one}, {one}]")))

    assert (found["pointer"], found["code"]) == ("/focus", "too-long")
    assert found["expected"] == {"field_type": "List", "max_length": 2, "actual_length": 3}


def test_a_period_that_has_not_begun_takes_no_answers(organization: Organization) -> None:
    [found] = faults(send(organization, raw(period='"2150"')))

    assert (found["pointer"], found["code"]) == ("/period", "in-the-future")


def test_answers_that_are_all_null_are_none(organization: Organization) -> None:
    [found] = faults(send(organization, raw(answers='{"A1": null}')))

    assert (found["pointer"], found["code"]) == ("/answers", "empty")


def test_a_missing_role_is_said_with_everything_else(organization: Organization) -> None:
    found = faults(send(organization, raw(role=None, period='"x"', answers='{"A1": 9}')))

    assert {one["pointer"] for one in found} == {"/role", "/period", "/answers/A1"}


def test_a_parameter_stands_once(organization: Organization) -> None:
    [found] = faults(organization.client.get(f"{organization.path}/submissions?limit=5&limit=6"))

    assert (found["pointer"], found["code"]) == ("query:/limit", "repeated-parameter")
