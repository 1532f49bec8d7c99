"""What PostgreSQL says to statements that went out together.

The socket is looked at when there is something to see; psycopg's own waiting looks before and
after each statement.
"""

import asyncio

from psycopg.errors import Error, OperationalError
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from app.patience import ANSWER_SECONDS


class Answers:
    """One result of each statement, up to so many syncs."""

    def __init__(self, pgconn: PGconn, syncs: int) -> None:
        self._pgconn, self._syncs = pgconn, syncs
        self._results: list[PGresult] = []
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()

    async def wait(self) -> list[PGresult]:
        """All of them, those of failures too; to be left unanswered costs the connection.

        Raises:
            OperationalError: they do not come.
        """
        try:
            self._look()
            if not self._done.done():
                await self._wait()
            self._done.result()
        except BaseException:
            if self._pgconn.transaction_status == TransactionStatus.ACTIVE:
                self._pgconn.finish()
            raise
        return self._results

    async def _wait(self) -> None:
        socket, loop = self._pgconn.socket, self._loop
        timer = loop.call_later(ANSWER_SECONDS, self._end, OperationalError("no answer in time"))
        loop.add_reader(socket, self._look)
        unsent = self._pgconn.flush()
        if unsent:
            loop.add_writer(socket, self._push)
        try:
            await self._done
        finally:
            timer.cancel()
            loop.remove_reader(socket)
            if unsent:
                loop.remove_writer(socket)

    def _look(self) -> None:
        try:
            self._pgconn.consume_input()
            self._read()
        except Error as exc:
            self._end(exc)

    def _push(self) -> None:
        try:
            if not self._pgconn.flush():
                self._loop.remove_writer(self._pgconn.socket)
        except Error as exc:
            self._end(exc)

    def _read(self) -> None:
        pgconn, ended = self._pgconn, False
        while self._syncs and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is None:
                if ended:
                    return
                ended = True
                continue
            ended = False
            if result.status == ExecStatus.PIPELINE_SYNC:
                self._syncs -= 1
            else:
                self._results.append(result)
        if not self._syncs:
            self._end()

    def _end(self, exc: Exception | None = None) -> None:
        if self._done.done():
            return
        if exc is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(exc)
