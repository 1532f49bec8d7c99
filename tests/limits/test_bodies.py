"""Bodies: how large, how packed, how slow they may be, and where."""

import gzip
import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.testclient import TestClient

from app import failures
from app.intake import PACKED_ANYHOW
from app.settings import Settings
from app.wire import Wire
from tests.conftest import Server, Service
from tests.limits.live import Live, live, read_all, status

SMALL, LARGE = 2_000_000, 9_000_000
"""Bytes that ordinary and bulk paths take here."""

BULK = "/v1/organizations/bulk"
GZIP = {"Content-Encoding": "gzip"}


@pytest.fixture(scope="module")
def echo() -> Iterator[TestClient]:
    """Any path, behind our wire: says how long the body was and which it was."""
    app = FastAPI(max_body_size=None)
    app.state.draining = False

    @app.post("/{path:path}")
    async def said(request: Request, path: str) -> dict[str, Any]:
        body = await request.body()
        return {"path": path, "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}

    failures.install(app)
    settings = {"max_body_bytes": SMALL, "max_bulk_bytes": LARGE, "body_seconds": 0.3}
    app.add_middleware(Wire, settings=Settings.model_validate(settings))
    with TestClient(app) as client:
        yield client


def is_refused(reply: httpx.Response, slug: str, status: int, detail: str) -> None:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["type"] == f"/problems/{slug}"
    assert detail in reply.json()["detail"]


def parts(body: bytes, size: int = 65_536) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def rows(size: int) -> bytes:
    """JSON that packs as hospitals do, eight to one or so."""
    made = [
        {"external_id": f"{n:06d}", "name": hashlib.sha256(b"%d" % n).hexdigest()[:24]}
        for n in range(size // 60)
    ]
    return json.dumps({"data": made}, separators=(",", ":")).encode()


def blanks(size: int) -> bytes:
    """Nothing, packed a thousand to one."""
    packing = zlib.compressobj(wbits=31)
    begun = b"".join(packing.compress(b" " * 100_000) for _ in range(size // 100_000))
    return begun + packing.compress(b" " * (size % 100_000)) + packing.flush()


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        pytest.param("/v1/networks", SMALL, id="an ordinary path"),
        pytest.param(f"{BULK}/", SMALL, id="nearly a bulk path"),
        pytest.param(BULK, LARGE, id="a bulk path"),
    ],
)
def test_a_path_takes_what_it_takes_and_not_a_byte_more(
    echo: TestClient, path: str, limit: int
) -> None:
    body = b"x" * limit

    assert echo.post(path, content=body).json()["bytes"] == limit
    assert echo.post(path, content=parts(body)).json()["bytes"] == limit
    for more in (body + b"x", parts(body + b"x")):
        detail = f"At most {limit} bytes"
        is_refused(echo.post(path, content=more), "payload-too-large", 413, detail)


@pytest.mark.parametrize("size", [1, 777, 65_536, LARGE])
def test_a_bulk_path_unpacks(echo: TestClient, size: int) -> None:
    body = rows(100_000 if size == 1 else LARGE - 600_000)
    packed = gzip.compress(body)
    assert 2 < len(body) / len(packed) < 20

    found = echo.post(BULK, content=parts(packed, size), headers=GZIP).json()

    assert (found["bytes"], found["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_a_little_may_be_packed_as_tightly_as_it_likes(echo: TestClient) -> None:
    body = b" " * PACKED_ANYHOW

    assert echo.post(BULK, content=gzip.compress(body), headers=GZIP).json()["bytes"] == len(body)


@pytest.mark.parametrize(
    "packed",
    [
        pytest.param(blanks(PACKED_ANYHOW + 1), id="just too much at a thousand to one"),
        pytest.param(blanks(100_000_000), id="a bomb"),
        pytest.param(gzip.compress(rows(LARGE + 500_000)), id="more than a bulk path takes"),
    ],
)
@pytest.mark.parametrize("size", [1000, 10_000_000])
def test_what_bursts_is_refused(echo: TestClient, packed: bytes, size: int) -> None:
    reply = echo.post(BULK, content=parts(packed, size), headers=GZIP)

    is_refused(reply, "payload-too-large", 413, f"At most {LARGE} bytes")


PACKED = gzip.compress(rows(10_000))


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b"", "one whole", id="nothing"),
        pytest.param(b"{}", "Not gzip", id="plain JSON"),
        pytest.param(zlib.compress(b"{}"), "Not gzip", id="zlib"),
        pytest.param(PACKED[:-1], "one whole", id="cut off"),
        pytest.param(PACKED[:-8] + b"12345678", "Not gzip", id="a wrong checksum"),
        pytest.param(PACKED + b"x", "one whole", id="something behind"),
        pytest.param(PACKED + PACKED, "one whole", id="two streams"),
    ],
)
@pytest.mark.parametrize("size", [1, 1_000_000])
def test_what_is_not_one_gzip_stream_is_refused(
    echo: TestClient, body: bytes, says: str, size: int
) -> None:
    reply = echo.post(BULK, content=parts(body, size), headers=GZIP)

    is_refused(reply, "malformed-json", 400, says)


@pytest.mark.parametrize(
    ("path", "encoding", "accepted"),
    [
        pytest.param("/v1/networks", "gzip", "identity", id="packed for an ordinary path"),
        pytest.param(BULK, "br", "gzip", id="another packing"),
        pytest.param(BULK, "gzip, gzip", "gzip", id="packed twice"),
        pytest.param(BULK, "identity, gzip", "gzip", id="packed and said so twice"),
        pytest.param(BULK, "gzip\t;q=1", "gzip", id="no encoding at all"),
    ],
)
def test_other_encodings_are_refused(
    echo: TestClient, path: str, encoding: str, accepted: str
) -> None:
    reply = echo.post(path, content=PACKED, headers={"Content-Encoding": encoding})

    is_refused(reply, "unsupported-media-type", 415, "Send the body without")
    assert reply.headers["accept-encoding"] == accepted


@pytest.mark.parametrize("encoding", ["identity", "Identity", "", " GZIP "])
def test_an_encoding_may_be_spelled_anyhow(echo: TestClient, encoding: str) -> None:
    body = PACKED if "GZIP" in encoding else b"{}"

    reply = echo.post(BULK, content=body, headers={"Content-Encoding": encoding})

    assert reply.status_code == 200


def test_the_service_unpacks_nothing_for_an_ordinary_path(service: Service) -> None:
    body = gzip.compress(b'{"external_id": "N1", "name": "N"}')

    reply = service.operator.post(
        "/v1/networks", content=body, headers={"Content-Type": "application/json", **GZIP}
    )

    is_refused(reply, "unsupported-media-type", 415, "Send the body without gzip")


@pytest.mark.parametrize(
    ("body", "slug"),
    [
        pytest.param(
            b'{"name": "a", "name": "b", "external_id": "x"}', "malformed-json", id="a key twice"
        ),
        pytest.param(b"[" * 40 + b"]" * 40, "malformed-json", id="depth"),
        pytest.param('{"name": "a"}'.encode("utf-16"), "malformed-json", id="UTF-16"),
        pytest.param(
            b"{" + b",".join(b'"%d":0' % key for key in range(90_000)) + b"}",
            "payload-too-large",
            id="keys",
        ),
        pytest.param(b"[" + b"0," * 450_000 + b"0]", "payload-too-large", id="values"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/networks", "/v1/organizations", "/v1/instruments"])
def test_every_route_reads_json_by_the_same_rules(
    service: Service, path: str, body: bytes, slug: str
) -> None:
    headers = {"Content-Type": "application/json; charset=utf-16"}
    reply = service.operator.post(path, content=body, headers=headers)

    assert reply.json()["type"] == f"/problems/{slug}", reply.text


@pytest.fixture(scope="module")
def impatient(server: Server, new_database: Callable[[], str]) -> Iterator[Live]:
    """A service on a port, that waits two seconds for a body."""
    with live(server.settings(new_database(), body_seconds=2)) as running:
        yield running


def test_a_body_that_comes_too_slowly_is_not_waited_for(impatient: Live) -> None:
    head = (
        b"POST /v1/organizations HTTP/1.1\r\nHost: x\r\n"
        b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
    )
    started = time.monotonic()
    with impatient.connect() as drip, impatient.connect() as hold:
        for connection in (drip, hold):
            connection.sendall(head + b"{")
        with suppress(BrokenPipeError, ConnectionResetError):
            while time.monotonic() - started < 6:
                drip.sendall(b" ")  # some progress is no excuse
                time.sleep(0.05)
            raise AssertionError("still waited for")
        answers = [read_all(one) for one in (drip, hold)]

    for answer in answers:
        assert status(answer) == 408
        assert b"/problems/request-timeout" in answer
        assert b"The body did not come within 2 s" in answer
        assert b"connection: close" in answer.lower()
    assert httpx.get(f"{impatient.url}/v1/frameworks").status_code == 200


def test_a_body_may_take_its_time_within_the_limit(impatient: Live) -> None:
    def slowly() -> Iterator[bytes]:
        for part in (b'{"external_id"', b': "x", "na', b'me": "y"}'):
            time.sleep(0.1)
            yield part

    reply = httpx.post(
        f"{impatient.url}/v1/organizations",
        content=slowly(),
        headers={"Content-Type": "application/json"},
    )

    assert reply.status_code == 401, "read, and then nobody may write"
