"""What bombs cost the process that gets them: memory, and other clients' time."""

import gzip
import statistics
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import Server
from tests.limits.live import Process, process

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MEBIBYTE = 1_048_576
MOST = 100 * MEBIBYTE
"""How much a process may grow."""

SOON = 0.1
"""Seconds that another client may wait though it would be answered in two milliseconds."""


def blanks(size: int) -> bytes:
    packing = zlib.compressobj(wbits=31)
    return b"".join(packing.compress(b" " * MEBIBYTE) for _ in range(size // MEBIBYTE)) + (
        packing.flush()
    )


def keys(number: int) -> bytes:
    return b"{" + b",".join(b'"%d":0' % key for key in range(number)) + b"}"


BOMBS: dict[str, tuple[bytes, dict[str, str]]] = {
    "gzip, a thousand to one": (blanks(1024 * MEBIBYTE), {"Content-Encoding": "gzip"}),
    "gzip of a million keys": (gzip.compress(keys(10**6)), {"Content-Encoding": "gzip"}),
    "a million keys": (keys(10**6), {}),
    "as many keys as fit": (keys(100_000)[: MEBIBYTE - 1] + b"}", {}),
    "a hundred thousand deep": (b"[" * 100_000, {}),
    "empty objects": (b"[" + b"{}," * 340_000 + b"{}]", {}),
    "a number without end": (b"9" * MEBIBYTE, {}),
    "one text": (b'"' + b"x" * 50 * MEBIBYTE + b'"', {}),
}
PATHS = ["/v1/organizations/bulk", "/v1/networks"]


@pytest.fixture(scope="module")
def running(
    tmp_path_factory: pytest.TempPathFactory, server: Server, new_database: Callable[[], str]
) -> Iterator[Process]:
    """A service in a process of its own, warm."""
    folder = tmp_path_factory.mktemp("bombed")
    with process(folder, server.settings(new_database())) as found:
        for path in PATHS:
            send(found, path, b"{}", {})
        yield found


def send(running: Process, path: str, body: bytes, headers: dict[str, str]) -> int:
    try:
        return httpx.post(
            running.url + path,
            content=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=30,
        ).status_code
    except httpx.TransportError:
        return 0  # closed while we were sending


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_makes_the_process_grow_little(
    running: Process, bomb: str, path: str, counted: Callable[[str], None]
) -> None:
    running.forgive()
    before = running.memory("VmRSS")

    answers = {send(running, path, *BOMBS[bomb]) for _ in range(3)}

    grown = running.memory("VmHWM") - before
    counted(f"{sorted(answers)}, {grown / MEBIBYTE:.0f} MiB")
    assert answers <= {0, 400, 401, 404, 405, 413, 415}
    assert grown < MOST


THROW = """
import sys, time, httpx
bombs = [
    b"{" + b",".join(b'"%d":0' % key for key in range(100_000)) + b"}",
    b"[" + b"{}," * 340_000 + b"{}]",
    b"9" * 1_000_000,
    b"[" * 100_000,
]
with httpx.Client(headers={"Content-Type": "application/json"}) as client:
    while True:
        for bomb in bombs:
            client.post(sys.argv[1], content=bomb)
            time.sleep(0.2)
"""


def latency(running: Process, seconds: float) -> float:
    """What another client waits for something small, but for the worst of a hundred times."""
    found = []
    ends = time.monotonic() + seconds
    with httpx.Client(base_url=running.url, timeout=30) as client:
        while time.monotonic() < ends:
            started = time.perf_counter()
            assert client.get("/v1/frameworks").status_code == httpx.codes.OK
            found.append(time.perf_counter() - started)
    return statistics.quantiles(found, n=100)[98]


def test_others_are_served_meanwhile(running: Process, counted: Callable[[str], None]) -> None:
    """Another process sends the dearest bombs, five a second; the best of three counts."""
    quiet = min(latency(running, 2) for _ in range(3))
    command = [sys.executable, "-c", THROW, running.url + PATHS[1]]
    with subprocess.Popen(command) as thrower:  # noqa: S603
        try:
            bombed = min(latency(running, 4) for _ in range(3))
            assert thrower.poll() is None
        finally:
            thrower.kill()

    assert bombed < max(2 * quiet, SOON), f"{quiet * 1000:.1f} ms, {bombed * 1000:.1f} with bombs"
    counted(f"p99 {quiet * 1000:.1f} ms alone, {bombed * 1000:.1f} ms beside bombs")
