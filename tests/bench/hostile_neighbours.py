"""What good clients notice of a hostile one: the 99th percentile of their waits, with and without.

Usage: python -m tests.bench.hostile_neighbours [ROUNDS]

A service in a process of its own. Four good clients read and write, each as fast as it is answered.
Beside them comes a fifth: in one third of each round nobody, in one third another good client, in
one third a hostile one that sends all of ``tests/hostile/bodies.py`` and, in a field, all JSON of
``values.py``. Exits 1 if the percentile is more than doubled in the median of the rounds.
"""

import json
import socket
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from itertools import chain, cycle
from multiprocessing import get_context

from rich.console import Console
from rich.table import Table

from tests.bench.serving import Served, serving
from tests.hostile.bodies import BODIES
from tests.hostile.values import JSON, Part

HERE = "127.0.0.1"
OTHERS = 4
SECONDS = 10
"""Of each third of a round."""
ROUNDS, ALLOWED = 5, 2.0

Hostile = tuple[tuple[tuple[bytes, bytes], ...], tuple[Part, ...]]


def waits(served: Served, until: float) -> list[float]:
    """A good client, which writes every tenth time; seconds that each request took."""
    found = []
    connection = served.connection()
    headers = {"Authorization": f"Bearer {served.hospital.key}"}
    write = {**headers, "Content-Type": "application/json"}
    made = json.dumps({"kind": "organization", "name": "A program"}).encode()
    number = 0
    while time.monotonic() < until:
        number += 1
        start = time.perf_counter()
        if number % 10:
            connection.request("GET", "/v1/organizations", headers=headers)
        else:
            connection.request("POST", "/v1/clients", made, write)
        reply = connection.getresponse()
        reply.read()
        if reply.status >= 300:
            raise RuntimeError(f"a good client got {reply.status}")
        found.append(time.perf_counter() - start)
    connection.close()
    return found


def hostile_bodies() -> list[Hostile]:
    """Everything, whole bodies and fields by turns."""
    whole: list[Hostile] = [
        (one.headers, (one.body() if callable(one.body) else one.body,)) for one in BODIES.values()
    ]
    fields: list[Hostile] = [
        ((), (b'{"kind": "organization", "name": ', one, b"}")) for one in JSON.values()
    ]
    return list(chain.from_iterable(zip(cycle(whole), fields, strict=False)))


def hostile(served: Served, until: float) -> int:
    """A hostile client; how many of its requests were answered."""
    answered = 0
    for headers, parts in cycle(hostile_bodies()):
        if time.monotonic() > until:
            return answered
        named = dict(((b"content-type", b"application/json"), *headers))
        head = [
            b"POST /v1/clients HTTP/1.1",
            b"host: localhost",
            b"connection: close",
            b"authorization: Bearer " + served.hospital.key.encode(),
            b"content-length: %d" % sum(map(len, parts)),
            *(b"%s: %s" % pair for pair in named.items()),
        ]
        with suppress(OSError), socket.create_connection((HERE, served.port)) as line:
            line.sendall(b"\r\n".join(head) + b"\r\n\r\n")
            for part in parts:
                for piece in (part,) if isinstance(part, bytes) else part:
                    line.sendall(piece)  # an OSError says: refused before all was sent
            answered += bool(line.recv(65_536))
    return answered


def beside(served: Served, fifth: Callable[[Served, float], object] | None) -> list[float]:
    """Waits of the four while a fifth is there, each client in a process of its own."""
    until = time.monotonic() + SECONDS
    with ProcessPoolExecutor(OTHERS + 1, mp_context=get_context("fork")) as pool:
        more = [pool.submit(fifth, served, until)] if fifth else []
        found = [pool.submit(waits, served, until) for _ in range(OTHERS)]
        for one in more:
            one.result()
        return [wait for one in found for wait in one.result()]


def percentile(found: list[float], share: int) -> float:
    """In milliseconds."""
    return statistics.quantiles(found, n=100)[share - 1] * 1000


def main() -> int:
    """In turns, so that all three see the same of the machine."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    thirds: dict[str, Callable[[Served, float], object] | None] = {
        "alone": None,
        "with a good one": waits,
        "with a hostile one": hostile,
    }
    table = Table("round", *(f"{share} {name}" for share in ("p50", "p99") for name in thirds))
    ratios = []
    with serving() as served:
        for number in range(rounds):
            found = [beside(served, fifth) for fifth in thirds.values()]
            figures = [percentile(one, share) for share in (50, 99) for one in found]
            ratios.append(figures[-1] / figures[-3])
            table.add_row(str(number + 1), *(f"{one:.1f} ms" for one in figures))
    console = Console(width=140)
    console.print(table)
    median = statistics.median(ratios)
    console.print(f"p99 with a hostile client: {median:.2f} times that without (at most {ALLOWED})")
    return 0 if median <= ALLOWED else 1


if __name__ == "__main__":
    sys.exit(main())
