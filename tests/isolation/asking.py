"""Asking without leaving a trace: replies as they came, and who would have been touched."""

import asyncio
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Self
from unittest.mock import patch

from starlette.types import ASGIApp, Message

from app.exchange import Exchange
from tests.conftest import Service

PASSING = {"date", "ratelimit", "ratelimit-policy"}
"""Headers that differ from one second to the next."""


class Reply(NamedTuple):
    """What came back, and whose rows in which tables it changed."""

    status: int
    headers: dict[str, str]
    body: str
    touched: frozenset[tuple[str, str]] = frozenset()

    @property
    def slug(self) -> str:
        """The problem, if it is one."""
        found = re.search(r'"type":\s*"/problems/([a-z-]+)"', self.body)
        return found[1] if found and "problem+json" in self.headers["content-type"] else ""


class Request(NamedTuple):
    """What is asked."""

    method: str
    path: str
    headers: Mapping[str, str] = {}
    body: bytes = b""


@contextmanager
def held(
    service: Service, watched: Collection[str] = ()
) -> Iterator[Callable[[Sequence[Request]], list[Reply]]]:
    """Ask without leaving a trace: transactions end in a rollback where they would be committed.

    With watched tables, before each rollback it is noted whose rows were changed, but for when
    keys were last used, which is written later. That needs a database without row-level security,
    as the service's own connection looks.
    """
    app, portal = service.http.app, service.http.portal
    assert portal is not None
    watch = Watch.over(service, watched)
    dialect = app.state.engine.sync_engine.dialect  # type: ignore[attr-defined]

    def instead(connection: Any) -> None:
        watch.look(connection)
        dialect.do_rollback(connection)

    async def ask(asked: Sequence[Request]) -> list[Reply]:
        # The application is called where it runs: a client between costs more than the answer.
        return [(await _reply(app, one))._replace(touched=watch.taken()) for one in asked]

    async def instead_together(exchange: Exchange) -> None:
        await watch.look_at(exchange)
        await exchange.roll_back()

    dialect.do_commit = instead
    with patch.object(Exchange, "commit", instead_together):
        yield lambda asked: portal.call(ask, asked)
    del dialect.do_commit


async def _reply(app: ASGIApp, request: Request) -> Reply:
    sent: list[Message] = []

    bodies = iter([request.body])

    async def receive() -> Message:
        for body in bodies:
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.Event().wait()  # nobody goes away
        raise AssertionError("somebody went away")

    async def send(message: Message) -> None:
        sent.append(message)

    headers = {"host": "testserver", **request.headers}
    path, _, query = request.path.partition("?")
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("testclient", 1),
        "server": ("testserver", 80),
        "state": {},
    }
    await app(scope, receive, send)
    start, *parts = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    kept = {name: value for name, value in named.items() if name not in PASSING}
    return Reply(
        start["status"],
        kept,
        b"".join(one["body"] for one in parts).decode(errors="backslashreplace"),
    )


OWNERS = {
    "organization": "id",
    "network": "id",
    "client": "id",
    "client_key": "client_id",
    "answered_request": "client_id",
    "used_assertion": "client_id",
    "import_run": "client_id",
    "query_answer": "client_id",
    "cohort_request": "client_id",
    "import_part": "client_id",
    "audit_head": "chain_id",
    "audit_event": "chain_id",
    "erased_contribution": "id",
    "release_coverage": "release_number",
}
"""Whose a row is, where it is not simply ``organization_id``."""


@dataclass
class Watch:
    """Looks whose rows a transaction has changed."""

    query: str
    before: set[tuple[str, str, str]]
    touched: set[tuple[str, str]] = field(default_factory=set)

    @classmethod
    def over(cls, service: Service, tables: Collection[str]) -> Self:
        """A watch over these tables, from now on."""
        query = " UNION ALL ".join(
            f"SELECT '{table}', {OWNERS.get(table, 'organization_id')}::text AS owner,"  # noqa: S608 - names of tables
            f" md5(string_agg(row, '/' ORDER BY row))"
            f" FROM {table}, LATERAL (SELECT (to_jsonb({table}) - 'last_used_at')::text AS row)"
            " GROUP BY owner"
            for table in tables
        )
        with service.superuser() as database:
            before = database.execute(query.encode()).fetchall() if query else []
        return cls(query, {(table, owner, seen) for table, owner, seen in before})

    def look(self, connection: Any) -> None:
        """Note what has changed, if anything was written."""
        cursor = connection.cursor()
        cursor.execute(HAS_WRITTEN)
        if self.query and cursor.fetchone()[0]:
            cursor.execute(self.query)
            self._note(cursor.fetchall())
        cursor.close()

    async def look_at(self, exchange: Exchange) -> None:
        """The same of a transaction of several submissions."""
        [[written]] = await exchange.send(HAS_WRITTEN).fetchall()
        if self.query and written:
            self._note(await exchange.send(self.query).fetchall())

    def _note(self, seen: Sequence[tuple[str, str, str]]) -> None:
        self.touched |= {(table, owner) for table, owner, _ in self.before ^ set(seen)}

    def taken(self) -> frozenset[tuple[str, str]]:
        """What was noted since this was asked last."""
        noted = frozenset(self.touched)
        self.touched.clear()
        return noted


HAS_WRITTEN = "SELECT pg_current_xact_id_if_assigned() IS NOT NULL"

NEW = re.compile(
    r"(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})"
    r"|\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)|plc[a-z]_\w+|\b[0-9a-f]{64,}\b"
    r'|(?<=/keys/)(?P<key>\w{8})|(?<="key_id":")(?P<name>\w{8})|(?<="last_four":")\w{4}'
)
"""What a reply to the same question may have anew: ids, instants, keys, hashes."""


def normal(reply: Reply, known: set[str | None]) -> tuple[int, dict[str, str], str]:
    """The reply without what is new in it; ids that were there before stay."""

    def plain(found: re.Match[str]) -> str:
        return found[0] if {found["uuid"], found["key"], found["name"]} & known else "new"

    headers = {name: NEW.sub(plain, value) for name, value in reply.headers.items()}
    for one in ("content-length", "etag"):
        headers.pop(one, None)
    return reply.status, headers, NEW.sub(plain, reply.body)
