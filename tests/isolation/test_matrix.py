"""Every operation of the OpenAPI document, asked by everybody about everybody's.

Asked twice: as served, and with row-level security off, where what the queries say themselves must
keep everybody apart.
"""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import pytest

from app.main import create_app
from app.settings import Settings
from tests.conftest import Service
from tests.isolation.asking import Reply, held, normal
from tests.isolation.cases import Case, cases
from tests.isolation.matrix import CLIENTS, NETWORKS
from tests.isolation.parties import HOSPITALS, KINDS, party
from tests.isolation.rows import ROWS
from tests.isolation.world import World, candid_canary, key_id, public_canary

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
TABLES = (
    "SELECT relname FROM pg_class WHERE relkind = 'r' AND relrowsecurity"
    " AND relnamespace = 'public'::regnamespace ORDER BY relname"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """All checks with their replies, and the ids that were there before."""

    replies: list[tuple[Case, Reply]]
    known: set[str | None]


def ask_all(service: Service, world: World, watched: list[str]) -> Asked:
    asked = [
        case for name in OPERATIONS for row in ROWS.get(name, ()) for case in cases(world, name, row)
    ]
    with service.superuser() as database:
        tables = [name for (name,) in database.execute(TABLES.encode()).fetchall()]
        rows = [
            str(row)
            for table in tables or watched
            for row in database.execute(f"SELECT t::text FROM {table} t".encode()).fetchall()  # noqa: S608 - names of tables
        ]
    known = set(re.findall(r"[0-9a-f]{8}-[0-9a-f-]{27}", " ".join(rows)))
    known |= {key_id(key) for key in world.keys.values()}
    with held(service, watched) as ask:
        replies = ask([case.request for case in asked])
    return Asked(list(zip(asked, replies, strict=True)), known)


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
    found, alike = [], {}
    for case, reply in asked.replies:
        slug = reply.slug if case.answer.slug else ""
        said = f"{case.operation} as {case.who}, {case.relation}: {reply.status} {reply.body[:99]}"
        if reply.status not in case.answer.statuses or slug != case.answer.slug:
            found.append(f"{said}, not {case.answer}")
        if case.alike:
            same = reply._replace(body=case.blanked(reply.body))
            first = alike.setdefault((case.operation, case.who, case.alike), same)
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
        assert scope.endswith(":read") == (name.startswith("GET ") or name.endswith("/exports"))
        assert "403" in operation["responses"]


def test_everybody_gets_the_declared_answer(
    as_served: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = wrong(as_served)

    with capsys.disabled():
        count = len(as_served.replies)
        print(f"\n{len(OPERATIONS)} operations: {count} checks, {len(faults)} wrong")  # noqa: T201
    assert not faults, told(faults)
    assert not [case for case, reply in as_served.replies if reply.status >= 500]


def test_the_queries_alone_keep_everybody_apart(
    as_served: Asked, without_policies: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = wrong(without_policies)
    for (case, with_them), (_, without) in zip(
        as_served.replies, without_policies.replies, strict=True
    ):
        before, after = normal(with_them, as_served.known), normal(without, without_policies.known)
        if before != after:
            faults.append(f"{case.operation} as {case.who}, {case.relation}: {before} != {after}")

    with capsys.disabled():
        count = len(without_policies.replies)
        print(f"\nwithout row-level security: {count} checks, {len(faults)} wrong")  # noqa: T201
    assert not faults, told(faults)
    assert len(as_served.replies) + count >= 2_400


def test_nobody_changes_what_is_anothers(world: World, without_policies: Asked) -> None:
    owners = {**invert(world.hospitals), **invert(world.networks), **invert(world.clients)}
    changed = 0
    for case, reply in without_policies.replies:
        touched = {owner for _, owner in reply.touched if owner in owners}
        allowed = allowed_to_change(world, case) if reply.status < 400 else set()
        assert touched <= allowed, (case, [owners[one] for one in touched - allowed])
        changed += bool(touched)
    assert changed > 50


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


def test_nobody_reads_what_is_anothers(
    world: World, as_served: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    found, seen = [], set()
    for case, reply in as_served.replies:
        text = f"{reply.headers} {reply.body}"
        sent = f"{case.request.path} {case.request.body!r}"
        for name in HOSPITALS:
            for canary, may in ((public_canary(name), reads_names), (candid_canary(name), reads)):
                if canary in text and canary not in sent:
                    seen.add(canary)
                    if not may(case, name):
                        found.append(f"{case.operation} as {case.who}: {canary} in {text[:200]}")
    with capsys.disabled():
        count = len(as_served.replies)
        print(f"\n{count} replies inspected, {len(found)} canaries of others")  # noqa: T201
    assert not found, told(found)
    assert count >= 500
    for name in ("own", "foreign"):
        assert {public_canary(name), candid_canary(name)} <= seen


def reads_names(case: Case, hospital: str) -> bool:
    """Who sees a hospital's name."""
    return _asker(case).reaches(case.who, hospital)


def reads(case: Case, hospital: str) -> bool:
    """Who sees what is in a hospital's submissions: not the operator, not those without scope."""
    one = _asker(case)
    return one.reaches(case.who, hospital) and one.kind != "operator"


def _asker(case: Case) -> Any:
    return party(case.who)
