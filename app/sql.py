"""Statements that never change, straight to the driver.

For what is hot: SQLAlchemy builds a statement anew each time, and waits for each. Here several go
out at once (`transaction`), and only what is asked for is waited for. Rows come as tuples; sets go
in as one JSON text (`json_to_recordset`), which is written and read faster than arrays are.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, LiteralString

import orjson
import psycopg
from psycopg import AsyncCursor
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app import exchange
from app.exchange import Driver, Exchange, Line, Row

Session = AsyncSession | Exchange
"""A transaction: one of SQLAlchemy's, or the driver's own where not even that is wanted."""

Sent = AsyncCursor[Row] | exchange.Sent
"""A statement that was sent."""


async def send(
    session: Session, statement: LiteralString, parameters: Sequence[object] = ()
) -> Sent:
    """Send a statement; what goes wrong is told now, or when something is waited for.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    if isinstance(session, Exchange):
        return session.send(statement, parameters)
    driver = await _driver(await session.connection())
    try:
        return await driver.cursor().execute(statement, parameters)
    except psycopg.Error as exc:
        raise _told_as_ever(exc, driver) from exc


async def fetch(*sent: Sent) -> list[list[Row]]:
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
async def connected(engine: AsyncEngine) -> AsyncIterator[Line]:
    """A connection for several transactions, one after the other."""
    async with engine.connect() as connection:
        line = Line(await _driver(connection))
        try:
            yield line
        finally:
            await line.leave()


@asynccontextmanager
async def transaction(line: Line) -> AsyncIterator[Exchange]:
    """Statements go out together with the first one after them whose rows are asked for.

    Committed at the end. After a failure the connection is only to be given back.

    Raises:
        DBAPIError: as SQLAlchemy raises it.
    """
    try:
        async with Exchange(line) as exchange:
            yield exchange
    except psycopg.Error as exc:
        raise _told_as_ever(exc, line.driver) from exc


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


async def _driver(connection: AsyncConnection) -> Driver:
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
