"""Services that imports are pushed to."""

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import Server, Service, serve
from tests.imports.stepwise import PART


@pytest.fixture(scope="module")
def stepwise(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service that does little at once."""
    yield from serve(server, new_database(), import_part_lines=PART)
