"""Six hundred organizations in one release, and researchers who may ask."""

from collections.abc import Callable, Iterator

import pytest

from app.access.models import Kind
from tests.conftest import Caller, Server, Service, serve
from tests.queries.filling import APPROVED, fill

MANY = 600


@pytest.fixture(scope="module")
def filled(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """A service whose budgets a module's tests spend together."""
    for service in serve(server, new_database()):
        fill(service, MANY)
        yield service


@pytest.fixture
def fresh(server: Server, new_database: Callable[[], str]) -> Iterator[Service]:
    """One whose budgets are whole."""
    for service in serve(server, new_database()):
        fill(service, MANY)
        yield service


def researcher(service: Service, *scopes: str) -> Caller:
    """Somebody whom the operator approved."""
    return service.as_(service.key(Kind.RESEARCHER, permissions=scopes or APPROVED))
