"""What a key may do, what it can be given, and that the database cannot tell it."""

import hashlib
from typing import Any

import pytest
from psycopg import sql

from app.access.keys import digest
from app.access.models import Kind
from app.access.permissions import ALLOWED, ONLY_IF_SAID, Permission
from app.problems import Invalid
from tests.conftest import PEPPER, Service


def refusal(scope: str) -> dict[str, Any]:
    return {
        "type": "/problems/insufficient-scope",
        "title": "The key lacks a scope",
        "status": 403,
        "detail": f"This needs the scope {scope}",
        "scope": scope,
    }


@pytest.mark.parametrize(
    ("kind", "method", "path", "scope"),
    [
        pytest.param(
            Kind.OPERATOR,
            "GET",
            "/v1/organizations/{own}/submissions",
            "submissions:read",
            id="an operator reads no submissions",
        ),
        pytest.param(
            Kind.OPERATOR,
            "POST",
            "/v1/organizations/{own}/submissions",
            "submissions:write",
            id="an operator submits nothing",
        ),
        pytest.param(
            Kind.OPERATOR,
            "GET",
            "/v1/organizations/{own}/assessments/2025-H2/result",
            "assessments:read",
            id="an operator reads no results",
        ),
        pytest.param(
            Kind.NETWORK,
            "POST",
            "/v1/instruments",
            "catalog:write",
            id="a network publishes no instruments",
        ),
        pytest.param(
            Kind.NETWORK,
            "POST",
            "/v1/releases",
            "releases:write",
            id="a network builds no releases",
        ),
        pytest.param(
            Kind.ORGANIZATION,
            "POST",
            "/v1/organizations",
            "organizations:write",
            id="an organization registers no others",
        ),
        pytest.param(
            Kind.ORGANIZATION,
            "GET",
            "/v1/instruments/small/versions/1/quality",
            "quality:read",
            id="an organization sees no figures of all",
        ),
        pytest.param(
            Kind.RESEARCHER,
            "GET",
            "/v1/organizations",
            "organizations:read",
            id="a researcher lists no organizations",
        ),
    ],
)
def test_a_key_without_the_scope_is_told_which(
    service: Service, kind: Kind, method: str, path: str, scope: str
) -> None:
    own = service.organization().id
    tenant = {Kind.NETWORK: service.network()["id"], Kind.ORGANIZATION: own}.get(kind)
    caller = service.as_(service.key(kind, tenant))

    reply = caller.request(
        method, path.format(own=own), **({"json": {}} if method == "POST" else {})
    )

    assert reply.status_code == 403
    assert reply.json() == refusal(scope)


def test_a_key_can_have_less_than_its_kind(service: Service) -> None:
    organization = service.organization()
    key = service.key(Kind.ORGANIZATION, organization.id, permissions=["submissions:write"])
    narrow = service.as_(key)

    written = narrow.post(
        f"{organization.path}/submissions",
        json={
            "instrument": "small",
            "version": "1",
            "period": "2025-H2",
            "role": "nursing",
            "answers": {"A1": 1},
        },
    )
    read = narrow.get(f"{organization.path}/submissions")

    assert written.status_code == 201
    assert read.json() == refusal("submissions:read")


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_a_key_has_all_of_its_kind_unless_less_is_asked(service: Service, kind: Kind) -> None:
    tenant = {
        Kind.NETWORK: service.network()["id"],
        Kind.ORGANIZATION: service.organization().id,
    }.get(kind)
    key = service.key(kind, tenant)

    with service.superuser() as database:
        found = database.execute(
            "SELECT scopes, kind, network_id::text, organization_id::text,"
            " expires_at - k.created_at FROM client_key k JOIN client c ON c.id = client_id"
            " WHERE key_id = %s",
            [key.split("_")[2]],
        ).fetchone()
    assert found is not None
    assert set(found[0]) == ALLOWED[kind] - ONLY_IF_SAID
    assert found[1] == kind
    assert found[2] == (tenant if kind is Kind.NETWORK else None)
    assert found[3] == (tenant if kind is Kind.ORGANIZATION else None)
    assert found[4].days == 90


def test_every_permission_can_be_had_and_no_submission_is_the_operators() -> None:
    assert frozenset[Permission]().union(*ALLOWED.values()) == set(Permission)
    private = {"submissions:read", "submissions:write", "assessments:read", "assessments:write"}
    assert not private & ALLOWED[Kind.OPERATOR]
    assert not private & ALLOWED[Kind.RESEARCHER]


@pytest.mark.parametrize(
    ("options", "errors"),
    [
        pytest.param(
            {"permissions": ["submissions:read"]},
            [("/scopes", "scope-not-allowed", "submissions:read")],
            id="a scope beyond the kind",
        ),
        pytest.param(
            {"permissions": ["catalog:write", "everything"]},
            [("/scopes", "scope-not-allowed", "everything")],
            id="a scope that does not exist",
        ),
        pytest.param({"days": 0}, [("/days", "out-of-range", 0)], id="no day at all"),
        pytest.param({"days": -1}, [("/days", "out-of-range", -1)], id="a day before"),
        pytest.param({"days": 366}, [("/days", "out-of-range", 366)], id="more than a year"),
        pytest.param(
            {"permissions": ["research:read", "assessments:read"], "days": 1000},
            [
                ("/scopes", "scope-not-allowed", "assessments:read"),
                ("/scopes", "scope-not-allowed", "research:read"),
                ("/days", "out-of-range", 1000),
            ],
            id="all that is wrong at once",
        ),
    ],
)
def test_a_key_beyond_its_kind_is_not_made(
    service: Service, options: dict[str, Any], errors: list[tuple[str, str, object]]
) -> None:
    count = "SELECT (SELECT count(*) FROM client), (SELECT count(*) FROM client_key)"
    with service.superuser() as database:
        before = database.execute(count).fetchone()

        with pytest.raises(Invalid) as refused:
            service.key(Kind.OPERATOR, **options)

        assert database.execute(count).fetchone() == before
    found: Any = refused.value.extra["errors"]
    assert [(one["pointer"], one["code"], one["received"]) for one in found] == errors


@pytest.mark.parametrize("days", [1, 365])
def test_a_key_lives_a_day_to_a_year(service: Service, days: int) -> None:
    key = service.key(Kind.OPERATOR, days=days)

    assert service.as_(key).get("/v1/organizations").status_code == 200


def test_the_database_does_not_hold_the_key(service: Service) -> None:
    organization = service.organization()
    texts = [service.key(kind) for kind in (Kind.OPERATOR, Kind.RESEARCHER)]
    texts.append(organization.client.headers["Authorization"].removeprefix("Bearer "))
    assert organization.submit().status_code == 201

    with service.superuser() as database:
        tables = database.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        every = sql.SQL("SELECT string_agg(one::text, chr(10)) FROM {} AS one")
        rows = [
            database.execute(every.format(sql.Identifier(name))).fetchone() for (name,) in tables
        ]
    kept = "\n".join(row[0] for row in rows if row is not None and row[0] is not None)
    for text in texts:
        key_id, secret = text.split("_")[2:]
        plain = hashlib.sha256(text.encode()).digest()
        assert key_id in kept, "the search sees the keys' own rows"
        assert digest(text, PEPPER.encode()).hex() in kept, "and bytes"
        assert text not in kept
        assert secret[:43] not in kept
        for hidden in (text.encode(), secret[:43].encode(), plain):
            assert hidden.hex() not in kept
