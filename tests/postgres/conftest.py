"""Embedded servers that end with their tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.postgres import EmbeddedPostgres
from tests.postgres.servers import Make


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(tmp_path_factory.mktemp("shared"))
    yield server
    server.stop_any()


@pytest.fixture
def running(shared: EmbeddedPostgres) -> EmbeddedPostgres:
    shared.start()
    return shared


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[EmbeddedPostgres] = []

    def remember(folder: Path) -> EmbeddedPostgres:
        made.append(EmbeddedPostgres(folder))
        return made[-1]

    yield remember
    for server in made:
        server.stop_any()
