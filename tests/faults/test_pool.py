"""One connection for fifty tenants: whoever had it before, nobody sees anything of anybody else."""

import asyncio
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import QueuePool

from app.main import create_app, lifespan
from tests.conftest import Organization, Service
from tests.writes.hospitals import ANSWERS

TENANTS, AT_ONCE = 50, 10
CANCELLED = 0.15
"""Share of requests whose client goes away in the middle."""

MARK = re.compile(r"T\d\d-")
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organization whose mark is in all that it writes."""

    organization: Organization
    mark: str


@dataclass(slots=True)
class Seen:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    cancelled: int = 0
    own: int = 0
    foreign: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def tenants(service: Service) -> list[Tenant]:
    """Fifty organizations with a submission each."""
    made = []
    for number in range(TENANTS):
        mark = f"T{number:02d}-"
        organization = service.organization(external_id=f"{mark}hospital", name=f"{mark}name")
        assert organization.submit(external_id=f"{mark}first").status_code == 201
        made.append(Tenant(organization, mark))
    return made


def ask(tenants: list[Tenant], dice: random.Random, number: int) -> tuple[Tenant, dict[str, Any]]:
    """Somebody, and a request of theirs: of their own rows, of another's, or a wrong one."""
    mine, other = dice.sample(tenants, 2)
    path, foreign = mine.organization.path, other.organization.path
    body = {**ANSWERS, "external_id": f"{mine.mark}{number}"}
    asked: dict[str, Any] = dice.choice(
        [
            {"method": "GET", "url": path},
            {"method": "GET", "url": "/v1/organizations"},
            {"method": "GET", "url": f"{path}/submissions", "params": {"limit": 20}},
            {"method": "GET", "url": f"{path}/audit", "params": {"limit": 5}},
            {"method": "POST", "url": f"{path}/submissions", "json": body},
            {"method": "POST", "url": f"{path}/submissions", "json": {**body, "role": "x"}},
            {"method": "POST", "url": f"{path}/submissions", "json": {**body, "period": "2025"}},
            {"method": "GET", "url": foreign},
            {"method": "GET", "url": f"{foreign}/submissions"},
            {"method": "POST", "url": f"{foreign}/submissions", "json": body},
        ]
    )
    return mine, {**asked, "headers": mine.organization.client.headers}


def look(mine: Tenant, reply: httpx.Response, ids: set[str], seen: Seen) -> None:
    """Note whose rows a reply tells of."""
    seen.statuses[reply.status_code] += 1
    told = {*MARK.findall(reply.text), *ids.intersection(ID.findall(reply.text))}
    own = {mine.mark, mine.organization.id}
    seen.own += bool(told & own)
    if told - own:
        seen.foreign.append(reply.text)


async def interleaved(client: httpx.AsyncClient, tenants: list[Tenant], count: int) -> Seen:
    """So many requests, some at a time, some broken off."""
    dice, seen, numbers = random.Random(11), Seen(), iter(range(count))  # noqa: S311
    ids = {one.organization.id for one in tenants}

    async def turns(numbers: Iterator[int]) -> None:
        for number in numbers:
            mine, asked = ask(tenants, dice, number)
            asking = asyncio.create_task(client.request(**asked))
            if dice.random() < CANCELLED:
                await asyncio.sleep(dice.random() * 0.03)
                asking.cancel()
            try:
                look(mine, await asking, ids, seen)
            except asyncio.CancelledError:
                seen.cancelled += 1

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(turns(numbers))
    return seen


@asynccontextmanager
async def one_connection(service: Service) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    """The service once more, with one connection to the database."""
    app = create_app(service.settings.model_copy(update={"pool_size": 1}))
    transport = httpx.ASGITransport(app)
    async with lifespan(app), httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield app, client


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(500, id="500 requests"),
        pytest.param(10_000, id="10,000 requests", marks=[pytest.mark.slow]),
    ],
)
@pytest.mark.timeout(600)
async def test_of_fifty_tenants_on_one_connection_each_sees_its_own(
    service: Service, tenants: list[Tenant], count: int, counted: Callable[[str], None]
) -> None:
    async with one_connection(service) as (app, client):
        seen = await interleaved(client, tenants, count)

        assert seen.foreign == []
        assert seen.statuses.total() + seen.cancelled == count
        assert set(seen.statuses) <= {200, 201, 404, 409, 422, 503}
        assert seen.own > 0.3 * count
        assert seen.cancelled > 0.05 * count
        counted(f"{dict(seen.statuses)}, {seen.cancelled} cancelled, {len(seen.foreign)} foreign")
        for one in tenants:
            own = one.organization
            reply = await client.get(own.path, headers=own.client.headers)
            assert reply.json()["id"] == own.id, "the connection is as good as new"
        pool = app.state.engine.pool
        assert isinstance(pool, QueuePool)
        assert (pool.checkedout(), pool.size()) == (0, 1)
    with service.superuser() as connection:
        states = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%'"
        ).fetchone()
    assert states == (0,)
