"""A service that does little at once, and the worker that does the rest."""

import json

import httpx

from app.audit.chain import Signer
from app.imports.lanes import work_off
from app.imports.worker import Worker
from tests.conftest import PEPPER, Caller, Service
from tests.imports.asking import Line

PART = 7
"""Lines that are carried out at once."""


def worker_of(service: Service) -> Worker:
    """One with the service's database."""
    engine = service.http.app.state.engine  # type: ignore[attr-defined]
    public_url = service.settings.public_url
    return Worker(engine, PEPPER.encode(), Signer(PEPPER.encode()), public_url)


def carry_out(service: Service) -> None:
    """What a worker does when it looks."""
    worker = worker_of(service)

    async def done() -> None:
        await work_off(worker)

    assert service.http.portal is not None
    service.http.portal.call(done)


def begun(reply: httpx.Response) -> str:
    """The path of an import that was begun."""
    assert reply.status_code == 202, reply.text
    path = reply.headers["location"]
    assert path == reply.json()["links"]["self"]
    return str(path)


def lines_of(client: Caller, path: str, **filters: str) -> list[Line]:
    """The report, line by line."""
    reply = client.get(f"{path}/report.ndjson", params=filters)
    assert reply.status_code == 200, reply.text
    return [json.loads(one) for one in reply.text.splitlines()]


def carried_out(service: Service, client: Caller, reply: httpx.Response) -> list[Line]:
    """The report of an import that was begun, once it has ended."""
    path = begun(reply)
    carry_out(service)
    assert client.get(path).json()["status"] == "succeeded", client.get(path).text
    return lines_of(client, path)
