"""Rate limits in Redis: shared by processes, and no way for a dead Redis to take the service along.

The tests with a server need `redis-server` on the path, or PALANCA_TEST_REDIS_SERVER to name it.
"""

import logging
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import ConnectionError as NotThereError

from app.limiting import PATIENCE_SECONDS, Limiter
from app.settings import Settings
from tests.conftest import Server, serve

PROGRAM = os.environ.get("PALANCA_TEST_REDIS_SERVER") or shutil.which("redis-server")
needs_server = pytest.mark.skipif(PROGRAM is None, reason="there is no redis-server here")


def limiter(uri: str) -> Limiter:
    return Limiter(
        Settings.model_validate({"rate_limit": "5/minute", "rate_limit_storage": f"async+{uri}"})
    )


@pytest.fixture
def silent() -> Iterator[str]:
    """A port that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture
def absent() -> str:
    """A port where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


@pytest.fixture(params=["absent", "silent"])
def dead(request: pytest.FixtureRequest) -> str:
    """A Redis that does not answer, in two ways."""
    return str(request.getfixturevalue(request.param))


async def test_without_redis_everybody_passes_and_it_is_said_once(
    dead: str, caplog: pytest.LogCaptureFixture
) -> None:
    counting = limiter(dead)
    started = time.monotonic()
    with caplog.at_level(logging.WARNING, logger="palanca"):
        verdicts = [await counting.hit("one") for _ in range(50)]
    await counting.close()

    assert verdicts == [None] * 50
    assert time.monotonic() - started < PATIENCE_SECONDS + 2, "it is not asked again at once"
    [line] = [record for record in caplog.records if record.name == "palanca"]
    assert "no rate limits for 5 s" in line.getMessage()


def test_without_redis_requests_are_answered(
    dead: str, server: Server, new_database: Callable[[], str]
) -> None:
    for service in serve(server, new_database(), rate_limit_storage=f"async+{dead}"):
        for reply in (
            service.http.get("/v1/frameworks"),
            service.operator.get("/v1/organizations"),
        ):
            assert reply.status_code == 200
            assert "RateLimit" not in reply.headers


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[str]:
    """A Redis of the test's own, on a socket."""
    address = tmp_path / "redis.sock"
    arguments = ["--port", "0", "--unixsocket", str(address), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen([str(PROGRAM), *arguments], stdout=subprocess.DEVNULL) as run:  # noqa: S603
        try:
            with Redis(unix_socket_path=str(address)) as client:
                for _ in range(200):
                    try:
                        client.ping()
                        break
                    except NotThereError:
                        time.sleep(0.02)
            yield f"redis+unix://{address}"
        finally:
            run.kill()


@needs_server
async def test_processes_count_together(redis: str) -> None:
    here, there = limiter(redis), limiter(redis)

    found = [await one.hit("one") for _ in range(3) for one in (here, there)]
    await here.close()
    await there.close()

    assert [one.used for one in found if one] == [1, 2, 3, 4, 5, 6]
    assert [one.allowed for one in found if one] == [True] * 5 + [False]
    assert all(0 < one.reset_seconds <= 60 for one in found if one)


@needs_server
def test_a_service_counts_in_redis(
    redis: str, server: Server, new_database: Callable[[], str]
) -> None:
    more = {"rate_limit_storage": f"async+{redis}", "anonymous_rate_limit": "2/minute"}
    for service in serve(server, new_database(), **more):
        replies = [service.http.get("/v1/frameworks") for _ in range(3)]

        assert [one.status_code for one in replies] == [200, 200, 429]
        assert replies[0].headers["RateLimit"] == '"anonymous";r=1;t=60'
