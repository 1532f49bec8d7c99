"""Grants: what an organization lets a partner app do, given, listed and revoked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.access.models import Kind
from app.access.permissions import GRANTABLE
from app.db import Scope, transaction
from tests.conftest import Caller, Organization, Service
from tests.organizations.hospitals import network_of

NOW = datetime.now(UTC)
SCOPES = ["submissions:write", "organizations:read"]


def partner_of(service: Service, **options: Any) -> tuple[str, Caller]:
    """A partner app's id, by which it is granted things, and a client of its own."""
    key = service.key(Kind.PARTNER, **options)
    with service.superuser() as database:
        found = database.execute(
            "SELECT client_id::text FROM client_key WHERE key_id = %s", [key.split("_")[2]]
        ).fetchone()
    assert found is not None
    return found[0], service.as_(key)


def give(organization: Organization, partner: str, /, **more: object) -> Any:
    body = {"partner": partner, "scopes": SCOPES, **more}
    return organization.client.post(f"{organization.path}/grants", json=body)


def listed(organization: Organization) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = organization.client.get(f"{organization.path}/grants").json()[
        "data"
    ]
    return found


def test_a_grant_is_made_and_found_where_it_says(service: Service) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)

    reply = give(organization, partner, days=30)

    assert reply.status_code == 201
    row = reply.json()
    assert reply.headers["location"] == f"{organization.path}/grants/{row['id']}"
    assert row == {
        "id": row["id"],
        "partner": {"id": partner, "name": "test"},
        "scopes": sorted(SCOPES),
        "granted_at": row["granted_at"],
        "expires_at": row["expires_at"],
        "revoked_at": None,
        "in_force": True,
    }
    granted, expires = (datetime.fromisoformat(row[one]) for one in ("granted_at", "expires_at"))
    assert expires - granted == timedelta(days=30)
    assert organization.client.get(reply.headers["location"]).json() == row
    assert listed(organization) == [row]


@pytest.mark.parametrize(
    ("more", "days"),
    [
        pytest.param({}, 90, id="a quarter unless said"),
        pytest.param({"days": 1}, 1, id="a day"),
        pytest.param({"days": 365}, 365, id="a year"),
    ],
)
def test_a_grant_lasts_so_many_days(service: Service, more: dict[str, object], days: int) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)

    row = give(organization, partner, **more).json()

    granted, expires = (datetime.fromisoformat(row[one]) for one in ("granted_at", "expires_at"))
    assert expires - granted == timedelta(days=days)


@pytest.mark.parametrize("days", [0, 1, 365])
def test_a_grant_lasts_to_the_end_of_its_last_day(service: Service, days: int) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)
    last = datetime.now(UTC).date() + timedelta(days=days)

    row = give(organization, partner, expires_on=str(last)).json()

    assert row["expires_at"] == f"{last + timedelta(days=1)}T00:00:00Z"
    assert row["in_force"]


@pytest.mark.parametrize(
    ("more", "pointer", "code"),
    [
        pytest.param({"partner": str(uuid4())}, "/partner", "unknown", id="no such partner"),
        pytest.param({"partner": "x"}, "/partner", "uuid-parsing", id="no id"),
        pytest.param({"scopes": []}, "/scopes", "too-short", id="nothing"),
        pytest.param(
            {"scopes": ["submissions:read", "audit:read"]},
            "/scopes/1",
            "not-one-of",
            id="what only the organization itself may",
        ),
        pytest.param(
            {"scopes": ["grants:write"]}, "/scopes/0", "not-one-of", id="to grant in its name"
        ),
        pytest.param({"scopes": ["all"]}, "/scopes/0", "not-one-of", id="no scope"),
        pytest.param({"days": 0}, "/days", "greater-than-equal", id="no day"),
        pytest.param({"days": 366}, "/days", "less-than-equal", id="more than a year"),
        pytest.param(
            {"expires_on": str(NOW.date() - timedelta(days=2))},
            "/expires_on",
            "out-of-range",
            id="a day that is over",
        ),
        pytest.param(
            {"expires_on": str(NOW.date() + timedelta(days=367))},
            "/expires_on",
            "out-of-range",
            id="a day more than a year away",
        ),
        pytest.param(
            {"expires_on": "9999-12-31"}, "/expires_on", "out-of-range", id="the last day there is"
        ),
        pytest.param(
            {"days": 7, "expires_on": str(NOW.date() + timedelta(days=7))},
            "/days",
            "said-twice",
            id="both",
        ),
    ],
)
def test_a_grant_that_cannot_be_is_refused(
    service: Service, more: dict[str, object], pointer: str, code: str
) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)
    kept = give(organization, partner).json()

    reply = give(organization, partner, **more)

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [(pointer, code)]
    assert listed(organization) == [kept]


def test_nothing_is_granted_to_a_client_that_is_no_partner(service: Service) -> None:
    organization = service.organization()
    service.key(Kind.RESEARCHER)
    with service.superuser() as database:
        rows = database.execute("SELECT id::text FROM client WHERE kind <> 'partner'").fetchall()

    for (client,) in rows:
        reply = give(organization, client)
        assert reply.json()["errors"][0]["code"] == "unknown"
    assert len(rows) > 2


def test_granting_again_replaces_what_was_granted(service: Service) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)
    other, _ = partner_of(service)
    first = give(organization, partner).json()
    beside = give(organization, other).json()

    second = give(organization, partner, scopes=["assessments:read"]).json()

    assert [(one["id"], one["in_force"]) for one in listed(organization)] == [
        (first["id"], False),
        (beside["id"], True),
        (second["id"], True),
    ]
    assert listed(organization)[0]["revoked_at"] == second["granted_at"]


def test_of_many_grants_at_once_one_is_left(service: Service) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)

    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda days: give(organization, partner, days=days), range(1, 9)))

    assert {reply.status_code for reply in replies} == {201}
    assert [one["in_force"] for one in listed(organization)].count(True) == 1
    assert len(listed(organization)) == 8


def test_a_grant_is_revoked_once_and_stays_on_the_list(service: Service) -> None:
    organization, (partner, _) = service.organization(), partner_of(service)
    path = give(organization, partner).headers["location"]

    replies = [organization.client.request("DELETE", path) for _ in range(2)]

    assert [(one.status_code, one.content) for one in replies] == [(204, b""), (204, b"")]
    [row] = listed(organization)
    assert not row["in_force"]
    assert row["revoked_at"] is not None
    assert organization.client.get(path).json() == row


def test_a_foreign_grant_is_as_absent_as_none(service: Service) -> None:
    (own, other), (partner, _) = (
        (service.organization(), service.organization()),
        partner_of(service),
    )
    grant = give(other, partner).json()

    for method in ("GET", "DELETE"):
        under_own = [
            own.client.request(method, f"{own.path}/grants/{one}") for one in (grant["id"], uuid4())
        ]
        under_other = own.client.request(method, f"{other.path}/grants/{grant['id']}")
        assert {one.status_code for one in (*under_own, under_other)} == {404}
        assert under_own[0].content == under_own[1].content
    assert listed(own) == []
    assert listed(other) == [grant]


def test_nobody_else_grants_or_sees_grants(service: Service) -> None:
    row, network = network_of(service)
    member, (partner, client) = service.organization(network=row["id"]), partner_of(service)
    path = give(member, partner, scopes=sorted(GRANTABLE)).headers["location"]
    body = {"partner": partner, "scopes": SCOPES}

    for caller in (network, service.operator, client):
        assert caller.post(f"{member.path}/grants", json=body).json()["scope"] == "grants:write"
        assert caller.request("DELETE", path).json()["scope"] == "grants:write"
        assert caller.get(path).json()["scope"] == "grants:read"
        assert caller.get(f"{member.path}/grants").json()["scope"] == "grants:read"


def test_grants_are_listed_in_pages(service: Service) -> None:
    organization = service.organization()
    made = [give(organization, partner_of(service)[0]).json()["id"] for _ in range(3)]

    first = organization.client.get(f"{organization.path}/grants?limit=2")
    rest = organization.client.get(first.links["next"]["url"])

    assert [one["id"] for one in first.json()["data"] + rest.json()["data"]] == made
    assert rest.json()["page"]["next_cursor"] is None


def test_a_hospital_finds_partners_by_name(service: Service) -> None:
    partners = {partner_of(service)[0] for _ in range(3)}
    ended, _ = partner_of(service)
    with service.superuser() as database:
        database.execute("UPDATE client SET name = 'App of ' || id::text")
        database.execute("UPDATE client SET ends_at = now() WHERE id = %s", [ended])
        database.commit()
        rows = database.execute(
            "SELECT id::text, name FROM client WHERE kind = 'partner' AND ends_at IS NULL"
            " ORDER BY id"
        ).fetchall()
    organization = service.organization()

    seen: list[dict[str, str]] = []
    path = "/v1/partners?limit=2"
    while path:
        reply = organization.client.get(path)
        seen += reply.json()["data"]
        path = reply.links.get("next", {}).get("url", "")

    assert [(one["id"], one["name"]) for one in seen] == rows
    assert partners < {one["id"] for one in seen}
    assert give(organization, ended).json()["errors"][0]["code"] == "unknown"
    assert service.http.get("/v1/partners").status_code == 401


def test_the_policy_alone_shows_a_partner_what_it_was_granted(service: Service) -> None:
    """Even a query that forgets to ask for whom reads no other hospital's row or grant."""
    (granting, other), (partner, _) = (
        (service.organization(), service.organization()),
        partner_of(service),
    )
    give(granting, partner)
    give(other, partner_of(service)[0])

    async def asked(table: str, name: str) -> list[str]:
        scope = Scope(client=UUID(partner))
        async with transaction(service.http.app.state.engine, scope) as session:  # type: ignore[attr-defined]
            connection = await session.connection()
            found = await connection.scalars(text(f"SELECT {name} FROM {table}"))  # noqa: S608
            return [str(one) for one in found]

    assert service.http.portal is not None
    for table, column in (("organization", "id"), ("partner_grant", "organization_id")):
        assert service.http.portal.call(asked, table, column) == [granting.id]
    granting.sign(partner=False)
    assert service.http.portal.call(asked, "organization", "id") == []
