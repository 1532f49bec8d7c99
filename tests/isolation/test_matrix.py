"""Every operation of the OpenAPI document, asked by everybody about everybody's.

Asked twice: as served, and with row-level security off, where what the queries say themselves must
keep everybody apart.
"""

import json
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.conftest import Service
from tests.isolation.aiming import note
from tests.isolation.asking import Reply, held, normal
from tests.isolation.cases import Case, cases
from tests.isolation.matrix import CLIENTS, NETWORKS
from tests.isolation.parties import HOSPITALS, KINDS, PARTIES, party
from tests.isolation.rows import ROWS
from tests.isolation.world import World, candid_canary, key_id, public_canary, pushed_canary

pytestmark = pytest.mark.timeout(900)
"""All checks of a kind are one test."""

DOCUMENT = create_app(
    Settings.model_validate({"database_url": "postgresql://nowhere/none", "key_pepper": "x" * 32})
).openapi()
OPERATIONS: dict[str, dict[str, Any]] = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
ONLY = re.compile(os.environ.get("PALANCA_TEST_OPERATIONS", ""))
"""The mutants' program asks first for what a mutant most likely spoils."""

TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
    " AND relnamespace = 'public'::regnamespace ORDER BY relname"
)


CANARIES = (
    (public_canary, {"operator", "network", "organization", "partner"}),
    (pushed_canary, {"network", "organization", "partner"}),
    (candid_canary, {"organization"}),
)
"""What stands in a hospital's names, in submissions that were pushed into it, and in those that it
made itself; and which kinds of client may read it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """All checks with their replies, and the ids that were there before."""

    replies: list[tuple[Case, Reply]]
    known: set[str | None]


def ask_all(service: Service, world: World, watched: list[str]) -> Asked:
    with service.superuser() as database:
        tables = [name for (name,) in database.execute(TABLES.encode()).fetchall()]
        rows = [
            str(row)
            for table in tables or watched
            for row in database.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()  # noqa: S608 - names of tables
        ]
    known = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", " ".join(rows)))
    known |= {key_id(key) for key in world.keys.values()}
    replies: list[tuple[Case, Reply]] = []
    with held(service, watched) as ask:
        for name in filter(ONLY.search, OPERATIONS):
            note(name)
            asked = [case for row in ROWS.get(name, ()) for case in cases(world, name, row)]
            replies += zip(asked, ask([case.request for case in asked]), strict=True)
    return Asked(replies, known)


NewWorld = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="module")
def as_served(new_world: NewWorld, world: World) -> Asked:
    with new_world() as service:
        return ask_all(service, world, [])


@pytest.fixture(scope="module")
def without_policies(new_world: NewWorld, world: World) -> Asked:
    with new_world() as service:
        with service.superuser() as database:
            tables = [name for (name,) in database.execute(TABLES.encode()).fetchall()]
            for table in tables:
                database.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        return ask_all(service, world, tables)


def wrong(asked: Asked) -> list[str]:
    """Replies that are not the declared ones, and refusals that are not the same bytes."""
    found = []
    alike: dict[tuple[str, str], Reply] = {}
    for case, reply in asked.replies:
        answer, slug = case.answer, reply.slug if case.answer.slug else ""
        said = f"{case.operation} as {case.who}, {case.relation}: {reply.status} {reply.body[:99]}"
        is_told = (reply.status in answer.statuses, slug == answer.slug, answer.scope in reply.body)
        if not all(is_told):
            found.append(f"{said}, not {answer}")
        if case.alike:
            same = reply._replace(body=case.blanked(reply.body))
            first = alike.setdefault((case.operation, case.alike), same)
            if first != same:
                found.append(f"{said} differs from {first}")
    return found


def told(faults: list[str]) -> str:
    """The first of them, each on a line."""
    return "\n".join(one[:900] for one in faults[:20])


def test_every_operation_has_a_row_and_every_row_an_operation() -> None:
    assert ROWS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", ROWS)
def test_the_document_says_who_may(name: str) -> None:
    operation = OPERATIONS[name]
    [(scheme, scope)] = {(row.scheme, row.scope) for row in ROWS[name]}

    assert operation.get("security", []) == ([{scheme: [scope] if scope else []}] if scheme else [])
    assert {"401"} & set(operation["responses"]) == ({"401"} if scheme else set())
    if scheme == "key":
        assert scope in KINDS
        reads = name.startswith("GET ") or name.endswith("/exports")
        # How an import is going is for who pushes.
        assert scope.endswith(":read") == (reads and "/imports" not in name)
        assert "403" in operation["responses"]


def test_everybody_gets_the_declared_answer(as_served: Asked) -> None:
    faults = wrong(as_served)

    assert not faults, told(faults)


def test_the_queries_alone_give_the_declared_answers(without_policies: Asked) -> None:
    faults = wrong(without_policies)

    assert not faults, told(faults)


def test_the_queries_alone_give_the_same_answers(as_served: Asked, without_policies: Asked) -> None:
    faults = []
    for (case, with_them), (_, without) in zip(
        as_served.replies, without_policies.replies, strict=True
    ):
        before, after = normal(with_them, as_served.known), normal(without, without_policies.known)
        if before != after:
            faults.append(f"{case.operation} as {case.who}, {case.relation}: {before} != {after}")

    assert not faults, told(faults)


def test_so_many_checks_were_made(
    as_served: Asked, without_policies: Asked, counted: Callable[[str], None]
) -> None:
    runs = [as_served, without_policies]
    checks, faults = sum(len(one.replies) for one in runs), sum(len(wrong(one)) for one in runs)

    counted(f"{len(OPERATIONS)} operations, {checks} checks, {faults} wrong")
    assert checks >= 2_400


def test_nobody_changes_what_is_anothers(world: World, without_policies: Asked) -> None:
    owners = {**invert(world.hospitals), **invert(world.networks), **invert(world.clients)}
    changed = 0
    for case, reply in without_policies.replies:
        touched = {owner for _, owner in reply.touched if owner in owners}
        allowed = allowed_to_change(world, case) if reply.status < 400 else set()
        assert touched <= allowed, (case, [owners[one] for one in touched - allowed])
        changed += bool(touched)
    assert changed, "what is one's own"


def allowed_to_change(world: World, case: Case) -> set[str | None]:
    """Ids of whom a request may concern: its caller, and whom it is about."""
    one = party("organization" if case.who == "respondent" else case.who)
    about: set[str | None] = {world.hospitals.get(case.relation)}
    if "{org}" not in case.operation:
        about.add(world.networks.get(NETWORKS.get(case.relation, "")))
    if "{client}" in case.operation:
        about.add(world.clients.get(CLIENTS.get(case.relation, "")))
    own = {world.hospitals.get(one.hospital or ""), world.networks.get(one.network or "")}
    return {world.clients.get(case.who)} | own | about


def invert(named: dict[str, str]) -> dict[str, str]:
    """Names by ids."""
    return {value: name for name, value in named.items()}


def test_nobody_reads_what_is_anothers(as_served: Asked, counted: Callable[[str], None]) -> None:
    found = []
    for case, reply in as_served.replies:
        text = f"{reply.headers} {reply.body}"
        sent = f"{case.request.path} {case.request.body!r}"
        for name in HOSPITALS:
            reaches = party(case.who).reaches(case.who, name)
            for canary, kinds in CANARIES:
                may = reaches and party(case.who).kind in kinds
                if canary(name) in text and canary(name) not in sent and not may:
                    found.append(f"{case.operation} as {case.who}: {canary(name)}: {text}")
    counted(f"{len(as_served.replies)} replies inspected, {len(found)} canaries of others")
    assert not found, told(found)


def test_canaries_would_be_seen(as_served: Asked) -> None:
    text = "".join(reply.body for _, reply in as_served.replies)

    assert len(as_served.replies) >= 500
    for canary, _ in CANARIES:
        assert canary("own") in text


def test_lists_are_of_ones_own(world: World, as_served: Asked) -> None:
    asked = {(case.operation, case.who): reply for case, reply in as_served.replies}
    for who, one in PARTIES.items():
        if one.kind in KINDS["organizations:read"]:
            listed = json.loads(asked["GET /v1/organizations", who].body)["data"]
            theirs = {world.hospitals[name] for name in HOSPITALS if one.reaches(who, name)}
            assert {each["id"] for each in listed} == theirs
        if one.kind:
            listed = json.loads(asked["GET /v1/clients", who].body)["data"]
            own = {
                "network": {("network_id", world.networks.get(one.network or ""))},
                "organization": {("organization_id", world.hospitals.get(one.hospital or ""))},
            }.get(one.kind, {("id", world.clients[who])})
            assert listed
            assert one.kind == "operator" or all(own <= set(flat(each)) for each in listed)


def flat(row: dict[str, Any]) -> list[tuple[str, str]]:
    """Fields of a row that are text."""
    return [(name, value) for name, value in row.items() if isinstance(value, str)]
