"""Asked to stop, the service answers what it was asked before, and says that it leaves."""

import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.conftest import PEPPER, Server
from tests.limits.live import Live, live, process, read_all, status

BODY = json.dumps({"external_id": "N1", "name": "N"}).encode()
HEAD = (
    b"POST /v1/networks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n"
)


def begin(port: int) -> socket.socket:
    """A request that is being carried out, and of which the last byte is missing."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(HEAD % len(BODY))
    assert status(connection.recv(1000)) == 100
    connection.sendall(BODY[:-1])
    return connection


def end(connection: socket.socket) -> bytes:
    """The missing byte, and the whole answer."""
    with connection:
        connection.sendall(BODY[-1:])
        return read_all(connection)


def is_closed(running: Live) -> bool:
    try:
        running.connect().close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_request_in_flight_is_answered(server: Server, new_database: Callable[[], str]) -> None:
    with live(server.settings(new_database())) as running:
        idle = running.connect()
        asked = begin(running.port)
        running.server.handle_exit(signal.SIGTERM, None)
        assert read_all(idle) == b"", "who asks nothing is let go at once"
        idle.close()
        assert is_closed(running)
        answer = end(asked)

    assert status(answer) == 401
    assert b"connection: close" in answer.lower()


def test_balancers_get_time_to_see_that_it_leaves(
    server: Server, new_database: Callable[[], str]
) -> None:
    with (
        live(server.settings(new_database(), drain_seconds=1)) as running,
        httpx.Client(base_url=running.url) as kept,
    ):
        assert kept.get("/readyz").json() == {"status": "ready"}
        assert "connection" not in kept.get("/v1/frameworks").headers
        running.server.handle_exit(signal.SIGTERM, None)
        started = time.monotonic()

        unready, served = kept.get("/readyz"), kept.get("/v1/frameworks")
        asked = begin(running.port)
        while not is_closed(running):
            time.sleep(0.02)
        drained = time.monotonic() - started
        answer = end(asked)

    assert unready.status_code == 503
    assert unready.json()["detail"].startswith("Stopping")
    assert unready.headers["retry-after"] == "1"
    assert (served.status_code, served.headers["connection"]) == (200, "close")
    assert 1 <= drained < 10
    assert status(answer) == 401


def test_whoever_asks_twice_is_in_a_hurry(server: Server, new_database: Callable[[], str]) -> None:
    with live(server.settings(new_database(), drain_seconds=60)) as running:
        running.server.handle_exit(signal.SIGTERM, None)
        assert not running.server.should_exit
        running.server.handle_exit(signal.SIGTERM, None)
        assert running.server.should_exit


@pytest.mark.slow
@pytest.mark.parametrize("drain", [0, 1])
def test_a_process_that_is_told_to_stop_loses_no_request(
    tmp_path: Path, server: Server, new_database: Callable[[], str], drain: float
) -> None:
    settings = server.settings(new_database(), drain_seconds=drain, key_pepper=PEPPER)
    with process(tmp_path, settings) as running:
        connections = [begin(httpx.URL(running.url).port or 0) for _ in range(20)]
        running.stop()
        time.sleep(0.5)
        answers = [end(one) for one in connections]
        code = running.run.wait(20)

    assert [status(one) for one in answers] == [401] * 20
    assert code == 0, running.log.read_text()
    assert "Traceback" not in running.log.read_text()
