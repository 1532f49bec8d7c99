"""Networks and hospitals as the tests of this folder make them."""

from typing import Any
from uuid import uuid4

from app.access.models import Kind
from tests.conftest import Caller, Service

NOT_FOUND = {"type": "/problems/not-found", "title": "Not found", "status": 404}
NO_ORGANIZATION = NOT_FOUND | {"detail": "No such organization"}
NO_NETWORK = NOT_FOUND | {"detail": "No such network"}


def name() -> str:
    """A name that nobody has."""
    return f"X-{uuid4().hex[:10]}"


def hospital(**more: object) -> dict[str, object]:
    """The body of an organization's registration."""
    return {"external_id": name(), "name": "St. Elm", **more}


def network_of(service: Service) -> tuple[dict[str, Any], Caller]:
    """A network and a client of its own."""
    row = service.network()
    return row, service.as_(service.key(Kind.NETWORK, row["id"]))
