"""Transactions on one connection whose statements go out together, and are waited for together.

psycopg's own pipeline does the same, but waits at each statement, a third of a batch's whole cost.
Parameters are texts. psycopg forgets all that is prepared when it rolls back, so what is prepared
here is for as long as a connection is had.
"""

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from types import TracebackType
from typing import Any, Self

from psycopg import AsyncConnection, generators
from psycopg.abc import PQGen
from psycopg.adapt import Transformer
from psycopg.errors import Error, error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGconn, PGresult

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
        transformer = Transformer(self.connection)
        transformer.set_pgresult(self.result)
        return transformer.load_rows(0, self.result.ntuples, tuple)


class Exchange:
    """One transaction; committed at the end, and on failure left to whoever has the connection."""

    def __init__(self, line: Line) -> None:
        self.line = line
        self.pgconn = line.driver.pgconn
        self._commands: deque[Callable[[], None]] = deque()
        self._sent: list[Sent] = []

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
        if name is not None:
            self._add(sent, self.pgconn.send_query_prepared, name, values)
            return sent
        line.uses[statement] += 1
        if line.uses[statement] > ONCE:
            making = Sent(self, statement)
            making.name = b"line_%d" % line.uses.total()
            self._add(making, self.pgconn.send_prepare, making.name, _numbered(statement))
        self._add(sent, self.pgconn.send_query_params, _numbered(statement), values)
        return sent

    def _say(self, word: bytes) -> Self:
        self._add(Sent(self), self.pgconn.send_query_params, word, None)
        return self

    def _add(self, sent: Sent, command: Callable[..., None], *arguments: object) -> None:
        self._sent.append(sent)
        self._commands.append(partial(command, *arguments))

    async def flush(self) -> None:
        """Send what is to go out, and wait for all of it.

        Raises:
            psycopg.Error: of the first that failed; nothing after it was carried out.
        """
        sent, self._sent = self._sent, []
        self._commands.append(self.pgconn.pipeline_sync)
        answers = await self.line.driver.wait(_answers(self.pgconn, self._commands))
        for one, results in zip(sent, answers, strict=True):
            one.result = results[0]
            if one.result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(one.result)
            if one.name:
                self.line.prepared[one.statement] = one.name


def _answers(pgconn: PGconn, commands: deque[Callable[[], None]]) -> PQGen[list[list[PGresult]]]:
    answers: list[list[PGresult]]
    answers = yield from generators.pipeline_communicate(pgconn, commands)
    while not answers or answers[-1][0].status != ExecStatus.PIPELINE_SYNC:
        answers.append((yield from generators.fetch_many(pgconn)))
    return answers[:-1]


@cache
def _numbered(statement: str) -> bytes:
    """A statement with its parameters as PostgreSQL writes them."""
    first, *rest = statement.split("%s")
    return (first + "".join(f"${n}{part}" for n, part in enumerate(rest, 1))).encode()
