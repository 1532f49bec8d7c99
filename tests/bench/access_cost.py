"""What access costs: CPU of a request with a key beside that of the same route open.

Usage: python -m tests.bench.access_cost [BLOCKS]

One server process with every route twice. A hospital's route is opened by a fixed caller that
stands in for the key. An open route is closed by a scope, with all that a key brings along. Blocks
of requests with and without a key take turns over one connection. Printed is the CPU time of the
server process for a request, the median of the blocks. Exits 1 if a ratio is above 1.5.
"""

import statistics
import sys
from dataclasses import dataclass
from http.client import HTTPConnection

from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp, Receive, Scope, Send

from app import api, db
from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import ALLOWED, Permission
from app.api import SessionDep, allowed
from app.main import create_app
from app.organizations import agreement_routes
from app.settings import Settings
from tests.bench.serving import Hospital, Served, serving

MOST = 1.5
BLOCK = 25
"""Requests of one kind in a row: a tenth of a second."""

BLOCKS = 100
OPEN = "/open"


def make_app(settings: Settings, hospital: Hospital) -> ASGIApp:
    """The service, and below ``/open`` the same one once more with a fixed caller for a key."""
    keyed, opened = create_app(settings), create_app(settings)
    opened.state = keyed.state
    caller = Caller(
        hospital.known.client_id,
        Kind.ORGANIZATION,
        None,
        hospital.row.id,
        ALLOWED[Kind.ORGANIZATION],
    )

    async def anybody(session: SessionDep) -> Caller:
        # No row is seen without its tenant context, whoever asks.
        await db.enter(session, caller.scope)
        return caller

    opened.dependency_overrides[api.authenticate] = anybody
    closed = [allowed(Permission.AGREEMENTS_READ)]
    keyed.include_router(agreement_routes.router, prefix="/closed/v1", dependencies=closed)

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(OPEN):
            path = scope["path"].removeprefix(OPEN)
            await opened({**scope, "path": path, "raw_path": path.encode()}, receive, send)
        else:
            await keyed(scope, receive, send)

    return either


@dataclass(frozen=True, slots=True)
class Pair:
    """A route with a key, and the same one open."""

    name: str
    keyed: str
    opened: str


def pairs(hospital: Hospital) -> list[Pair]:
    """One route of a hospital's, which is cheap as such routes go, and one of open data."""
    path = f"/v1/organizations/{hospital.row.id}"
    return [
        Pair("GET /v1/organizations/{org}", path, OPEN + path),
        Pair("GET /v1/agreements", "/closed/v1/agreements", "/v1/agreements"),
    ]


def cost(served: Served, connection: HTTPConnection, path: str, key: str | None) -> float:
    """CPU seconds of one request, over a block of them."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    before = served.cpu_seconds()
    for _ in range(BLOCK):
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status}")
    return (served.cpu_seconds() - before) / BLOCK


def main() -> None:
    """Measure and compare."""
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else BLOCKS
    table = Table("route", "open, us", "with a key, us", "ratio", f"at most {MOST}")
    good = True
    with serving(make_app) as served:
        connection, key = served.connection(), served.hospital.key
        for pair in pairs(served.hospital):
            spent: dict[bool, list[float]] = {True: [], False: []}
            for number in range(2 * (blocks + 1)):
                with_key = number % 2 == 1
                path = pair.keyed if with_key else pair.opened
                used = cost(served, connection, path, key if with_key else None)
                if number > 1:  # the first blocks warm up
                    spent[with_key].append(used * 1e6)
            opened, keyed = statistics.median(spent[False]), statistics.median(spent[True])
            good &= keyed <= MOST * opened
            table.add_row(pair.name, f"{opened:.0f}", f"{keyed:.0f}", f"{keyed / opened:.2f}", "")
    Console(width=100).print(table)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
