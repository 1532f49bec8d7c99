"""Nobody gives more than they have: every way to a key, by keys that lack what it would hold."""

from typing import Any

import pytest

from app.access.models import Kind
from app.access.permissions import ALLOWED
from tests.clients.asking import KEYS, Registered, caller, key_id, register
from tests.conftest import Service

NARROW = ("clients:read", "clients:write")
WIDE = {
    Kind.OPERATOR: "releases:write",
    Kind.NETWORK: "submissions:read",
    Kind.ORGANIZATION: "data:write",
    Kind.PARTNER: "submissions:read",
    Kind.RESEARCHER: "research:read",
}
"""Of each kind, a scope that a key for managing keys lacks."""


def ways(client: Registered, scope: str) -> list[tuple[str, str, Any]]:
    """Every request that would make something of that scope."""
    wide = key_id(client.new_key(scope, "clients:read"))
    public = {**KEYS["ES384"].as_dict(private=False), "kid": "one"}
    return [
        ("POST", f"{client.path}/keys", {"scopes": [scope]}),
        ("POST", f"{client.path}/keys", {"scopes": [*NARROW, scope]}),
        ("POST", f"{client.path}/keys/{wide}/rotation", {}),
        ("POST", f"{client.path}/keys/{wide}/rotation", {"overlap_hours": 0}),
        ("PUT", f"{client.path}/jwks", {"keys": [public], "scopes": [scope]}),
    ]


def count(service: Service) -> object:
    with service.superuser() as database:
        return database.execute(
            "SELECT count(*), count(revoked_at), sum(extract(epoch FROM expires_at)),"
            " (SELECT count(jwks) FROM client) FROM client_key"
        ).fetchone()


@pytest.mark.parametrize("kind", Kind, ids=str)
@pytest.mark.parametrize("own", [True, False], ids=["for itself", "for a sibling"])
def test_a_narrow_key_makes_no_wider_one(service: Service, kind: Kind, own: bool) -> None:  # noqa: FBT001
    asking = register(service, kind)
    tenant = {f"{name}": asking.row[f"{name}_id"] for name in ("network", "organization")}
    given = {name: found for name, found in tenant.items() if found}
    client = asking if own or kind in {Kind.PARTNER, Kind.RESEARCHER} else None
    client = client or register(service, kind, **given)
    scope = WIDE[kind]
    narrow = service.as_(asking.new_key(*NARROW))
    requests = ways(client, scope)
    before = count(service)

    for method, path, body in requests:
        reply = narrow.request(method, path, json=body)

        assert (reply.status_code, reply.json()["scope"]) == (403, scope), f"{method} {path}"
    assert count(service) == before

    wide = service.as_(asking.new_key(*NARROW, scope))
    for method, path, body in requests[:4]:
        status = wide.request(method, path, json=body).status_code
        assert status == 201 or (status == 409 and path.endswith("rotation"))
    put = wide.request(*requests[4][:2], json=requests[4][2])
    assert put.status_code == 200


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.OPERATOR], ids=str)
def test_the_operator_equips_others_with_what_it_does_not_have(
    service: Service, kind: Kind
) -> None:
    client = register(service, kind)
    narrow = caller(service, Kind.OPERATOR, None, *NARROW)

    for method, path, body in ways(client, WIDE[kind])[:1]:
        assert narrow.request(method, path, json=body).status_code == 201


@pytest.mark.parametrize("kind", Kind, ids=str)
def test_nobody_is_given_what_their_kind_cannot_have(service: Service, kind: Kind) -> None:
    client, operator = register(service, kind), service.operator
    every = frozenset[str]().union(*ALLOWED.values())
    before = count(service)

    for scope in sorted(every - ALLOWED[kind]):
        reply = operator.post(f"{client.path}/keys", json={"scopes": ["clients:read", scope]})

        assert reply.status_code == 422
        assert [one["received"] for one in reply.json()["errors"]] == [scope]
    assert count(service) == before


def test_keys_are_managed_only_with_the_scope_for_it(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    reader = service.as_(client.new_key("clients:read"))
    none = service.as_(client.new_key("submissions:read"))

    for method, path, body in [*ways(client, "clients:read"), ("DELETE", client.path, None)]:
        reply = reader.request(method, path, json=body)
        assert (reply.status_code, reply.json()["scope"]) == (403, "clients:write")
    assert none.get(client.path).json()["scope"] == "clients:read"


def test_a_token_makes_no_keys(service: Service) -> None:
    """What lasts an hour makes nothing that lasts longer, whatever its key may do."""
    client = register(service, Kind.PARTNER)
    key = client.new_key()
    own = client.token(key)
    asked = client.token(key, scope="clients:read clients:write")

    assert "clients:write" not in own.json()["scope"].split()
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_scope")
    token = service.as_(own.json()["access_token"])
    for method, path, body in [
        *ways(client, "clients:read"),
        ("DELETE", f"{client.path}/keys/{key_id(key)}", None),
        ("DELETE", client.path, None),
    ]:
        reply = token.request(method, path, json=body)
        assert (reply.status_code, reply.json()["scope"]) == (403, "clients:write")


def test_a_token_has_no_more_than_the_key_it_was_asked_for_with(service: Service) -> None:
    client = register(service, Kind.PARTNER)
    key = client.new_key("clients:read", "submissions:read")

    more = client.token(key, scope="submissions:read submissions:write")
    less = client.token(key, scope="submissions:read")

    assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
    assert less.json()["scope"] == "submissions:read"
    reply = service.as_(less.json()["access_token"]).get(client.path)
    assert (reply.status_code, reply.json()["scope"]) == (403, "clients:read")
