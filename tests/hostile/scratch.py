"""A scratch database with something of everything in it, and a service on it; gone afterwards.

For programs that are no tests: tests have fixtures for the same.
"""

import os
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.testclient import TestClient

from app.catalog import seeding
from app.db import transaction
from app.main import create_app
from app.migrate import upgrade
from app.organizations import agreements
from app.postgres import EmbeddedPostgres
from app.settings import Settings
from tests.conftest import Server, serve
from tests.isolation.building import build
from tests.isolation.conftest import LIMITS
from tests.isolation.world import World

NAME = "scratch"


@contextmanager
def filled() -> Iterator[tuple[Settings, World]]:
    """A database with the world of the authorization matrix, and the settings of a service on it.

    Nobody is refused for asking much.
    """
    with tempfile.TemporaryDirectory() as folder:
        database = EmbeddedPostgres(Path(folder))
        database.start()
        try:
            server = Server(database.url("postgres"))
            server.run(f"CREATE DATABASE {NAME}")
            settings = server.settings(NAME, **LIMITS)
            upgrade(settings)
            with TestClient(create_app(settings)) as client:
                assert client.portal is not None
                client.portal.call(_seed, client.app.state.engine)  # type: ignore[attr-defined]
            running = serve(server, NAME, **LIMITS)
            world = build(next(running))
            running.close()  # type: ignore[attr-defined]
            yield settings, world
        finally:
            database.stop_any()


async def _seed(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        await seeding.seed(session, now=datetime.now(UTC))
        await agreements.seed(session, now=datetime.now(UTC))


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """A service in a process of its own; its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        child = os.fork()
        if child == 0:
            _serve(settings, listener)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


def _serve(settings: Settings, listener: socket.socket) -> None:
    """The child: serve until killed, and never come back into the parent's code."""
    try:
        config = uvicorn.Config(
            create_app(settings), log_level="error", access_log=False, server_header=False
        )
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        os._exit(1)
