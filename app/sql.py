"""Statements that never change, straight to the driver: prepared once, and sent together.

For what is hot. SQLAlchemy builds a statement anew each time, and waits for each; here several go
out at once (`pipelined`), and only what is asked for is waited for. Rows come as tuples. Sets go in
as one JSON text (`json_to_recordset`), which is written and read faster than arrays are.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

Row = tuple[Any, ...]
DRIVER = "driver"
"""Where a session keeps the connection under it while statements are sent together."""


async def send(
    session: AsyncSession, statement: LiteralString, parameters: Sequence[object] = ()
) -> AsyncCursor[Row]:
    """Send a statement; what goes wrong is told now, or by the next one that is waited for.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    connection = await _driver(session)
    with _told_as_ever(connection):
        return await connection.cursor().execute(statement, parameters)


async def fetch(session: AsyncSession, *sent: AsyncCursor[Row]) -> list[list[Row]]:
    """The rows of statements that were sent.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    with _told_as_ever(await _driver(session)):
        return [await one.fetchall() for one in sent]


async def rows(
    session: AsyncSession, statement: LiteralString, parameters: Sequence[object] = ()
) -> list[Row]:
    """The rows of one statement."""
    [found] = await fetch(session, await send(session, statement, parameters))
    return found


@asynccontextmanager
async def pipelined(session: AsyncSession) -> AsyncIterator[None]:
    """Send statements on without waiting for those before, unless rows are asked for."""
    connection = await _driver(session)
    session.info[DRIVER] = connection
    try:
        with _told_as_ever(connection):
            async with connection.pipeline():
                yield
    finally:
        del session.info[DRIVER]


def json_of(values: object) -> str:
    """Values as the text of one parameter."""
    return orjson.dumps(values).decode()


def hex_of(value: bytes | None) -> str | None:
    """Bytes as PostgreSQL reads them in a text."""
    return None if value is None else rf"\x{value.hex()}"


async def _driver(session: AsyncSession) -> AsyncConnection[Row]:
    known: AsyncConnection[Row] | None = session.info.get(DRIVER)
    if known is not None:
        return known
    connection = await session.connection()
    found: Any = (await connection.get_raw_connection()).driver_connection
    driver: AsyncConnection[Row] = found
    return driver


@contextmanager
def _told_as_ever(connection: AsyncConnection[Row]) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as exc:
        raise DBAPIError.instance(
            None,
            None,
            exc,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=connection.closed,
        ) from exc
