"""The world of the matrix: built once, copied for each module."""

import json
import os
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.main import create_app
from tests.conftest import Server, Service, serve
from tests.isolation.building import build
from tests.isolation.world import World

LIMITS = {"rate_limit": "1000000/minute", "anonymous_rate_limit": "1000000/minute"}


@pytest.fixture(scope="session")
def world(request: pytest.FixtureRequest, server: Server) -> Iterator[World]:
    """A database that nobody is connected to.

    The mutants' program names a file for it: the first run writes it, the others find it there.
    """
    file = Path(os.environ.get("PALANCA_TEST_WORLD", os.devnull))
    if file.is_file():
        yield World(**json.loads(file.read_text(encoding="utf-8")))
        return
    template = request.getfixturevalue("template")
    name = f"world_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    for service in serve(server, name, **LIMITS):
        made = build(service)
    yield made
    if file == Path(os.devnull):
        server.run(f"DROP DATABASE {name} WITH (FORCE)")
    else:
        file.write_text(made.dump(), encoding="utf-8")


@pytest.fixture(scope="module")
def new_world(server: Server, world: World) -> Callable[..., Any]:
    """Serves a copy of the world."""

    @contextmanager
    def made(*statements: str) -> Iterator[Service]:
        name = f"test_{uuid.uuid4().hex[:12]}"
        server.run(f"CREATE DATABASE {name} TEMPLATE {world.database} STRATEGY FILE_COPY")
        settings = server.settings(name, **LIMITS)
        with TestClient(create_app(settings), raise_server_exceptions=False) as http:
            service = Service(http, settings, server, name)
            with service.superuser() as database:
                for statement in statements:
                    database.execute(statement.encode())
            yield service
        server.run(f"DROP DATABASE {name} WITH (FORCE)")

    return made
