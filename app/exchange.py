"""Transactions on one connection whose statements go out together, and are waited for together.

psycopg's own pipeline does the same, but waits at each statement, a third of a batch's whole cost.
Parameters are texts. psycopg forgets all that is prepared when it rolls back, so what is prepared
here is for as long as a connection is had.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import TracebackType
from typing import Any, Self

from psycopg import AsyncConnection, generators
from psycopg.adapt import Transformer
from psycopg.errors import Error, error_from_result
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from app.pipeline import Answers

Row = tuple[Any, ...]
Driver = AsyncConnection[Row]

ONCE = 2
"""Uses after which a statement is prepared."""


@dataclass(slots=True)
class Line:
    """A connection that is had for some transactions, and what was prepared on it for these."""

    driver: Driver
    uses: Counter[str] = field(default_factory=Counter)
    prepared: dict[str, bytes] = field(default_factory=dict)
    reader: Any = field(init=False)
    """psycopg's, which knows how to read what it read before."""

    def __post_init__(self) -> None:
        self.reader = Transformer(self.driver)

    async def leave(self) -> None:
        """Roll back what is not committed, and forget what was prepared."""
        if self.driver.closed:
            return
        try:
            await self.driver.rollback()
            if self.prepared:
                names = b"; ".join(b"DEALLOCATE " + one for one in self.prepared.values())
                self.driver.pgconn.send_query(names)
                await self.driver.wait(generators.execute(self.driver.pgconn))
        except Error:
            self.driver.pgconn.finish()  # whoever has it next gets a new one


class Sent:
    """A statement that goes out with those that are sent by the time that somebody wants rows."""

    def __init__(self, exchange: "Exchange", statement: str = "") -> None:
        self.exchange, self.statement = exchange, statement
        self.name = b""
        """Of what this prepares."""
        self.result: PGresult | None = None

    @property
    def connection(self) -> Driver:
        """What it is sent over."""
        return self.exchange.line.driver

    async def fetchall(self) -> list[Row]:
        """Its rows.

        Raises:
            psycopg.Error: of this statement, or of one before it.
        """
        if self.result is None:
            await self.exchange.flush()
        if self.result is None:
            raise AssertionError("sent and not answered")
        if not self.result.ntuples:
            return []
        reader = self.exchange.line.reader
        reader.set_pgresult(self.result)
        rows: list[Row] = reader.load_rows(0, self.result.ntuples, tuple)
        return rows


class Exchange:
    """One transaction; committed at the end, and on failure left to whoever has the connection."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.pgconn = line.driver.pgconn
        self._sent: list[Sent] = []
        self._out = 0
        """How many of these are on their way already, in how many goes."""
        self._goes = 0

    async def __aenter__(self) -> Self:
        self.pgconn.enter_pipeline_mode()
        self._say(b"BEGIN")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if exc is None:
                await self.commit()
        finally:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()  # its answers are nobody's
            if not self.line.driver.closed:
                self.pgconn.exit_pipeline_mode()

    async def commit(self) -> None:
        """Keep what was done."""
        await self._say(b"COMMIT").flush()

    async def roll_back(self) -> None:
        """Keep nothing of it."""
        await self._say(b"ROLLBACK").flush()

    def send(self, statement: str, parameters: Sequence[object] = ()) -> Sent:
        """Have a statement go out with the next ones."""
        sent, line = Sent(self, statement), self.line
        values = [None if one is None else str(one).encode() for one in parameters]
        name = line.prepared.get(statement)
        if name is None:
            line.uses[statement] += 1
            if line.uses[statement] > ONCE:
                sent.name = name = b"line_%d" % line.uses.total()
                self.pgconn.send_prepare(name, _numbered(statement))
                self._sent.append(sent)
                sent = Sent(self, statement)
        if name is None:
            self.pgconn.send_query_params(_numbered(statement), values)
        else:
            self.pgconn.send_query_prepared(name, values)
        self._sent.append(sent)
        return sent

    def _say(self, word: bytes) -> Self:
        self.pgconn.send_query_params(word, None)
        self._sent.append(Sent(self))
        return self

    def go(self) -> None:
        """Let what was sent go out; it is carried out while we do something else."""
        if len(self._sent) > self._out:
            self.pgconn.pipeline_sync()
            self._out = len(self._sent)
            self._goes += 1

    async def flush(self) -> None:
        """Have what is to go out carried out, and wait for all of it.

        Raises:
            psycopg.Error: of the first that failed; nothing after it was carried out.
        """
        self.go()
        sent, goes = self._sent, self._goes
        self._sent, self._out, self._goes = [], 0, 0
        answers = await Answers(self.pgconn, goes).wait()
        for one, result in zip(sent, answers, strict=True):
            one.result = result
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result)
            if one.name:
                self.line.prepared[one.statement] = one.name


@cache
def _numbered(statement: str) -> bytes:
    """A statement with its parameters as PostgreSQL writes them."""
    first, *rest = statement.split("%s")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))).encode()
