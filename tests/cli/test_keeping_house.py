"""What the worker does once a day: what fails is tried again, and holds up nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from app.benchmarks import scheduled
from app.benchmarks.models import ReleaseDay
from app.cli import working
from app.db import transaction
from tests.benchmarks.conftest import fill, make_world
from tests.conftest import Service

Found = TypeVar("Found")
STRANGE = """
    INSERT INTO release (number, built_at, manifest, sha256)
      VALUES (1, now(), '{"as_of": "2000-01-01"}', '');
    INSERT INTO release_cell (release_number, instrument, version, cohort, figure, body)
      VALUES (1, 'nobody knows it', '1', 'all', 'overall', '{}')
"""
"""Of an instrument that is not there, so that no release can be built: a bug, as it were."""


async def until(found: Callable[[], Awaitable[Found]], seconds: float = 60) -> Found:
    """What comes in the end."""
    async with asyncio.timeout(seconds):
        while not (it := await found()):  # noqa: ASYNC110 - of another process, as it were
            await asyncio.sleep(0.05)
    return it


@pytest.mark.parametrize(
    ("breaks", "mends"),
    [
        pytest.param(STRANGE, "DELETE FROM release_cell; DELETE FROM release", id="a bug"),
        pytest.param(
            "REVOKE SELECT ON release_day FROM palanca_app",
            "GRANT SELECT ON release_day TO palanca_app",
            id="the database",
        ),
    ],
)
def test_a_build_that_fails_is_tried_again_and_ends_no_worker(
    fresh_service: Service,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    breaks: str,
    mends: str,
) -> None:
    monkeypatch.setattr(working, "AGAIN_SECONDS", 0.2)
    fill(make_world(fresh_service, 44), 44)
    engine = fresh_service.http.app.state.engine  # type: ignore[attr-defined]

    def change(statements: str) -> None:
        with fresh_service.superuser() as connection:
            connection.execute(statements.encode())

    async def failed() -> bool:
        return "to be done again" in caplog.messages

    async def latest() -> ReleaseDay | None:
        async with transaction(engine) as session:
            return await scheduled.latest(session)

    async def through_trouble() -> ReleaseDay | None:
        daily = asyncio.create_task(
            working._keep_house_daily(engine, fresh_service.settings, 24)  # noqa: SLF001
        )
        try:
            await until(failed)
            assert not daily.done()
            change(mends)
            return await until(latest)
        finally:
            daily.cancel()
            await asyncio.gather(daily, return_exceptions=True)

    change(breaks)
    assert fresh_service.http.portal is not None
    made = fresh_service.http.portal.call(through_trouble)

    assert made is not None
    assert (made.release_number, made.reason) == (1, None)
