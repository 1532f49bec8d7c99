"""How long the database is waited for; then its connection is dropped and the caller told.

A server that is stopped, or whose network is, keeps its sockets open and says nothing: only time
tells. psycopg would wait for ever, and for a cancelled statement ten seconds more.
"""

import asyncio
from typing import Any, TypeVar

from psycopg import AsyncConnection, waiting
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

QUEUE_SECONDS, PING_SECONDS, CONNECT_SECONDS = 0.8, 0.3, 1.0
"""For a free connection, for a sign of life of it, for a new one: a 503 comes within 3 seconds."""

STATEMENT_SECONDS, LOCK_SECONDS, IDLE_SECONDS = 5, 1, 10
"""The server's own limits: for a statement, for a lock, between statements of a transaction."""

ANSWER_SECONDS = STATEMENT_SECONDS + 1
"""By then the server has ended the statement, or is not there."""

BUILD_SECONDS = 600
"""For a statement of those few transactions that take their time."""

LIMITS = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout={LOCK_SECONDS}s"
    f" -c idle_in_transaction_session_timeout={IDLE_SECONDS}s"
)
INTERVAL = 0.1
"""How often psycopg looks whether time is up."""

Result = TypeVar("Result")


class Connection(AsyncConnection[TupleRow]):
    """A connection of limited patience."""

    patience: float = ANSWER_SECONDS

    async def wait(
        self,
        gen: PQGen[Result],
        interval: float = INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109 - as in psycopg
    ) -> Result:
        """Wait for the server; a statement that is left unanswered costs the connection."""
        limit = timeout or self.patience
        socket = self.pgconn.socket
        try:
            return await waiting.wait_async(gen, socket, interval=interval, timeout=limit)
        except BaseException:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


async def connect(*arguments: Any, **options: Any) -> Connection:  # noqa: ANN401 - as psycopg's
    """A new connection, soon or not at all.

    Raises:
        ConnectionTimeout: nobody answered.
    """
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            return await Connection.connect(*arguments, **options)
    except TimeoutError:
        raise ConnectionTimeout(f"no connection within {CONNECT_SECONDS} s") from None


def install(engine: AsyncEngine) -> None:
    """A connection that comes back is not trusted for long until it has given a sign of life."""

    @event.listens_for(engine.sync_engine, "checkin")
    def returned(connection: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter
        if connection is not None:
            connection.driver_connection.patience = PING_SECONDS

    @event.listens_for(engine.sync_engine, "checkout")
    def taken(connection: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's adapter
        connection.driver_connection.patience = ANSWER_SECONDS


def take_time(connection: Any) -> None:  # noqa: ANN401 - as SQLAlchemy hands it out
    """Wait long for this connection, until it is given back."""
    connection.patience = BUILD_SECONDS
