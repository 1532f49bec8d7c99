"""The database goes away, stops without a word, is too busy: 503 within three seconds, and back."""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app import patience
from app.db import make_engine, take_time, transaction
from app.failures import problem_of
from app.main import create_app
from app.migrate import upgrade
from app.postgres import EmbeddedPostgres
from app.problems import Unavailable
from app.settings import Settings
from tests.conftest import PEPPER, Server

SOON = 3.0
"""Seconds in which everybody hears something."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that may be hurt."""
    found = EmbeddedPostgres(tmp_path_factory.mktemp("hurt"))
    found.start()
    try:
        upgrade(settings_of(found))
        yield found
    finally:
        found.stop_any()


def settings_of(own: EmbeddedPostgres, **more: Any) -> Settings:
    return Settings.model_validate({"data_dir": own.folder, "key_pepper": PEPPER, **more})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service in this very loop, for many requests at once."""
    app = create_app(settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://here") as client,
    ):
        client.app = app  # type: ignore[attr-defined] # to reach its pool
        yield client


@contextmanager
def stopped(own: EmbeddedPostgres) -> Iterator[None]:
    """The server and all its processes stand still, as a machine does that lost its disk."""
    with psycopg.connect(own.url("postgres")) as connection:
        found = connection.execute("SELECT pid FROM pg_stat_activity").fetchall()
        mine = connection.info.backend_pid
    postmaster = int((own.folder / "pgdata/postmaster.pid").read_text().split()[0])
    pids = [postmaster, *(pid for (pid,) in found if pid != mine)]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


async def timed(client: httpx.AsyncClient, path: str) -> tuple[int, float]:
    started = time.monotonic()
    reply = await client.get(path)
    took = time.monotonic() - started
    if reply.status_code == 503:
        assert reply.headers["retry-after"] == "1"
        assert reply.json()["type"] == "/problems/unavailable"
    return reply.status_code, took


async def burst(client: httpx.AsyncClient, times: int = 10) -> None:
    """Many requests of all kinds; each hears 503, soon."""
    paths = ["/v1/frameworks", "/v1/benchmarks", "/readyz"] * times
    found = await asyncio.gather(*(timed(client, path) for path in paths))

    assert Counter(code for code, _ in found) == {503: len(paths)}
    assert max(took for _, took in found) < SOON
    assert (await timed(client, "/healthz"))[0] == 200


async def recovers(client: httpx.AsyncClient) -> None:
    """It is asked again as it asked for, and serves again by itself."""
    for path in ("/v1/frameworks", "/readyz"):
        codes = [(await timed(client, path))[0]]
        while codes[-1] != 200:
            assert codes == [503] * len(codes)
            assert len(codes) < 5
            await asyncio.sleep(1)
            codes.append((await timed(client, path))[0])


async def test_a_server_that_stands_still_is_503_soon_and_back_by_itself(
    own: EmbeddedPostgres,
) -> None:
    async with serving(settings_of(own, pool_size=2)) as client:
        assert (await timed(client, "/readyz"))[0] == 200
        with stopped(own):
            await burst(client)
            await burst(client, times=1)
        await recovers(client)


async def test_a_server_that_is_killed_is_503_soon_and_back_by_itself(
    own: EmbeddedPostgres,
) -> None:
    async with serving(settings_of(own, pool_size=2)) as client:
        assert (await timed(client, "/readyz"))[0] == 200
        own.stop_any()
        await burst(client)
        own.start()
        await recovers(client)


@pytest.mark.slow
async def test_a_server_that_stops_in_the_middle_is_given_up(own: EmbeddedPostgres) -> None:
    engine = make_engine(own.url("palanca_app"), pool_size=1)
    started = time.monotonic()
    asked = asyncio.create_task(ask(engine, "SELECT pg_sleep(3)"))
    await asyncio.sleep(0.3)
    with stopped(own), pytest.raises(Exception, match="timeout expired") as refused:
        await asked
    await ask(engine, "SELECT 1")
    await engine.dispose()

    assert isinstance(problem_of(refused.value), Unavailable)
    assert patience.ANSWER_SECONDS <= time.monotonic() - started < patience.ANSWER_SECONDS + 1


async def ask(engine: AsyncEngine, query: str) -> None:
    async with transaction(engine) as session:
        await (await session.connection()).execute(text(query))


@pytest.fixture
async def engine(server: Server, new_database: Callable[[], str]) -> AsyncIterator[AsyncEngine]:
    """A pool of one connection."""
    made = make_engine(server.url(new_database(), "palanca_app"), pool_size=1)
    yield made
    await made.dispose()


async def test_a_pool_in_use_is_503_soon_and_readiness_says_so(
    server: Server, new_database: Callable[[], str]
) -> None:
    async with serving(server.settings(new_database(), pool_size=1)) as client:
        pool: AsyncEngine = client.app.state.engine  # type: ignore[attr-defined] # ours
        async with pool.connect():
            found = await asyncio.gather(*(timed(client, "/readyz") for _ in range(30)))
            assert (await timed(client, "/healthz"))[0] == 200
        assert Counter(code for code, _ in found) == {503: 30}
        assert max(took for _, took in found) < SOON
        assert (await timed(client, "/readyz"))[0] == 200


async def test_a_cancelled_request_costs_its_connection_and_no_more(engine: AsyncEngine) -> None:
    await ask(engine, "SELECT 1")
    asked = asyncio.create_task(ask(engine, "SELECT pg_sleep(4)"))
    await asyncio.sleep(0.1)
    started = time.monotonic()
    asked.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asked
    await ask(engine, "SELECT 1")

    assert time.monotonic() - started < 1


STATES = [
    pytest.param("40001", 503, id="serialization failure"),
    pytest.param("40P01", 503, id="deadlock"),
    pytest.param("55P03", 503, id="lock not had in time"),
    pytest.param("57014", 503, id="statement took too long"),
    pytest.param("57P01", 503, id="server is shut down"),
    pytest.param("57P03", 503, id="server is starting"),
    pytest.param("53100", 503, id="disk is full"),
    pytest.param("53200", 503, id="out of memory"),
    pytest.param("53300", 503, id="too many connections"),
    pytest.param("58030", 503, id="disk does not answer"),
    pytest.param("25006", 503, id="server became a standby"),
    pytest.param("22003", 422, id="number out of range"),
    pytest.param("42501", 500, id="not permitted: a bug"),
    pytest.param("XX000", 500, id="a bug of PostgreSQL"),
]


@pytest.mark.parametrize(("state", "status"), STATES)
async def test_what_the_database_says_becomes_the_right_problem(
    engine: AsyncEngine, state: str, status: int
) -> None:
    with pytest.raises(Exception, match="said") as refused:
        await ask(engine, f"DO $$BEGIN RAISE 'said' USING ERRCODE = '{state}'; END$$")

    assert problem_of(refused.value).status == status


async def test_a_transaction_that_idles_is_ended(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SET idle_in_transaction_session_timeout = '50ms'"))
        await asyncio.sleep(0.2)
        with pytest.raises(Exception, match="idle-in-transaction") as refused:
            await connection.execute(text("SELECT 1"))

    assert isinstance(problem_of(refused.value), Unavailable)


async def test_the_server_is_told_the_limits(engine: AsyncEngine) -> None:
    async with transaction(engine) as session:
        found = await (await session.connection()).execute(
            text(
                "SELECT current_setting('statement_timeout'), current_setting('lock_timeout'),"
                " current_setting('idle_in_transaction_session_timeout')"
            )
        )
        assert tuple(found.one()) == ("5s", "1s", "10s")


async def test_a_build_may_take_longer_and_what_comes_after_it_may_not(engine: AsyncEngine) -> None:
    for _ in range(2):
        async with transaction(engine) as session:
            raw = await (await session.connection()).get_raw_connection()
            connection = raw.driver_connection
            assert isinstance(connection, patience.Connection)
            assert connection.patience == patience.ANSWER_SECONDS
            await take_time(session)
            assert connection.patience == patience.BUILD_SECONDS
            limit = await session.scalar(text("SELECT current_setting('statement_timeout')"))
            assert limit == "0"


async def test_a_row_that_another_holds_is_waited_for_a_second(engine: AsyncEngine) -> None:
    url = engine.url.render_as_string(hide_password=False)
    other = make_engine(url, pool_size=1)
    try:
        async with transaction(other) as session:
            await (await session.connection()).execute(text("SELECT pg_advisory_xact_lock(7)"))
            started = time.monotonic()
            with pytest.raises(Exception, match="lock timeout") as refused:
                await ask(engine, "SELECT pg_advisory_xact_lock(7)")
            assert 0.9 < time.monotonic() - started < 2
    finally:
        await other.dispose()

    assert isinstance(problem_of(refused.value), Unavailable)
