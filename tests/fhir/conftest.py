"""One service for the whole domain: tests keep apart by making organizations of their own."""

import uuid
from collections.abc import Iterator

import pytest

from tests.conftest import Server, Service, serve


@pytest.fixture(scope="package")
def service(server: Server, template: str) -> Iterator[Service]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    server.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield from serve(server, name)
    server.run(f"DROP DATABASE {name} WITH (FORCE)")
