"""Good requests to bend: those of the authorization matrix, by a party that may."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.hostile.bending import FORM, Request
from tests.hostile.document import Operation
from tests.isolation.cases import make_request
from tests.isolation.matrix import ASKED, Row, expected
from tests.isolation.parties import PARTIES
from tests.isolation.rows import ROWS
from tests.isolation.world import World


def good_request(world: World, operation: Operation) -> tuple[Request, Any]:
    """A request that is accepted, and its body before it is written down."""
    row = row_of(operation)
    who, relation = asked_by(row)
    asked = make_request(world, operation.name, row, who, relation)
    headers = {name: text.encode() for name, text in asked.headers.items()}
    written = asked.body or b"{}"
    body = None
    if operation.media_type:
        headers.setdefault("content-type", operation.media_type.encode())
        body = (written,)
    query = {one: text.encode() for one, text in parse_qsl(urlsplit(asked.path).query)}
    request = Request(operation, names(world, operation), query, headers, body)
    return request, read(operation, written)


def row_of(operation: Operation) -> Row:
    """Its row in the matrix: the first way of asking."""
    return ROWS[operation.name][0]


def asked_by(row: Row) -> tuple[str, str]:
    """Somebody who may, and about whose."""
    return next(
        (who, relation)
        for relation in ASKED[row.about]
        for who in PARTIES
        for answer in [expected(row, who, relation)]
        if answer.statuses == row.done and not answer.slug
    )


def names(world: World, operation: Operation) -> dict[str, bytes]:
    """What the parameters of the path stand for."""
    row = replace(row_of(operation), query="")
    who, relation = asked_by(row)
    return {
        name: make_request(world, f"GET {{{name}}}", row, who, relation).path.encode()
        for name in operation.parameters("path")
    }


def read(operation: Operation, body: bytes) -> Any:
    """A body as it was before it was written down."""
    if operation.media_type == FORM:
        return dict(parse_qsl(body.decode()))
    return json.loads(body) if operation.media_type == "application/json" else None
