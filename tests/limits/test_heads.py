"""Heads of requests: how large, how slow, how odd they may be; the worst that comes is refusal."""

import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from app.cli import listening
from app.cli.listening import HEAD_BYTES
from tests.conftest import Server
from tests.limits.live import Live, live, read_all, status

LINE = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
JSON = {"Content-Type": "application/json"}
CLOSE = b"Connection: close\r\n\r\n"


@pytest.fixture(scope="module")
def running(server: Server, new_database: Callable[[], str]) -> Iterator[Live]:
    """A service on a port, that waits half a second for a head."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(listening, "HEAD_SECONDS", 0.5)
        with live(server.settings(new_database())) as found:
            yield found


def answer(running: Live, sent: bytes) -> int:
    with running.connect() as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused while we are at it
            connection.sendall(sent)
        return status(read_all(connection))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"".join(b"X-%d: y\r\n" % n for n in range(4000)), id="many headers"),
        pytest.param(b"X: " + b"y" * 60_000 + b"\r\n", id="a long header"),
        pytest.param(b"Authorization: Bearer " + b"y" * 60_000 + b"\r\n", id="a long key"),
        pytest.param(b"Cookie: a=b\r\n" * 4000, id="the same again and again"),
    ],
)
def test_a_large_head_is_answered(running: Live, head: bytes) -> None:
    assert len(LINE + head + CLOSE) < HEAD_BYTES
    assert answer(running, LINE + head + CLOSE) == 200


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(LINE + b"X: y\r\n" * 1_000_000, id="headers without end"),
        pytest.param(LINE + b"X: " + b"y" * 5_000_000, id="a header without end"),
        pytest.param(LINE + b"X" * 5_000_000, id="a name without end"),
        pytest.param(b"GET /" + b"y" * 5_000_000, id="an address without end"),
        pytest.param(
            b"POST /v1/networks HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
            + b"X: y\r\n" * 1_000_000,
            id="trailers without end",
        ),
    ],
)
def test_a_head_without_end_is_not_read_to_it(running: Live, sent: bytes) -> None:
    started = time.monotonic()

    assert answer(running, sent) in {431, 400, 401, 0}  # 0: closed while we were sending
    assert time.monotonic() - started < 10
    assert httpx.get(f"{running.url}/healthz").status_code == 200


def test_a_head_just_too_large_is_told_so(running: Live) -> None:
    with running.connect() as connection:
        connection.sendall(LINE + b"X: " + b"y" * (HEAD_BYTES - 100))
        time.sleep(0.1)
        connection.sendall(b"y" * 200)
        assert status(read_all(connection)) == 431


@pytest.mark.parametrize("kind", ["whole", "in parts"])
def test_a_body_is_no_head(running: Live, kind: str) -> None:
    body = b'"' + b"x" * 5 * HEAD_BYTES + b'"'
    content = body if kind == "whole" else iter([body[:70_000], body[70_000:]])

    reply = httpx.post(f"{running.url}/v1/networks", content=content, headers=JSON)

    assert reply.status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"\r\n" + b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
        pytest.param(b"GET / HTTP/1.1\r\nHo st: x\r\n\r\n", id="a space in a name"),
        pytest.param(b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n", id="NUL in a header"),
        pytest.param(b"GET / HTTP/9.9\r\n\r\n", id="a version to come"),
        pytest.param(b"FLY /v1 HTTP/1.1\r\nHost: x\r\n\r\n", id="a method of their own"),
        pytest.param(
            b"POST /v1/networks HTTP/1.1\r\nContent-Length: -1\r\n\r\n", id="a negative length"
        ),
        pytest.param(
            b"POST /v1/networks HTTP/1.1\r\nContent-Length: 5\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            id="two lengths",
        ),
    ],
)
def test_what_is_no_http_is_refused(running: Live, sent: bytes) -> None:
    assert answer(running, sent) == 400
    assert httpx.get(f"{running.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing is said"),
        pytest.param(b"GET /heal", id="half a line"),
        pytest.param(LINE + b"X: y\r\n", id="all but the end"),
        pytest.param(LINE + b"\r\n" + LINE, id="a second request that does not end"),
    ],
)
def test_a_head_is_not_waited_for_for_ever(running: Live, begun: bytes) -> None:
    started = time.monotonic()
    with running.connect() as connection:
        connection.sendall(begun)
        answered = status(read_all(connection))

    assert answered in {0, 200}
    assert 0.4 < time.monotonic() - started < 4, "uvicorn itself would wait five seconds"


def test_a_slow_answer_is_given_whatever_comes_behind(running: Live, server: Server) -> None:
    service = make_url(running.server.app.state.settings.database_url.get_secret_value())
    with (
        psycopg.connect(server.url(str(service.database))) as held,
        running.connect() as connection,
    ):
        held.execute("LOCK TABLE alembic_version")
        connection.sendall(LINE.replace(b"healthz", b"readyz") + b"\r\n")
        time.sleep(0.1)
        connection.sendall(LINE)  # and nothing more

        assert status(connection.recv(65_536)) == 503


def test_a_slow_head_is_no_slow_answer(running: Live) -> None:
    with running.connect() as connection:
        for part in (LINE[:10], LINE[10:], CLOSE):
            connection.sendall(part)
            time.sleep(0.1)
        assert status(read_all(connection)) == 200


@pytest.mark.parametrize(
    ("asked", "end"), [(b"GET", b'{"status":"ok"}'), (b"HEAD", b"\r\n\r\n")], ids=["GET", "HEAD"]
)
def test_a_reply_comes_whole_and_at_once(running: Live, asked: bytes, end: bytes) -> None:
    with running.connect() as connection:
        for _ in range(20):
            connection.sendall(asked + b" /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            reply = connection.recv(65_536)
            assert status(reply) == 200
            assert reply.endswith(end)
