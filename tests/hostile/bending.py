"""A good request, and all the places in which it can be bent: one place, one value at a time."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import quote, unquote_to_bytes

from tests.hostile.bodies import BODIES
from tests.hostile.document import Operation
from tests.hostile.values import JSON, NAMES, TEXTS, Part

Step = str | int
MARK = "the place of the value"
FORM = "application/x-www-form-urlencoded"

ALWAYS = ("authorization", "idempotency-key", "accept", "if-none-match", "origin")
"""Headers that the document does not list with every operation, and that all of them read."""


@dataclass(frozen=True)
class Request:
    """What is sent, still in its parts."""

    operation: Operation
    path: Mapping[str, bytes]
    query: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, bytes] = field(default_factory=dict)
    body: tuple[Part, ...] | None = None
    """As it stands on the wire, in parts."""

    @property
    def target(self) -> tuple[bytes, bytes]:
        """Path and query as they stand on the wire."""
        path = self.operation.path.encode()
        for name, text in self.path.items():
            path = path.replace(b"{%s}" % name.encode(), text)
        return path, b"&".join(quote(k).encode() + b"=" + v for k, v in self.query.items())


@dataclass(frozen=True)
class Place:
    """Where a request is bent."""

    where: Literal["path", "query", "unknown", "header", "field", "name", "form", "body"]
    at: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return "/".join((self.where, *map(str, self.at)))

    @property
    def values(self) -> Mapping[str, Any]:
        """What fits here."""
        groups: dict[str, Mapping[str, Any]] = {"body": BODIES, "field": JSON, "name": NAMES}
        return groups.get(self.where, TEXTS)


def places(operation: Operation, good: Any) -> Iterator[Place]:
    """Every place of an operation, its body's fields by the schema and by a good body alike."""
    for where in ("path", "query", "header"):
        for name in operation.parameters(where):
            yield Place(where, (name.lower() if where == "header" else name,))
    yield Place("unknown")
    listed = {name.lower() for name in operation.parameters("header")}
    for name in ALWAYS:
        if name not in listed:
            yield Place("header", (name,))
    yield Place("body")
    if operation.media_type == "application/json":
        yield from _fields(_merged(operation.complete, good), ())
    elif operation.media_type == FORM:
        for name in _merged(operation.complete, good):
            yield Place("form", (name,))


def _fields(node: Any, at: tuple[Step, ...]) -> Iterator[Place]:
    """The place of a node and of all below it; of lists the first entry stands for all."""
    if at:
        yield Place("field", at)
    if isinstance(node, dict):
        for name, one in node.items():
            yield Place("name", (*at, name))
            yield from _fields(one, (*at, name))
    elif isinstance(node, list) and node:
        yield from _fields(node[0], (*at, 0))


def _merged(complete: Any, good: Any) -> Any:
    """The good body, and what the schema has besides."""
    if isinstance(complete, dict) and isinstance(good, dict):
        fixed = complete.keys() & good.keys()
        return {
            **complete,
            **good,
            **{name: _merged(complete[name], good[name]) for name in fixed},
        }
    if isinstance(complete, list) and isinstance(good, list) and complete and good:
        return [_merged(complete[0], good[0]), *good[1:]]
    return complete if good is None else good


def bent(request: Request, good: Any, place: Place, value: Any) -> Request:
    """The request with a value in a place."""
    name = str(place.at[0]) if place.at else ""
    changed: dict[str, Any]
    match place.where:
        case "body":
            headers = {header.decode(): one for header, one in value.headers}
            body = value.body() if callable(value.body) else value.body
            changed = {"body": (body,), "headers": {**request.headers, **headers}}
        case "path":
            changed = {"path": {**request.path, name: value}}
        case "query":
            changed = {"query": {**request.query, name: value}}
        case "unknown":
            changed = {"query": {**request.query, value.decode("latin-1"): b"1"}}
        case "header":
            changed = {"headers": {**request.headers, name: _header(value)}}
        case "form":
            fields = {one: quote(text).encode() for one, text in good.items()}
            changed = {"body": (form({**fields, name: value}),)}
        case _:
            changed = {"body": _json(request.operation.complete, good, place, value)}
    return replace(request, **changed)


def form(fields: Mapping[str, bytes]) -> bytes:
    """A form, its values percent-encoded already."""
    return b"&".join(name.encode() + b"=" + one for name, one in fields.items())


def _header(text: bytes) -> bytes:
    """Raw bytes, where a server lets them through."""
    raw = unquote_to_bytes(text)
    return text if set(raw) & set(b"\0\r\n") else raw


def _json(complete: Any, good: Any, place: Place, value: Part) -> tuple[Part, ...]:
    """The good body with a value in one place; of parents it lacks, the schema's own."""
    root: Any = {"": _copy(good)}
    spare, node = complete, root
    key: Step = ""
    for step in place.at:
        node, key, spare = node[key], step, _child(spare, step)
        if isinstance(node, dict) and node.get(key) is None:
            node[key] = _copy(spare)
    if place.where == "name":
        node[MARK] = node.pop(key)
    else:
        node[key] = MARK
    before, after = json.dumps(root[""]).encode().split(b'"%s"' % MARK.encode())
    return before, value, after


def _copy(node: Any) -> Any:
    """Without a part that stands in two places, as ``deepcopy`` would leave it."""
    return json.loads(json.dumps(node))


def _child(node: Any, step: Step) -> Any:
    if isinstance(node, list) and isinstance(step, int):
        return node[step] if step < len(node) else None
    return node.get(step) if isinstance(node, dict) else None
