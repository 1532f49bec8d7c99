"""Adoptions: begun, and ended once, with no change and worse as welcome as better."""

from typing import Any

import httpx
import pytest

from tests.conftest import Organization, Service
from tests.erasure.holding import carry_out, due, end
from tests.learning.following import follow, set_aim
from tests.practices.writing import publish


def adopt(organization: Organization, practice: str, **more: Any) -> httpx.Response:
    body = {"practice": practice, "started_on": "2025-03-01", **more}
    return organization.client.post(f"{organization.path}/adoptions", json=body)


@pytest.mark.parametrize("outcome", ["better", "no_change", "worse", None])
def test_any_outcome_is_taken_in_once(service: Service, outcome: str | None) -> None:
    followed = follow(service)
    aim = set_aim(followed).json()["id"]
    made = adopt(followed.organization, publish(service), aim=aim)
    where, client = made.headers["Location"], followed.organization.client
    body = {"ending": "done", "ended_on": "2025-09-01", "outcome": outcome}

    done, again = (client.post(f"{where}/ending", json=body) for _ in range(2))
    other = client.post(f"{where}/ending", json={**body, "ended_on": "2025-09-02"})

    assert made.json()["aim"] == aim
    assert (done.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert client.get(where).json()["outcome"] == outcome


def test_adoptions_are_nobody_elses(service: Service) -> None:
    practice = publish(service)
    adopted, other = service.organization(), service.organization()
    where = adopt(adopted, practice).headers["Location"]

    assert other.client.get(where).status_code == 404
    assert service.operator.get(where).status_code == 403
    assert "adopt" not in service.http.get(f"/v1/practices/{practice}").text


def test_what_is_not_there_cannot_be_adopted(service: Service) -> None:
    organization = service.organization()
    late = publish(service, anonymous=True)

    def wrong(practice: str, **more: Any) -> set[str]:
        errors = adopt(organization, practice, **more).json()["errors"]
        return {one["pointer"] for one in errors}

    nothing = "00000000-0000-4000-8000-000000000000"
    assert wrong(nothing) == {"/practice"}
    assert wrong(late) == {"/practice"}
    assert wrong(nothing, aim=nothing, started_on="2199-01-01") == {
        "/practice",
        "/aim",
        "/started_on",
    }


@pytest.mark.parametrize("ended_on", ["2025-02-28", "2199-01-01"])
def test_it_ends_after_it_began_and_not_in_the_future(service: Service, ended_on: str) -> None:
    organization = service.organization()
    where = adopt(organization, publish(service)).headers["Location"]

    reply = organization.client.post(
        f"{where}/ending", json={"ending": "abandoned", "ended_on": ended_on}
    )

    assert reply.json()["errors"][0]["pointer"] == "/ended_on"


def test_when_who_wrote_it_is_erased_its_name_goes_and_an_anonymous_one_stays(
    service: Service,
) -> None:
    organization = service.organization()
    named, nameless = publish(service, organization), publish(service, organization, anonymous=True)
    with service.superuser() as database:
        database.execute(
            "UPDATE published_practice SET publish_on = '2025-01-01' WHERE id = %s", [nameless]
        )
    end(organization)
    due(service, organization)
    carry_out(service)

    http = service.operator
    assert http.get(f"/v1/practices/{named}").status_code == 404
    assert http.get(f"/v1/practices/{nameless}").status_code == 200
