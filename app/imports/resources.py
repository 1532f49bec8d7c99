"""FHIR's QuestionnaireResponses as lines: one a line, or the entries of a Bundle."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from app.catalog import service as catalog
from app.imports.lines import MAX_LINE, Line, Record, too_long
from app.jsonbody import MAX_BULK_VALUES, read_json
from app.problems import Invalid, PayloadTooLarge, error
from app.r4 import response
from app.r4.names import Names

MAX_BUNDLE = 20_971_520
"""Bytes: a Bundle is read as a whole. Longer ones go in as lines."""


def of_bundle(file: BinaryIO) -> Iterator[Record]:
    """The resources of a Bundle's entries, each a line by its place from 1 on.

    Raises:
        MalformedJson: not JSON.
        Invalid: no Bundle with entries.
        PayloadTooLarge: more than is read at once.
    """
    raw = file.read(MAX_BUNDLE + 1)
    if len(raw) > MAX_BUNDLE:
        raise PayloadTooLarge(f"A Bundle of more than {MAX_BUNDLE} bytes goes in as fhir+ndjson")
    given = read_json(raw, MAX_BULK_VALUES)
    entries = given.get("entry") if isinstance(given, dict) else None
    if not isinstance(given, dict) or given.get("resourceType") != "Bundle":
        raise Invalid([error("/resourceType", "not-one-of", "A Bundle", expected=["Bundle"])])
    if not isinstance(entries, list):
        raise Invalid([error("/entry", "list-type", "A Bundle's entries are a list")])
    for number, entry in enumerate(entries, 1):
        resource = entry.get("resource") if isinstance(entry, dict) else entry
        try:
            text = orjson.dumps(resource)
        except TypeError:  # a number beyond 64 bits
            wrong = error("", "malformed-json", "A number is too large")
            yield Record(number, b"", [wrong])
        else:
            yield Record(number, text) if len(text) <= MAX_LINE else too_long(number, len(text))


async def understand(session: AsyncSession, names: Names, lines: Iterable[Line]) -> list[Line]:
    """Resources as lines of ours; what is wrong is said with its place in the resource."""
    return [one if one.errors else await _understand(session, names, one) for one in lines]


async def _understand(session: AsyncSession, names: Names, line: Line) -> Line:
    said = response.read(line.given, names)
    wanted = said.wanted
    found = None if wanted is None else await catalog.find_instrument(session, *wanted)
    body = said.body(None if found is None else found.definition)
    given = dict(body.given)
    if body.organization is not None:
        given["organization"] = body.organization
    return Line(line.number, given, body.errors, body.placed)
