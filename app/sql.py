"""Statements that never change, straight to the driver: prepared once, and sent together.

For what is hot. SQLAlchemy builds a statement anew each time, and waits for each; here several go
out at once (`transaction`), and only what is asked for is waited for. Rows come as tuples. Sets go in
as one JSON text (`json_to_recordset`), which is written and read faster than arrays are.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import AsyncConnection, AsyncCursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection as Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

Row = tuple[Any, ...]
Driver = AsyncConnection[Row]
Session = AsyncSession | Driver
"""A transaction: one of SQLAlchemy's, or the driver's own where not even that is wanted."""


async def send(
    session: Session, statement: LiteralString, parameters: Sequence[object] = ()
) -> AsyncCursor[Row]:
    """Send a statement; what goes wrong is told now, or by the next one that is waited for.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    driver = session if isinstance(session, AsyncConnection) else await _driver(session)
    try:
        return await driver.cursor().execute(statement, parameters)
    except psycopg.Error as exc:
        raise _told_as_ever(exc, driver) from exc


async def fetch(*sent: AsyncCursor[Row]) -> list[list[Row]]:
    """The rows of statements that were sent.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    try:
        return [await one.fetchall() for one in sent]
    except psycopg.Error as exc:
        raise _told_as_ever(exc, sent[0].connection) from exc


async def rows(
    session: Session, statement: LiteralString, parameters: Sequence[object] = ()
) -> list[Row]:
    """The rows of one statement."""
    [found] = await fetch(await send(session, statement, parameters))
    return found


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[Driver]:
    """A connection for several transactions, one after the other."""
    async with engine.connect() as connection:
        yield await _driver_of(connection)
    # Whatever was not committed is rolled back as it goes back to the pool.


@asynccontextmanager
async def transaction(driver: Driver) -> AsyncIterator[None]:
    """Statements are sent on without waiting for those before; then all is committed.

    Only rows that are asked for are waited for, and the commit. After a failure the connection is
    good for nothing but being given back.
    """
    try:
        async with driver.pipeline():
            yield
            await driver.commit()
    except psycopg.Error as exc:
        raise _told_as_ever(exc, driver) from exc


def json_of(values: object) -> str:
    """Values as the text of one parameter; bytes as PostgreSQL reads them in a text."""
    return orjson.dumps(values, default=hex_of).decode()


def hex_of(value: object) -> str:
    """Bytes as PostgreSQL reads them in a text.

    Raises:
        TypeError: it is no bytes.
    """
    if not isinstance(value, bytes):
        raise TypeError(f"{type(value).__name__} is not for the database")
    return rf"\x{value.hex()}"


async def _driver(session: AsyncSession) -> Driver:
    return await _driver_of(await session.connection())


async def _driver_of(connection: Connection) -> Driver:
    found: Any = (await connection.get_raw_connection()).driver_connection
    driver: Driver = found
    return driver


def _told_as_ever(exc: psycopg.Error, driver: Driver) -> Exception:
    told: Exception = DBAPIError.instance(
        None,
        None,
        exc,
        psycopg.Error,
        hide_parameters=True,
        connection_invalidated=driver.closed,
    )
    return told
