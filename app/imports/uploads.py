"""Bodies of imports: to disk as they come, so that none is ever in memory as a whole."""

import hashlib
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO

from fastapi import Request, Response

from app.access import callers
from app.api import ParsedRequest, Route
from app.db import transaction
from app.imports import arrays, lines, resources, tables, workbooks
from app.imports.lines import Record
from app.imports.schemas import Format
from app.problems import Invalid, UnsupportedMediaType, error

IN_MEMORY = 1_048_576
"""Bytes; of a larger body the rest is taken only from somebody whose key is good."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A body that is whole."""

    file: BinaryIO
    sha256: bytes


class UploadRoute(Route):
    """A route whose body may be larger than memory."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, after which the body is let go."""
        answered = super().get_route_handler()

        async def handler(request: Request) -> Response:
            with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
                request.state.file = file
                return await answered(request)

        return handler

    async def take_in(self, request: ParsedRequest) -> None:
        """Write the body down as it comes."""
        file: BinaryIO = request.state.file
        digest, size = hashlib.sha256(), 0
        async for some in request.stream():
            if size <= IN_MEMORY < size + len(some):
                await _check_key(request)
            digest.update(some)
            size += len(some)
            file.write(some)
        file.seek(0)
        request.parsed = Upload(file, digest.digest())


async def _check_key(request: Request) -> None:
    presented = request.headers.get("authorization", "")
    pepper, now = request.app.state.pepper, datetime.now(UTC)
    async with transaction(request.app.state.engine) as session:
        scheme, _, key = presented.partition(" ")
        known = key.strip() if scheme.lower() == "bearer" else None
        await callers.authenticate(session, known, pepper=pepper, now=now)


Reader = Callable[[BinaryIO], Iterator[Record]]

MEDIA_TYPES = {
    "application/x-ndjson": Format.NDJSON,
    "application/ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "application/json": Format.JSON,
    "text/csv": Format.CSV,
    "application/fhir+ndjson": Format.FHIR,
    "application/fhir+json": Format.FHIR,
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": Format.XLSX,
}

READERS: dict[Format, Reader] = {
    Format.NDJSON: lines.of_ndjson,
    Format.JSON: arrays.of_array,
    Format.FHIR: lines.of_ndjson,
    Format.XLSX: workbooks.of_workbook,
}


def reader_of(content_type: str) -> tuple[Format, Reader]:
    """The format of a body, and what reads it.

    Raises:
        UnsupportedMediaType: in none of our formats.
        Invalid: in a charset that we do not read.
    """
    media_type, _, parameters = content_type.partition(";")
    found = MEDIA_TYPES.get(media_type.strip().lower())
    if found is None:
        formats = ", ".join(sorted(MEDIA_TYPES))
        raise UnsupportedMediaType(
            f"Send one of {formats}, not {media_type[:64] or 'nothing'};"
            " of other spreadsheets save the table as .xlsx, or as CSV UTF-8"
        )
    if media_type.strip().lower() == "application/fhir+json":
        return found, resources.of_bundle
    if found is not Format.CSV:
        return found, READERS[found]
    charset = _charset(parameters)
    return found, lambda file: tables.of_csv(file, charset)


def _charset(parameters: str) -> str:
    for one in parameters.split(";"):
        name, _, value = one.partition("=")
        charset = value.strip().strip('"').lower()
        if name.strip().lower() == "charset":
            if charset in tables.CHARSETS:
                return charset
            detail = "No such charset here"
            raise Invalid(
                [
                    error(
                        "header:/content-type",
                        "unknown-charset",
                        detail,
                        received=charset[:64],
                        expected=[*tables.CHARSETS],
                    )
                ]
            )
    return tables.CHARSETS[0]
