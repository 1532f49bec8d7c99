"""Imports that are cancelled: what is in stays, and nothing more comes in."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlmodel import select

from app import crashpoints
from app.db import APP_ROLE, Scope, enter, make_engine, transaction
from app.imports import progress
from app.imports.models import ImportRun
from app.imports.schemas import State
from tests.assessments.asking import standing
from tests.conftest import Organization, Service
from tests.imports.asking import line, push
from tests.imports.stepwise import PART, begun, carry_out, lines_of


@pytest.fixture
def organization(stepwise: Service) -> Organization:
    return stepwise.organization()


def test_one_that_is_cancelled_takes_nothing_more_in(
    stepwise: Service, organization: Organization
) -> None:
    path = begun(push(organization.client, [line(f"x{n}") for n in range(10)]))

    cancelled = organization.client.post(f"{path}/cancel").json()
    carry_out(stepwise)

    assert cancelled["status"] == "cancelled"
    assert organization.client.get(path).json() == cancelled
    assert organization.client.post(f"{path}/cancel").json() == cancelled
    assert standing(stepwise, organization.id) == 0
    with stepwise.superuser() as database:
        left = database.execute("SELECT count(*) FROM import_part WHERE raw IS NOT NULL").fetchone()
    assert left == (0,)


def test_what_is_held_together_can_be_cancelled_while_it_is_carried_out(
    stepwise: Service, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(f"x{n}") for n in range(3 * PART)]
    path = begun(push(organization.client, lines, atomicity="all"))
    points: list[str] = []

    def reach(point: str) -> None:
        points.append(point)
        if points == ["part-carried-out"]:
            with ThreadPoolExecutor(1) as pool:
                pool.submit(asyncio.run, cancel_apart(stepwise, path)).result(10)

    monkeypatch.setattr(crashpoints, "reach", reach)
    carry_out(stepwise)

    assert points == ["part-carried-out"]
    assert organization.client.get(path).json()["status"] == "cancelled"
    assert standing(stepwise, organization.id) == 0
    assert lines_of(organization.client, path) == []


async def cancel_apart(service: Service, path: str) -> None:
    """What another process of the service does when it is asked to."""
    engine = make_engine(service.server.url(service.database, APP_ROLE), pool_size=1)
    try:
        async with transaction(engine, Scope(operator=True)) as session:
            wanted = select(ImportRun).where(ImportRun.id == UUID(path.rpartition("/")[2]))
            run = (await session.exec(wanted)).one()
            await enter(session, Scope(client=run.client_id))
            assert await progress.end(session, run, State.CANCELLED, now=datetime.now(UTC))
    finally:
        await engine.dispose()


def test_what_is_all_in_is_not_cancelled(stepwise: Service, organization: Organization) -> None:
    path = begun(push(organization.client, [line(f"x{n}") for n in range(10)]))
    carry_out(stepwise)
    with stepwise.superuser() as database:  # as if nobody had come to say that it has ended
        database.execute(
            "UPDATE import_run SET status = 'running', finished_at = NULL WHERE id = %s",
            [path.rpartition("/")[2]],
        )

    assert organization.client.post(f"{path}/cancel").json()["status"] == "succeeded"
