"""What is under way while an erasure ends: it goes too, or it comes too late."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import psycopg
import pytest

from tests.assessments.inviting import answer, invite
from tests.conftest import Organization, Service, signature
from tests.organizations.test_grants import SCOPES, partner_of


@pytest.fixture
def other(service: Service) -> Iterator[psycopg.Connection[Any]]:
    """A transaction of somebody else's, which others wait for."""
    with service.superuser() as connection:
        yield connection


def until_somebody_waits(service: Service, number: int) -> None:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with service.superuser() as watcher:
        watcher.autocommit = True
        until = time.monotonic() + 10
        while watcher.execute(waiting).fetchone() != (number,):
            assert time.monotonic() < until
            time.sleep(0.01)


def test_answers_that_are_coming_in_are_erased_with_the_token_they_came_with(
    service: Service, other: psycopg.Connection[Any]
) -> None:
    organization = service.organization()
    [made] = invite(organization)
    other.execute("SELECT FROM audit_head WHERE chain_id = %s FOR UPDATE", [organization.id])
    with ThreadPoolExecutor(2) as pool:
        sent: Future[httpx.Response] = pool.submit(answer, service, made["token"])
        until_somebody_waits(service, 1)
        erased = pool.submit(
            organization.client.post,
            f"{organization.path}/erasures",
            json={"invitation": made["token"]},
        )
        until_somebody_waits(service, 2)
        other.rollback()

    assert sent.result().status_code == 201
    assert erased.result().json() == {"submissions": 1, "invitations": 1}
    left = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert left == []


Late = Callable[[Service, Organization], httpx.Response]


def change(service: Service, organization: Organization) -> httpx.Response:
    return service.operator.request("PATCH", organization.path, json={"name": "Back again"})


def sign(_: Service, organization: Organization) -> httpx.Response:
    body = signature(organization.client.get("/v1/agreements"))
    return organization.client.post(f"{organization.path}/agreements", json=body)


def grant(service: Service, organization: Organization) -> httpx.Response:
    partner, _ = partner_of(service)
    body = {"partner": partner, "scopes": SCOPES}
    return organization.client.post(f"{organization.path}/grants", json=body)


def register(service: Service, organization: Organization) -> httpx.Response:
    body = {"kind": "organization", "organization": organization.id, "name": "Back again"}
    return service.operator.post("/v1/clients", json=body)


@pytest.mark.parametrize("late", [change, sign, grant, register])
def test_what_comes_while_the_last_step_is_taken_comes_too_late(
    service: Service, other: psycopg.Connection[Any], late: Late
) -> None:
    organization = service.organization()
    other.execute(
        "UPDATE organization SET erase_at = now(), erased_at = now(), name = '' WHERE id = %s",
        [organization.id],
    )
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(late, service, organization)
        until_somebody_waits(service, 1)
        other.commit()

    assert asked.result().status_code == 404, asked.result().text
    with service.superuser() as database:
        row = "SELECT name, agreement_version IS NULL FROM organization WHERE id = %s"
        found = database.execute(row, [organization.id]).fetchone()
        clients = "SELECT count(*) FROM client WHERE organization_id = %s AND name <> 'test'"
        assert database.execute(clients, [organization.id]).fetchone() == (0,)
    assert found is not None
    assert found[0] == ""
