"""What access costs: CPU of a request with a key beside that of the same route open.

Usage: python -m tests.bench.access_cost [BLOCKS]

One server process with each route twice, with a key and without, and otherwise the same code. That
of an organization is open by a fixed caller in the key's stead, whose tenant context has to be
entered all the same; that of open data enters none. Blocks of requests of both take turns over one
connection. Printed is the CPU time of the server process for a request, the median of the blocks.
Exits 1 if a ratio is above 1.5.
"""

import statistics
import sys
from collections.abc import Sequence
from http.client import HTTPConnection

from fastapi import APIRouter
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp

from app import db
from app.access.callers import Caller
from app.access.models import Kind
from app.access.permissions import ALLOWED, Permission
from app.api import Route, SessionDep, allowed
from app.main import create_app
from app.organizations import agreements, service
from app.organizations.agreement_schemas import AgreementOut
from app.organizations.models import Agreement, Organization
from app.organizations.routes import Org, Reader
from app.organizations.schemas import OrganizationOut
from app.settings import Settings
from tests.bench.serving import Hospital, Served, serving

MOST = 1.5
BLOCK = 25
"""Requests of one kind in a row: a tenth of a second."""

BLOCKS = 100
PAIRS = {"GET an organization": "organizations/{id}", "GET all agreements": "agreements"}


def make_app(settings: Settings, hospital: Hospital) -> ASGIApp:
    """The service with two routes more, each with a key and open."""
    router = APIRouter(route_class=Route)
    caller = Caller(
        hospital.known.client_id,
        Kind.ORGANIZATION,
        None,
        hospital.row.id,
        ALLOWED[Kind.ORGANIZATION],
    )

    @router.get("/open/organizations/{org}", response_model=OrganizationOut)
    async def open_organization(org: Org, session: SessionDep) -> Organization:
        await db.enter(session, caller.scope)
        return await service.get(session, caller, org)

    @router.get("/keyed/organizations/{org}", response_model=OrganizationOut)
    async def keyed_organization(org: Org, caller: Reader, session: SessionDep) -> Organization:
        return await service.get(session, caller, org)

    @router.get("/open/agreements", response_model=list[AgreementOut])
    async def open_agreements(session: SessionDep) -> Sequence[Agreement]:
        return await agreements.list_(session)

    with_key = [allowed(Permission.AGREEMENTS_READ)]

    @router.get("/keyed/agreements", response_model=list[AgreementOut], dependencies=with_key)
    async def keyed_agreements(session: SessionDep) -> Sequence[Agreement]:
        return await agreements.list_(session)

    app = create_app(settings)
    app.include_router(router)
    return app


def cost(served: Served, connection: HTTPConnection, path: str, key: str | None) -> float:
    """CPU microseconds of one request, over a block of them."""
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    before = served.cpu_seconds()
    for _ in range(BLOCK):
        connection.request("GET", path, headers=headers)
        reply = connection.getresponse()
        reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{path}: {reply.status}")
    return (served.cpu_seconds() - before) / BLOCK * 1e6


def measure(
    served: Served, connection: HTTPConnection, path: str, blocks: int
) -> tuple[float, float]:
    """The route open and with a key."""
    path = path.format(id=served.hospital.row.id)
    opened, keyed = [], []
    for _ in range(blocks + 1):
        opened.append(cost(served, connection, f"/open/{path}", None))
        keyed.append(cost(served, connection, f"/keyed/{path}", served.hospital.key))
    return statistics.median(opened[1:]), statistics.median(keyed[1:])  # the first warms up


def main() -> None:
    """Measure and compare."""
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else BLOCKS
    table = Table("route", "open, us", "with a key, us", "ratio", f"at most {MOST}")
    good = True
    with serving(make_app) as served:
        connection = served.connection()
        for name, path in PAIRS.items():
            opened, keyed = measure(served, connection, path, blocks)
            good &= keyed <= MOST * opened
            verdict = "yes" if keyed <= MOST * opened else "NO"
            table.add_row(name, f"{opened:.0f}", f"{keyed:.0f}", f"{keyed / opened:.2f}", verdict)
    Console(width=100).print(table)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
