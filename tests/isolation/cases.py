"""The checks of an operation: who asks for what, with which key, and what has to come back."""

import base64
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from tests.isolation.asking import Request
from tests.isolation.matrix import (
    CLIENTS,
    MISSING,
    NETWORKS,
    Answer,
    Row,
    asked,
    expected,
    lacking,
    must_look_like,
)
from tests.isolation.parties import KINDS
from tests.isolation.world import ABSENT, World, key_id, public_canary


class Case(NamedTuple):
    """One check."""

    operation: str
    who: str
    relation: str
    request: Request
    answer: Answer
    alike: str = ""
    """Replies of an operation that are of one name must be the same bytes."""

    def blanked(self, text: str) -> str:
        """A reply without the reference that was sent in the body and comes back in it.

        Nor with the id of an import, which each has anew.
        """
        return text if "{" in self.operation else REFERENCE.sub("?", text)


REFERENCE = re.compile(
    r'(?:(?<="received":")|(?<="organization":")|(?<=^{"id":"))[0-9a-f-]{36}(?=")'
)


def cases(world: World, operation: str, row: Row) -> Iterator[Case]:
    """All checks of one operation."""
    for who, relation in asked(row):
        request = make_request(world, operation, row, who, relation)
        answer, alike = expected(row, who, relation), must_look_like(row, who, relation)
        yield Case(operation, who, relation, request, answer, alike)
    if row.scope:
        yield from _lacking(world, operation, row)
    if "{org}" in operation:
        yield from _by_name(world, operation, row)
    if row.child:
        yield from _children(world, operation, row)


def make_request(
    world: World, operation: str, row: Row, who: str, relation: str, **values: str
) -> Request:
    """A valid request of a party, about what the relation says."""
    method, _, path = operation.partition(" ")
    known = {**row.values, **_named(world, row, who, relation), **values}
    headers, body = {**row.headers, **_credentials(world, row, who)}, b""
    if row.body is not None:
        content = row.body(world, relation)
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        headers.setdefault("content-type", "application/json")
    return Request(method, path.format_map(known) + row.query, headers, body)


def _named(world: World, row: Row, who: str, relation: str) -> dict[str, str]:
    """What the parameters of the path stand for."""
    client = who if relation == "itself" else CLIENTS.get(relation, "")
    named = {
        "org": world.hospitals.get(relation, ABSENT),
        "network": world.networks.get(NETWORKS.get(relation, ""), ABSENT),
        "client": world.clients.get(client, ABSENT),
    }
    if row.about == "import":
        named["import_id"] = world.children.get(f"{relation} import", ABSENT)
    if row.kind == "key":
        named[row.child] = key_id(world.keys[client]) if client in world.keys else "00000000"
    elif row.child:
        named[row.child] = world.child(relation, row.kind, who)
    return named


def _credentials(world: World, row: Row, who: str) -> dict[str, str]:
    if who not in world.keys:
        return {}
    if row.scheme == "client":
        pair = f"{world.clients.get(who, ABSENT)}:{world.keys[who]}"
        return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
    return {"authorization": f"Bearer {world.keys[who]}"}


def _lacking(world: World, operation: str, row: Row) -> Iterator[Case]:
    """Keys, and a grant, that have every scope but the one that is needed."""
    home = "itself" if row.about == "client" else "own"
    names = [f"{kind} less {row.scope}" for kind in sorted(KINDS[row.scope])]
    if "partner" in KINDS[row.scope] and "{org}" in operation:
        names.append(f"granted less {row.scope}")
    for name in names:
        request = make_request(world, operation, row, name, home)
        yield Case(operation, name, home, request, lacking(row.scope))


def _by_name(world: World, operation: str, row: Row) -> Iterator[Case]:
    """A foreign hospital by the names that it goes by, and one that is not there."""
    names = (public_canary("foreign"), f"own:{public_canary('foreign')}", "nobody", "own:nobody")
    for who in ("organization", "network", "partner with grant"):
        if expected(row, who, "foreign") != MISSING:
            continue
        alike = must_look_like(row, who, "foreign")
        for name in names:
            request = make_request(world, operation, row, who, "foreign", org=name)
            yield Case(operation, who, f"by {name}", request, MISSING, alike)


def _children(world: World, operation: str, row: Row) -> Iterator[Case]:
    """Under what is one's own: a row of a foreign one, of another client, and of nobody."""
    home = "itself" if row.about == "client" else "own"
    for who in ("organization", "network", "partner with grant"):
        if expected(row, who, home).slug:
            continue
        for relation, child in _others(world, row, who).items():
            request = make_request(world, operation, row, who, home, **{row.child: child})
            yield Case(operation, who, relation, request, MISSING, f"no child for {who}")


def _others(world: World, row: Row, who: str) -> dict[str, Any]:
    if row.kind == "key":
        return {"foreign's": key_id(world.keys["foreign's own"]), "nobody's": "00000000"}
    others = {"foreign's": world.foreign_only(row.kind), "nobody's": ABSENT}
    if row.pushed and who != "organization":
        others["another's"] = world.child("own", row.kind, "own's own")
    return others
