"""A service for measurements: on an embedded database in a new folder, in a process of its own."""

import asyncio
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Literal

import uvicorn
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.types import ASGIApp

from app.access import service as access
from app.access.callers import Caller
from app.access.models import ClientKey, Kind
from app.access.permissions import ALLOWED
from app.cli.listening import Connection
from app.database import connect
from app.db import Scope, make_engine, new_id, transaction
from app.main import create_app
from app.migrate import upgrade
from app.organizations import agreements, service
from app.organizations.models import Organization
from app.organizations.schemas import OrganizationIn
from app.settings import Settings

OPERATOR = Caller(new_id(), Kind.OPERATOR, None, None, ALLOWED[Kind.OPERATOR])
CPU_CLOCK = 2
"""Of a process, as Linux numbers its clocks: CPUCLOCK_SCHED, in nanoseconds."""

READY_SECONDS = 30

Http = type[asyncio.Protocol] | Literal["auto"]


@dataclass(frozen=True, slots=True)
class Hospital:
    """One organization, and its key with all that the database knows of it."""

    row: Organization
    key: str
    known: ClientKey


async def add_hospital(session: AsyncSession, settings: Settings, now: datetime) -> Hospital:
    """An organization with a key, made as the command line makes it."""
    await agreements.seed(session, now=now)
    given = OrganizationIn(external_id=f"H-{new_id().hex[-12:]}", name="A hospital")
    made = await service.create(session, OPERATOR, given, now=now)
    key, known = await access.create_key(
        session,
        kind=Kind.ORGANIZATION,
        name="bench",
        environment=settings.key_environment,
        pepper=settings.pepper(),
        now=now,
        tenant_id=made.id,
    )
    return Hospital(made, key.text, known)


@dataclass(frozen=True, slots=True)
class Process:
    """A serving process."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """CPU time that the process has used so far."""
        return time.clock_gettime((~self.pid << 3) | CPU_CLOCK)

    def connection(self) -> HTTPConnection:
        """A connection that is kept open."""
        return HTTPConnection("127.0.0.1", self.port, timeout=READY_SECONDS)


@dataclass(frozen=True, slots=True)
class Served(Process):
    """The service, serving one hospital."""

    settings: Settings
    hospital: Hospital


@contextmanager
def serving(make_app: Callable[[Settings, Hospital], ASGIApp] | None = None) -> Iterator[Served]:
    """A process that serves one hospital; gone afterwards, with its database.

    Args:
        make_app: makes something else of the service; by default it is served as it is.
    """
    with tempfile.TemporaryDirectory() as folder:
        rate = "1000000/second"
        settings = Settings(data_dir=Path(folder), rate_limit=rate, anonymous_rate_limit=rate)
        databases = connect(settings)
        try:
            upgrade(settings)
            hospital = asyncio.run(_prepare(databases.app, settings))
            app = make_app(settings, hospital) if make_app else create_app(settings)
            with (
                socket.create_server(("127.0.0.1", 0)) as listener,
                forked(app, listener, Connection) as pid,
            ):
                served = Served(listener.getsockname()[1], pid, settings, hospital)
                ready = served.connection()
                ready.request("GET", "/readyz")
                if ready.getresponse().status != 200:
                    raise RuntimeError("the service does not get ready")
                yield served
        finally:
            if databases.embedded is not None:
                databases.embedded.stop_any()


async def _prepare(url: str, settings: Settings) -> Hospital:
    engine = make_engine(url, pool_size=1)
    async with transaction(engine, Scope(operator=True)) as session:
        hospital = await add_hospital(session, settings, datetime.now(UTC))
    await engine.dispose()
    return hospital


@contextmanager
def forked(app: ASGIApp, listener: socket.socket, http: Http = "auto") -> Iterator[int]:
    """A child that serves; its process id.

    Args:
        app: what it serves.
        listener: where.
        http: uvicorn's side of a connection.
    """
    pid = os.fork()
    if pid == 0:
        _serve(app, listener, http)
    try:
        yield pid
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _serve(app: ASGIApp, listener: socket.socket, http: Http) -> None:
    """The child: serve until killed, and never come back into the parent's code."""
    try:
        config = uvicorn.Config(
            app, http=http, log_level="error", access_log=False, server_header=False
        )
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        os._exit(1)
