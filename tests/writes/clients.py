"""What is written about clients, their keys and their tokens."""

import httpx

from app.access.models import Kind
from tests.clients.asking import KEYS, Registered, key_id, register
from tests.conftest import Caller, Service
from tests.writes.write import Maker, Write

SCOPES = ["clients:read", "submissions:write"]


def create_client(service: Service) -> Write:
    client = service.organization().client
    body = {"kind": "organization", "name": "An app"}
    return Write(client, "/v1/clients", body, {**body, "name": "Another app"})


def end_client(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    client.new_key()
    return Write(service.operator, client.path, method="DELETE")


def set_jwks(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    body = {"keys": [{**KEYS["ES384"].as_dict(private=False), "kid": "one"}], "scopes": SCOPES}
    return Write(service.operator, f"{client.path}/jwks", body, method="PUT")


def create_key(service: Service) -> Write:
    path = f"{register(service, Kind.PARTNER).path}/keys"
    return Write(service.operator, path, {"scopes": SCOPES}, {"scopes": SCOPES, "days": 9})


def rotate_key(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    path = f"{client.path}/keys/{key_id(client.new_key())}/rotation"
    return Write(service.operator, path, {"overlap_hours": 1}, {"overlap_hours": 2})


def revoke_key(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    return Write(
        service.operator, f"{client.path}/keys/{key_id(client.new_key())}", method="DELETE"
    )


def _oauth(client: Registered, key: str, endpoint: str, **form: str) -> Write:
    """A request of a client that shows one of its keys."""
    asked = next(httpx.BasicAuth(client.id, key).auth_flow(httpx.Request("POST", "http://x")))
    shown = Caller(client.service.http, {"Authorization": asked.headers["Authorization"]})
    return Write(shown, f"/oauth/{endpoint}", form=form)


def issue_token(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    return _oauth(client, client.new_key(), "token", grant_type="client_credentials")


def introspect_token(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    key = client.new_key()
    return _oauth(client, key, "introspect", token=client.token(key).json()["access_token"])


def revoke_token(service: Service) -> Write:
    client = register(service, Kind.PARTNER)
    key = client.new_key()
    return _oauth(client, key, "revoke", token=client.token(key).json()["access_token"])


WRITES: dict[str, Maker] = {
    "POST /v1/clients": create_client,
    "DELETE /v1/clients/{client}": end_client,
    "PUT /v1/clients/{client}/jwks": set_jwks,
    "POST /v1/clients/{client}/keys": create_key,
    "POST /v1/clients/{client}/keys/{key_id}/rotation": rotate_key,
    "DELETE /v1/clients/{client}/keys/{key_id}": revoke_key,
    "POST /oauth/token": issue_token,
    "POST /oauth/introspect": introspect_token,
    "POST /oauth/revoke": revoke_token,
}
