"""Every operation of the OpenAPI document guards itself; the document cannot forget a router."""

import re
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from app.access.models import Kind
from app.access.service import Permission
from app.main import create_app
from app.settings import Settings
from tests.access.test_lifecycle import REFUSAL
from tests.conftest import Caller, Organization, Service

PUBLIC = {
    ("get", "/healthz"),
    ("get", "/problems/{slug}"),
    ("get", "/readyz"),
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
"""Open data, and whether the service is there. Whatever is not here needs a key."""

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
    if one[:2] not in PUBLIC
]
TENANT = [
    pytest.param(*one[:2], id=f"{one[0].upper()} {one[1]}")
    for one in OPERATIONS
    if "{org}" in one[1]
]
SUBMISSION = {
    "instrument": "small",
    "version": "1",
    "period": "2025-H2",
    "role": "nursing",
    "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
}
BODIES: dict[str, dict[str, Any]] = {"/v1/organizations/{org}/submissions": SUBMISSION}
"""Valid bodies: what is refused is refused for the organization, not for the body."""


def filled(path: str, **known: str) -> str:
    """The path with a value for each parameter."""
    return re.sub(r"{(\w+)}", lambda found: known.get(found[1], str(uuid4())), path)


def ask(caller: Caller, method: str, path: str, **known: str) -> tuple[int, bytes, dict[str, str]]:
    body = BODIES.get(path) if method == "post" else None
    more = {} if body is None else {"json": body}
    reply = caller.request(method.upper(), filled(path, **known), **more)
    return reply.status_code, reply.content, dict(reply.headers)


def test_the_public_operations_are_these_and_ask_for_no_key() -> None:
    open_ones = {one[:2] for one in OPERATIONS if not one[2].get("security")}

    assert open_ones == PUBLIC


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
    reply = service.as_(service.key(Kind.RESEARCHER)).request(method.upper(), filled(path))

    assert (reply.status_code, reply.json()["scope"]) == (403, scope)


@dataclass(frozen=True, slots=True)
class World:
    """Two organizations of two networks, each with one submission in one locked assessment."""

    own: Organization
    foreign: Organization
    callers: dict[Kind, Caller]
    submission: str
    theirs: str


@pytest.fixture(scope="module")
def world(service: Service) -> World:
    network = service.network()["id"]
    own = service.organization(network=network, share_with_network=True)
    foreign = service.organization(network=service.network()["id"], share_with_network=True)
    submission, theirs = (one.submit().json()["id"] for one in (own, foreign))
    assert own.client.post(f"{own.path}/assessments/2025-H2/lock").status_code == 201
    callers = {
        Kind.ORGANIZATION: own.client,
        Kind.NETWORK: service.as_(service.key(Kind.NETWORK, network)),
    }
    return World(own, foreign, callers, submission, theirs)


@pytest.mark.parametrize(("method", "path"), TENANT)
@pytest.mark.parametrize("kind", [Kind.ORGANIZATION, Kind.NETWORK], ids=str)
def test_a_foreign_organization_is_as_absent_as_none(
    world: World, kind: Kind, method: str, path: str
) -> None:
    def asked(org: str, submission: str) -> tuple[int, bytes, dict[str, str]]:
        known = {"org": org, "submission_id": submission, "assessment": "2025-H2"}
        return ask(world.callers[kind], method, path, **known)

    missing = asked(str(uuid4()), str(uuid4()))
    foreign = world.foreign.row

    assert missing[0] == 404
    for name in (foreign["id"], foreign["external_id"], "no-such-name"):
        assert asked(name, world.theirs) == missing
    mine = asked(world.own.id, world.submission)
    assert mine[1] != missing[1], "the own organization is answered otherwise"


@pytest.mark.parametrize("route", ["", "/receipt"])
def test_a_foreign_submission_under_the_own_organization_is_absent(
    world: World, route: str
) -> None:
    own, foreign = world.own, world.foreign

    reply = own.client.get(f"{own.path}/submissions/{world.theirs}{route}")
    absent = own.client.get(f"{own.path}/submissions/{uuid4()}{route}")

    assert reply.status_code == absent.status_code == 404
    assert reply.json() | {"detail": ""} == absent.json() | {"detail": ""}
    seen = foreign.client.get(f"{foreign.path}/submissions/{world.theirs}{route}")
    assert seen.status_code == 200
