"""The FHIR façade, asked by everybody about everybody's: the answers are those of ``/v1``.

Once as served, and once with row-level security off. Resources are named by id alone: ``foreign``
has twins of the rows of ``own``, so of two rows with one id the right one has to come.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, NamedTuple

import pytest

from tests.conftest import Service
from tests.fhir.asking import BASE, filled
from tests.isolation.asking import Reply, Request, held
from tests.isolation.cases import Case
from tests.isolation.matrix import MISSING, Answer, Row, asked, expected, tenant
from tests.isolation.parties import HOSPITALS, party
from tests.isolation.test_matrix import CANARIES, TABLES, allowed_to_change, invert
from tests.isolation.world import ABSENT, World

ROOT = "QuestionnaireResponse"
NOBODYS = Answer((422,), "not-found")
"""What a resource is told that is about somebody else's organization."""

READ, WRITE = tenant("submissions:read"), tenant("submissions:write", done=(201,), agreed=True)
RESULTS = tenant("assessments:read", identified=True)


class Operation(NamedTuple):
    """A request, and what it is as an operation of ``/v1``."""

    row: Row
    request: Callable[[World, str, str], tuple[str, str, Any]]
    absent: Answer = MISSING


def child(world: World, kind: str, who: str, relation: str) -> str:
    """A row below a hospital: of one that the party made, if it made any; never a twin's id."""
    mine = world.children.get(f"{relation} {kind} {who}")
    if relation == "foreign":
        return mine or world.foreign_only(kind)
    return mine or world.children.get(f"{relation} {kind}", ABSENT)


def subject(world: World, relation: str) -> str:
    return f"Organization/{world.hospitals.get(relation, ABSENT)}"


def resource(world: World, relation: str) -> dict[str, Any]:
    return filled(subject={"reference": subject(world, relation)}, identifier={"value": "new"})


def bundle(world: World, relation: str) -> dict[str, Any]:
    entry = {
        "resource": resource(world, relation),
        "request": {"method": "POST", "url": ROOT},
    }
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}


FILLED = replace(READ, filled=True)
OPERATIONS = {
    "read": Operation(
        FILLED, lambda w, who, of: ("GET", f"/{ROOT}/{child(w, 'submission', who, of)}", None)
    ),
    "read a version": Operation(
        FILLED,
        lambda w, who, of: ("GET", f"/{ROOT}/{child(w, 'submission', who, of)}/_history/1", None),
    ),
    "search": Operation(READ, lambda w, _, of: ("GET", f"/{ROOT}?subject={subject(w, of)}", None)),
    "create": Operation(WRITE, lambda w, _, of: ("POST", f"/{ROOT}", resource(w, of)), NOBODYS),
    "transaction": Operation(
        replace(WRITE, done=(200,)), lambda w, _, of: ("POST", "", bundle(w, of)), NOBODYS
    ),
    "score of a submission": Operation(
        FILLED,
        lambda w, who, of: ("GET", f"/Observation/s-{child(w, 'submission', who, of)}-0", None),
    ),
    "score of a round": Operation(
        replace(RESULTS, filled=True),
        lambda w, who, of: ("GET", f"/Observation/r-{child(w, 'locked round', who, of)}-0", None),
    ),
    "scores of rounds": Operation(
        RESULTS, lambda w, _, of: ("GET", f"/Observation?subject={subject(w, of)}", None)
    ),
    "organization": Operation(
        tenant("organizations:read"), lambda w, _, of: ("GET", f"/{subject(w, of)}", None)
    ),
}


def cases(world: World) -> Iterator[Case]:
    for name, (row, request, absent) in OPERATIONS.items():
        for who, relation in asked(row):
            if row.filled and relation == "own" and party(who).reaches(who, "foreign"):
                continue  # the id is that of the twin too, which they have
            method, path, body = request(world, who, relation)
            key = world.keys.get(who)
            headers = {"content-type": "application/fhir+json"}
            headers |= {} if key is None else {"authorization": f"Bearer {key}"}
            content = b"" if body is None else json.dumps(body).encode()
            answer = expected(row, who, relation)
            if answer.slug == "not-shared" and name == "score of a round":
                answer = MISSING  # by id alone, nothing may tell that there is something
            answer = absent if answer == MISSING else answer
            yield Case(name, who, relation, Request(method, BASE + path, headers, content), answer)


Replies = list[tuple[Case, Reply]]


def ask_all(service: Service, world: World, watched: list[str]) -> Replies:
    every = list(cases(world))
    with held(service, watched) as ask:
        return list(zip(every, ask([one.request for one in every]), strict=True))


NewWorld = Callable[..., AbstractContextManager[Service]]


@pytest.fixture(scope="module")
def as_served(new_world: NewWorld, world: World) -> Replies:
    with new_world() as service:
        return ask_all(service, world, [])


@pytest.fixture(scope="module")
def without_policies(new_world: NewWorld, world: World) -> Replies:
    with new_world() as service:
        with service.superuser() as database:
            tables = [name for (name,) in database.execute(TABLES.encode()).fetchall()]
            for table in tables:
                database.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY".encode())
        return ask_all(service, world, tables)


def wrong(replies: Replies) -> list[str]:
    found = []
    alike: dict[tuple[str, str], str] = {}
    for case, reply in replies:
        said = f"{case.operation} as {case.who}, {case.relation}: {reply.status} {reply.body[:400]}"
        issue = json.loads(reply.body).get("issue", [{}])[0]
        code = issue["details"]["coding"][0]["code"] if issue else ""
        if reply.status not in case.answer.statuses or (code != case.answer.slug and issue):
            found.append(f"{said}, not {case.answer}")
        if case.answer in (MISSING, NOBODYS):
            asked_for = case.request.body.decode().partition("Organization/")[2][:36] or "-"
            same = reply.body.replace(asked_for, "?")
            if alike.setdefault((case.operation, case.who), same) != same:
                found.append(f"{said} differs from {alike[case.operation, case.who]}")
    return found


def test_everybody_gets_what_is_theirs(as_served: Replies, counted: Callable[[str], None]) -> None:
    counted(f"{len(as_served)} checks")
    assert wrong(as_served) == []
    assert len(as_served) >= 300
    for name in OPERATIONS:
        good = [reply for case, reply in as_served if case.operation == name]
        assert {reply.status < 300 for reply in good} == {True, False}


def test_the_queries_alone_keep_everybody_apart(without_policies: Replies) -> None:
    assert wrong(without_policies) == []


def test_the_queries_alone_find_the_same(as_served: Replies, without_policies: Replies) -> None:
    for (case, before), (_, after) in zip(as_served, without_policies, strict=True):
        if case.request.method == "GET":
            assert (before.status, before.body) == (after.status, after.body), case


def test_nobody_reads_what_is_anothers(as_served: Replies, without_policies: Replies) -> None:
    seen = set()
    for case, reply in (*as_served, *without_policies):
        for name in HOSPITALS:
            one = party(case.who)
            for canary, kinds in CANARIES:
                if canary(name) in reply.body:
                    seen.add(name)
                    assert one.reaches(case.who, name), (case, reply)
                    assert one.kind in kinds, (case, reply)
    assert {"own", "sibling", "foreign"} <= seen


def test_nobody_changes_what_is_anothers(world: World, without_policies: Replies) -> None:
    owners = {**invert(world.hospitals), **invert(world.networks), **invert(world.clients)}
    changed = 0
    for case, reply in without_policies:
        touched = {owner for _, owner in reply.touched if owner in owners}
        allowed = allowed_to_change(world, case) if reply.status < 400 else set()
        assert touched <= allowed, (case, [owners[one] for one in touched - allowed])
        changed += bool(touched)
    assert changed
