"""Every operation of the OpenAPI document guards itself; the document cannot forget a router."""

import re
from typing import Any
from uuid import uuid4

import pytest

from app.access.models import Kind
from app.access.permissions import Permission
from app.main import create_app
from app.settings import Settings
from tests.access.test_lifecycle import REFUSAL
from tests.conftest import Service

PUBLIC = {
    ("get", "/.well-known/oauth-authorization-server"),
    ("get", "/.well-known/smart-configuration"),
    ("get", "/healthz"),
    ("get", "/problems/{slug}"),
    ("get", "/readyz"),
    ("get", "/v1/agreements"),
    ("get", "/v1/agreements/{version}"),
    ("get", "/v1/frameworks"),
    ("get", "/v1/frameworks/{framework}"),
    ("get", "/v1/frameworks/{framework}/elements/{code}"),
    ("get", "/v1/instruments"),
    ("get", "/v1/instruments/{instrument}"),
    ("get", "/v1/instruments/{instrument}/versions/{version}"),
    ("get", "/v1/benchmarks"),
    ("get", "/v1/benchmarks/{release}"),
    ("get", "/v1/benchmarks/{release}/cohorts"),
    ("get", "/v1/benchmarks/{release}/cells"),
}
"""Open data, and whether and how the service is there. Whatever is not here asks who you are."""

OTHERWISE = {
    ("post", "/oauth/introspect"): "client",
    ("post", "/oauth/revoke"): "client",
    ("post", "/oauth/token"): "client",
    ("get", "/v1/invitation"): "invitation",
    ("post", "/v1/invitation/submission"): "invitation",
}
"""What is not asked with a key: tokens by clients, and what a respondent may do."""

DOCUMENT = create_app(
    Settings.model_validate({"database_url": "postgresql://nowhere/none", "key_pepper": "x" * 32})
).openapi()
OPERATIONS = [
    (method, path, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]
GUARDED = [
    pytest.param(*one, id=f"{one[0].upper()} {one[1]}")
    for one in OPERATIONS
    if one[:2] not in PUBLIC and one[:2] not in OTHERWISE
]


def filled(path: str) -> str:
    """The path with a value for each parameter."""
    return re.sub(r"{(\w+)}", lambda _: str(uuid4()), path)


def test_the_public_operations_are_these_and_ask_for_no_key() -> None:
    assert {one[:2] for one in OPERATIONS if not one[2].get("security")} == PUBLIC


def test_the_operations_that_ask_for_something_else_are_these() -> None:
    schemes = {one[:2]: [*one[2]["security"][0]] for one in OPERATIONS if one[2].get("security")}

    assert {one: [name] for one, name in OTHERWISE.items()} == {
        one: named for one, named in schemes.items() if named != ["key"]
    }


@pytest.mark.parametrize(("method", "path", "operation"), GUARDED)
def test_every_other_operation_names_one_scope(
    method: str, path: str, operation: dict[str, Any]
) -> None:
    [requirement] = operation["security"]
    [scope] = requirement["key"]

    assert scope in set(Permission)
    assert (scope.endswith(":read")) == (method == "get"), f"{method} {path} under {scope}"
    assert {"401", "403"} <= set(operation["responses"])


@pytest.mark.parametrize(("method", "path", "operation"), GUARDED)
def test_every_other_operation_is_closed_without_a_key(
    service: Service, method: str, path: str, operation: dict[str, Any]
) -> None:
    reply = service.http.request(method.upper(), filled(path))

    assert (reply.status_code, reply.json()) == (401, REFUSAL)
    assert operation


@pytest.mark.parametrize(("method", "path", "operation"), GUARDED)
def test_every_other_operation_is_closed_to_a_key_without_its_scope(
    service: Service, method: str, path: str, operation: dict[str, Any]
) -> None:
    [scope] = operation["security"][0]["key"]
    key = service.key(Kind.RESEARCHER, permissions=["research:read"])
    reply = service.as_(key).request(method.upper(), filled(path))

    assert (reply.status_code, reply.json()["scope"]) == (403, scope)
