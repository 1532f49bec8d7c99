"""What these tests ask with, and how they look behind the service."""

import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeVar

import httpx
from psycopg.sql import SQL, Identifier

from tests.conftest import Organization, Service
from tests.inputs import INSTRUMENT, LEVELS

T = TypeVar("T")

BODY: dict[str, Any] = {
    "instrument": "small",
    "version": "1",
    "period": "2025-H2",
    "role": "nursing",
    "answers": {"A1": 1, "A2": 2, "B1": 3, "B2": 4},
}
"""A valid submission; by hand: A 75/2, B 50, overall 175/4, one of four items in place."""

PAIR: dict[str, Any] = {
    **INSTRUMENT,
    "instrument": "pair",
    "title": {"en": "Two items", "es": "Dos"},
    "languages": ["en", "es"],
    "levels": [{"level": one["level"], "text": {"en": "yes", "es": "sí"}} for one in LEVELS],
    "sections": [
        {
            "code": "P",
            "title": {"en": "Pair", "es": "Par"},
            "items": [
                {"code": "P1", "text": {"en": "one", "es": "uno"}},
                {"code": "P2", "text": {"en": "two", "es": "dos"}},
            ],
        }
    ],
}
"""An instrument of one section and two languages."""

PAIRED: dict[str, Any] = {"instrument": "pair", "answers": {"P1": 1, "P2": 3}}
"""What turns a valid submission into a valid one of that instrument."""


def publish(service: Service, version: str = "1") -> None:
    """Publish the instrument of one section; it may be there already."""
    reply = service.operator.post("/v1/instruments", json={**PAIR, "version": version})
    assert reply.is_success, reply.text


def refusal(reply: httpx.Response) -> dict[str, Any]:
    """The body of a failure, which must be problem+json and agree with the status."""
    assert reply.headers["content-type"] == "application/problem+json", reply.text
    body: dict[str, Any] = reply.json()
    assert body["status"] == reply.status_code
    return body


def refused(reply: httpx.Response) -> tuple[int, str]:
    """Status and slug of a failure."""
    body = refusal(reply)
    return body["status"], body["type"].removeprefix("/problems/")


def rows(service: Service, organization_id: str | None = None) -> dict[str, int]:
    """How many rows the tenants' tables hold, of one organization or of all."""
    with service.superuser() as connection:
        return {
            table: connection.execute(
                SQL(
                    "SELECT count(*) FROM {}"
                    " WHERE %(id)s::uuid IS NULL OR organization_id = %(id)s::uuid"
                ).format(Identifier(table)),
                {"id": organization_id},
            ).fetchone()[0]  # type: ignore[index]
            for table in ("assessment", "submission", "result")
        }


def standing(service: Service, organization_id: str) -> int:
    """How many of an organization's submissions stand."""
    with service.superuser() as connection:
        found = connection.execute(
            "SELECT count(*) FROM submission WHERE organization_id = %s"
            " AND superseded_at IS NULL AND withdrawn_at IS NULL",
            (organization_id,),
        ).fetchone()
    assert found is not None
    return int(found[0])


def together(calls: Sequence[Callable[[], T]]) -> list[T]:
    """Make all calls at the same moment, each from a thread of its own."""
    barrier = Barrier(len(calls))

    def started(call: Callable[[], T]) -> T:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(started, calls))


def wait_until_somebody_waits(service: Service) -> None:
    """Return once a session of this database waits for another's lock."""
    with service.superuser() as watching:
        watching.autocommit = True
        for _ in range(500):
            found = watching.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            if found is not None and found[0]:
                return
            time.sleep(0.01)
    raise AssertionError("nobody waits")


def send(organization: Organization, text: str | bytes, **headers: str) -> httpx.Response:
    return organization.client.post(
        f"{organization.path}/submissions",
        content=text,
        headers={"Content-Type": "application/json", **headers},
    )


def raw(**fields: str | None) -> str:
    """The valid body with fields as JSON text; ``None`` takes one out."""
    texts = {name: json.dumps(value) for name, value in BODY.items()} | fields
    kept = [f'"{name}": {text}' for name, text in texts.items() if text is not None]
    return "{" + ", ".join(kept) + "}"


def fault(
    pointer: str, code: str, received: object = None, expected: object = None
) -> dict[str, Any]:
    return {"pointer": pointer, "code": code, "received": received, "expected": expected}


def faults(reply: httpx.Response) -> list[dict[str, Any]]:
    """The errors of a 422 without their wording, which must be there."""
    body = refusal(reply)
    assert (body["type"], body["status"]) == ("/problems/invalid", 422), body
    assert body["detail"].startswith(f"{len(body['errors'])} error")
    for one in body["errors"]:
        assert one.pop("detail")
    return list(body["errors"])
