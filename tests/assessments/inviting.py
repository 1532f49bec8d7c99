"""How the tests of invitations ask."""

from typing import Any
from uuid import UUID

import httpx

from tests.conftest import Caller, Organization, Service

PERIOD = "2025-H2"
ANSWERS: dict[str, Any] = {"answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4}}
"""A valid answer sheet; by hand: A 75/2, B 50, overall 175/4."""

SHEET = "/v1/invitation"
SUBMISSION = "/v1/invitation/submission"


def path(organization: Organization, period: str = PERIOD) -> str:
    return f"{organization.path}/assessments/{period}/invitations"


def body(**more: Any) -> dict[str, Any]:
    return {"instrument": "small", "version": "1", "roles": {"nursing": 1}, **more}


def invite(
    organization: Organization, client: Caller | None = None, **more: Any
) -> list[dict[str, Any]]:
    """New invitations: one nurse's, unless told otherwise."""
    asker = client or organization.client
    reply = asker.post(path(organization), json=body(**more))
    assert reply.status_code == 201, reply.text
    return list(reply.json()["data"])


def answer(service: Service, token: str, key: str | None = None, **more: Any) -> httpx.Response:
    """Submit with a token."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return service.as_(token).post(SUBMISSION, json={**ANSWERS, **more}, headers=headers)


def listed(organization: Organization, client: Caller | None = None) -> dict[str, Any]:
    """All invitations of the period, and their counts."""
    reply = (client or organization.client).get(path(organization))
    assert reply.status_code == 200, reply.text
    found: dict[str, Any] = reply.json()
    return found


def row(service: Service, invitation_id: str) -> dict[str, Any]:
    """The invitation as it lies in the database."""
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT row_to_json(i) FROM invitation i WHERE id = %s", (UUID(invitation_id),)
        ).fetchone()
    assert found is not None
    stored: dict[str, Any] = found[0]
    return stored


def change(service: Service, invitation_id: str, assignment: str) -> None:
    """Change an invitation behind the service's back, for what time would do to it."""
    with service.superuser() as connection:
        statement = f"UPDATE invitation SET {assignment} WHERE id = %s"  # noqa: S608 - the tests' own
        connection.execute(statement.encode(), (UUID(invitation_id),))
