"""Whether refusals tell by their time what is wrong with a key: unknown, wrong, revoked, expired.

Usage: python -m tests.bench.key_timing [REQUESTS]

One server process over loopback, one connection, requests of all kinds in random order. Printed
are medians and, beside unknown keys, p of Mann and Whitney. Exits 1 if that of wrong secrets to
known keys is 0.01 or less; whoever shows that a key was revoked has its secret.
"""

import asyncio
import random
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection

import numpy as np
from rich.console import Console
from rich.table import Table

from app.access import keys
from app.database import connect
from app.db import Scope, make_engine, transaction
from app.settings import Settings
from tests.bench.ranks import mann_whitney
from tests.bench.serving import Hospital, add_hospital, serving

REQUESTS = 10_000
"""Of each kind."""

HOSPITALS = 300
"""So many keys in the database that one is found by its index."""

WARM_UP = 500
LEAST_P = 0.01
EXAMPLE = ([19.0, 22, 16, 29, 24], [20.0, 11, 17, 12], 0.11134688653314041)
"""Two samples and their p, as the manual of SciPy has them."""


async def hospitals(settings: Settings) -> list[Hospital]:
    """Hospitals with a key each; the first one's is revoked, the second one's expired."""
    engine = make_engine(connect(settings).app, pool_size=1)
    now = datetime.now(UTC)
    async with transaction(engine, Scope(operator=True)) as session:
        made = [await add_hospital(session, settings, now) for _ in range(HOSPITALS)]
        made[0].known.revoked_at = now
        made[1] = await add_hospital(session, settings, now - timedelta(days=91))
    await engine.dispose()
    return made


def wrong(known: str) -> str:
    """The id of a key with another secret, and the checksum of both."""
    other = keys.make_key("organization", "live").text
    start, (_, _, secret) = known.rpartition("_")[0], other.rpartition("_")
    body = f"{start}_{secret[:-6]}"
    return body + keys._checksum(body)  # noqa: SLF001 - nobody else makes wrong keys


def kinds(made: list[Hospital]) -> dict[str, Callable[[], str]]:
    """What is presented, by kind; an unknown and a wrong one are another each time."""
    return {
        "unknown": lambda: keys.make_key("organization", "live").text,
        "wrong": lambda: wrong(random.choice(made).key),  # noqa: S311
        "revoked": lambda: made[0].key,
        "expired": lambda: made[1].key,
    }


def refused(connection: HTTPConnection, key: str) -> float:
    """Microseconds until a key is refused."""
    headers = {"Authorization": f"Bearer {key}"}
    start = time.perf_counter_ns()
    connection.request("GET", "/v1/organizations", headers=headers)
    reply = connection.getresponse()
    reply.read()
    took = time.perf_counter_ns() - start
    if reply.status != 401:
        raise RuntimeError(f"{reply.status} for {key}")
    return took / 1000


def main() -> None:
    """Measure and compare."""
    one, other, p = EXAMPLE
    if not np.isclose(mann_whitney(np.array(one), np.array(other)), p):
        raise AssertionError("the test itself is wrong")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    took: dict[str, list[float]] = {}
    with serving() as served:
        made = kinds(asyncio.run(hospitals(served.settings)))
        order = [(name, make()) for name, make in made.items() for _ in range(count)]
        random.shuffle(order)
        connection = served.connection()
        for number, (name, key) in enumerate([*order[:WARM_UP], *order]):
            micros = refused(connection, key)
            if number >= WARM_UP:
                took.setdefault(name, []).append(micros)
    sys.exit(0 if report(took) else 1)


def report(took: dict[str, list[float]]) -> bool:
    """Print the table; whether wrong secrets are not told from unknown keys."""
    table = Table("key", "requests", "median, us", "p, beside unknown", "")
    unknown = np.array(took["unknown"])
    good = True
    for name, times in took.items():
        found = np.array(times)
        p = mann_whitney(found, unknown)
        told = name != "unknown" and p <= LEAST_P
        good &= name != "wrong" or not told
        row = [name, str(len(found)), f"{np.median(found):.1f}"]
        table.add_row(*row, "" if name == "unknown" else f"{p:.3f}", "TOLD" if told else "")
    Console(width=100).print(table)
    return good


if __name__ == "__main__":
    main()
