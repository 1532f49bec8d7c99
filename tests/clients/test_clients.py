"""Clients: who registers which, who sees which, and how one ends."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.access.models import Kind
from tests.clients.asking import AGREEMENT, caller, register
from tests.conftest import Caller, Service

TODAY = datetime.now(UTC).date()
FOREVER = (TODAY + timedelta(days=3661)).isoformat()


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_the_operator_registers_every_kind(service: Service, kind: Kind) -> None:
    organization, network = service.organization(), service.network()
    given = {
        Kind.NETWORK: {"network": network["external_id"]},
        Kind.ORGANIZATION: {"organization": organization.row["external_id"]},
        Kind.RESEARCHER: {"data_use": AGREEMENT},
    }.get(kind, {})

    made = service.operator.post("/v1/clients", json={"kind": kind, "name": "An app", **given})

    assert made.status_code == 201, made.text
    row = made.json()
    assert made.headers["location"] == f"/v1/clients/{row['id']}"
    assert service.operator.get(made.headers["location"]).json() == row
    created = row.pop("created_at")
    assert datetime.fromisoformat(created).date() == TODAY
    assert row == {
        "id": row["id"],
        "kind": kind,
        "name": "An app",
        "network_id": network["id"] if kind is Kind.NETWORK else None,
        "organization_id": organization.id if kind is Kind.ORGANIZATION else None,
        "data_use": AGREEMENT if kind is Kind.RESEARCHER else None,
        "jwks": None,
        "ends_at": row["ends_at"],
    }
    if kind is Kind.RESEARCHER:
        last_day = datetime.fromisoformat(AGREEMENT["ends_on"]).replace(tzinfo=UTC)
        assert datetime.fromisoformat(row["ends_at"]) == last_day + timedelta(days=1)
    else:
        assert row["ends_at"] is None


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION], ids=str)
def test_a_tenant_registers_more_clients_of_its_own(service: Service, kind: Kind) -> None:
    tenant = service.network()["id"] if kind is Kind.NETWORK else service.organization().id
    own = caller(service, kind, tenant)

    for given in ({}, {kind.value: tenant}):
        made = own.post("/v1/clients", json={"kind": kind, "name": "Another app", **given})

        assert made.status_code == 201, made.text
        assert made.json()[f"{kind}_id"] == tenant


def bad_agreement(**changed: str | None) -> dict[str, Any]:
    agreement = {**AGREEMENT, **changed}
    kept = {name: value for name, value in agreement.items() if value is not None}
    return {"kind": "researcher", "data_use": kept}


NOT_ALLOWED = [("/kind", "not-allowed")]
ENDS = [("/data_use/ends_on", "out-of-range")]
REFUSED = {
    "a network registers no organization": (Kind.NETWORK, {"kind": "organization"}, NOT_ALLOWED),
    "a network registers no partner": (Kind.NETWORK, {"kind": "partner"}, NOT_ALLOWED),
    "an organization is no operator": (Kind.ORGANIZATION, {"kind": "operator"}, NOT_ALLOWED),
    "an organization is no network": (Kind.ORGANIZATION, {"kind": "network"}, NOT_ALLOWED),
    "a partner registers nobody": (Kind.PARTNER, {"kind": "partner"}, NOT_ALLOWED),
    "a researcher registers nobody": (Kind.RESEARCHER, bad_agreement(), NOT_ALLOWED),
    "which network must be said": (
        Kind.OPERATOR,
        {"kind": "network"},
        [("/network", "required")],
    ),
    "which organization must be said": (
        Kind.OPERATOR,
        {"kind": "organization"},
        [("/organization", "required")],
    ),
    "a partner is of no network and no organization": (
        Kind.OPERATOR,
        {"kind": "partner", "network": "N1", "organization": "H1"},
        [("/network", "not-for-kind"), ("/organization", "not-for-kind")],
    ),
    "there are no other kinds": (Kind.OPERATOR, {"kind": "emperor"}, [("/kind", "not-one-of")]),
    "a client has a name": (
        Kind.OPERATOR,
        {"kind": "partner", "name": ""},
        [("/name", "string-too-short")],
    ),
    "a researcher has an agreement": (
        Kind.OPERATOR,
        {"kind": "researcher"},
        [("/data_use", "required")],
    ),
    "nobody else has one": (
        Kind.OPERATOR,
        {"kind": "partner", "data_use": AGREEMENT},
        [("/data_use", "not-for-kind")],
    ),
    "an agreement is not over": (Kind.OPERATOR, bad_agreement(ends_on="2025-12-31"), ENDS),
    "an agreement ends one day": (Kind.OPERATOR, bad_agreement(ends_on=FOREVER), ENDS),
    "an agreement has a purpose and an end": (
        Kind.OPERATOR,
        bad_agreement(purpose=None, ends_on=None),
        [("/data_use/purpose", "required"), ("/data_use/ends_on", "required")],
    ),
}


@pytest.mark.parametrize(("kind", "body", "errors"), REFUSED.values(), ids=[*REFUSED])
def test_what_cannot_be_registered_is_said(
    service: Service, kind: Kind, body: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    tenant = {Kind.NETWORK: service.network()["id"], Kind.ORGANIZATION: service.organization().id}
    asking = caller(service, kind, tenant.get(kind))

    reply = asking.post("/v1/clients", json={"name": "An app", **body})

    assert reply.status_code == 422, reply.text
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == errors


@pytest.mark.parametrize("kind", [Kind.NETWORK, Kind.ORGANIZATION], ids=str)
def test_for_somebody_elses_tenant_is_for_nobodys(service: Service, kind: Kind) -> None:
    def tenant() -> str:
        return str(service.network()["id"] if kind is Kind.NETWORK else service.organization().id)

    own = caller(service, kind, tenant())

    def asked(name: str) -> tuple[int, bytes]:
        reply = own.post("/v1/clients", json={"kind": kind, "name": "An app", kind.value: name})
        return reply.status_code, reply.content

    assert asked(tenant()) == asked(str(uuid4())) == asked("nobody")
    assert asked("nobody")[0] == 404


def test_everybody_lists_their_own_page_by_page(service: Service) -> None:
    organization = service.organization()
    mine = [register(service, Kind.ORGANIZATION, organization=organization.id) for _ in range(3)]
    register(service, Kind.ORGANIZATION)
    partner = register(service, Kind.PARTNER)

    def listed(asking: Caller) -> list[str]:
        ids, path = [], "/v1/clients?limit=2"
        while path:
            page = asking.get(path).json()
            ids += [one["id"] for one in page["data"]]
            cursor = page["page"]["next_cursor"]
            path = f"/v1/clients?limit=2&cursor={cursor}" if cursor else ""
        return ids

    assert listed(organization.client)[1:] == [one.id for one in mine], "after the test's own"
    assert listed(service.as_(partner.new_key())) == [partner.id]
    assert {partner.id, *(one.id for one in mine)} < set(listed(service.operator))


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.OPERATOR], ids=str)
def test_another_tenants_client_is_as_absent_as_none(service: Service, kind: Kind) -> None:
    own, theirs = service.as_(register(service, kind).new_key()), register(service, kind)
    key = theirs.new_key().split("_")[2]
    partner = register(service, Kind.PARTNER)
    asked: list[tuple[str, str, Any]] = [
        ("GET", "", None),
        ("DELETE", "", None),
        ("PUT", "/jwks", {"keys": [], "scopes": ["clients:read"]}),
        ("GET", "/keys", None),
        ("POST", "/keys", {"scopes": ["clients:read"]}),
        ("GET", "/keys/{key}", None),
        ("DELETE", "/keys/{key}", None),
        ("POST", "/keys/{key}/rotation", {}),
    ]
    for method, path, body in asked:

        def answer(client: str, key: str) -> tuple[int, bytes, str]:
            reply = own.request(
                method,  # noqa: B023 - called in this round
                f"/v1/clients/{client}{path}".replace("{key}", key),  # noqa: B023 - the same
                json=body,  # noqa: B023 - the same
            )
            return reply.status_code, reply.content, str(reply.headers["content-type"])

        missing = answer(str(uuid4()), "abcdefgh")
        assert missing[0] == 404
        assert answer(theirs.id, key) == missing
        assert answer(partner.id, partner.new_key().split("_")[2]) == missing
    assert service.operator.get(theirs.path).json() == theirs.row


def test_a_key_under_another_client_of_ones_own_is_absent(service: Service) -> None:
    organization = service.organization()
    one, other = (
        register(service, Kind.ORGANIZATION, organization=organization.id) for _ in range(2)
    )
    key = one.new_key().split("_")[2]

    for asking in (organization.client, service.operator):
        wrong = asking.get(f"{other.path}/keys/{key}")
        assert wrong.status_code == 404
        assert wrong.content == asking.get(f"{other.path}/keys/abcdefgh").content
        assert asking.get(f"{one.path}/keys/{key}").status_code == 200


def test_a_client_ends_with_all_its_keys_and_tokens(service: Service) -> None:
    client, beside = register(service, Kind.PARTNER), register(service, Kind.PARTNER)
    keys = [client.new_key(), client.new_key()]
    keys.append(client.token(keys[0]).json()["access_token"])
    kept = beside.new_key()
    assert {service.as_(key).get("/v1/clients").status_code for key in keys} == {200}

    assert service.operator.request("DELETE", client.path).status_code == 204

    assert {service.as_(key).get("/v1/clients").status_code for key in keys} == {401}
    assert client.token(keys[0]).json()["error"] == "invalid_client"
    assert service.as_(kept).get("/v1/clients").status_code == 200
    listed = service.operator.get(f"{client.path}/keys").json()["data"]
    ended = service.operator.get(client.path).json()["ends_at"]
    assert {one["revoked_at"] for one in listed} == {ended}

    assert service.operator.request("DELETE", client.path).status_code == 204
    assert service.operator.get(client.path).json()["ends_at"] == ended, "the first end stays"


def test_nothing_is_made_for_a_client_that_ended(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    key = client.new_key().split("_")[2]
    service.operator.request("DELETE", client.path)
    asked: list[tuple[str, str, Any, str]] = [
        ("POST", "keys", {"scopes": ["clients:read"]}, "client-ended"),
        ("PUT", "jwks", {"keys": [], "scopes": ["clients:read"]}, "client-ended"),
        ("POST", f"keys/{key}/rotation", {}, "key-ended"),
    ]
    for method, path, body, slug in asked:
        reply = service.operator.request(method, f"{client.path}/{path}", json=body)

        assert (reply.status_code, reply.json()["type"]) == (409, f"/problems/{slug}")


def test_a_client_can_end_itself(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    own = service.as_(client.new_key())

    assert own.request("DELETE", client.path).status_code == 204
    assert own.get(client.path).status_code == 401
