"""What reading the catalog costs beside a typed hello, and how large the whole of it is.

Usage: python -m tests.bench.catalog [SECONDS] [ROUNDS]

One worker under `wrk -t1 -c8`, and H, a typed FastAPI route that says hello, before and after each.
CPU of the serving process for a request, in microseconds; medians of the rounds. *Anew*: nobody
asked for the same before. *Known*: the client names the ETag and is answered 304.
Exits 1 if a bar is missed.
"""

import asyncio
import gzip
import statistics
import sys
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp

from app.catalog import seeding
from app.database import connect
from app.db import make_engine, transaction
from app.main import create_app
from app.settings import Settings
from tests.bench.push import SCRIPT, hello, typed_hello
from tests.bench.reads import asking, measured
from tests.bench.serving import Hospital, Process, serving

READ, PACKED = 1.3, 1_000_000
POINTS = "/v1/frameworks/seven-leverage-points"
PATHS = {
    "frameworks": "/v1/frameworks",
    "framework": f"{POINTS}?lang=en",
    "element with guidance": f"{POINTS}/elements/LP3.4?lang=es-419",
    "counterparts": f"{POINTS}/elements/LP3/counterparts",
    "instrument": "/v1/instruments/seven-leverage-points/versions/1?lang=en",
    "search": "/v1/search?q=how+do+I+plan+for+improvement",
}


def make_app(settings: Settings, _: Hospital) -> ASGIApp:
    """The service with the catalog that comes with it."""

    async def seed() -> None:
        engine = make_engine(connect(settings).app, pool_size=1)
        async with transaction(engine) as session:
            await seeding.seed(session, now=datetime.now(UTC))
        await engine.dispose()

    asyncio.run(seed())
    return create_app(settings)


def fetched(served: Process, path: str) -> tuple[str, bytes]:
    """The ETag and the body of a read."""
    connection = served.connection()
    connection.request("GET", path)
    reply = connection.getresponse()
    return reply.headers["ETag"], reply.read()


def known(path: str, etag: str) -> str:
    """A read of what the client has."""
    named = etag.replace('"', '\\"')
    headers = f'["If-None-Match"]="{named}"'
    return SCRIPT % {"method": "GET", "path": path, "headers": headers, "body": "nil"}


def main(seconds: float, rounds: float) -> int:
    """Measure, print, and say whether the bars are kept."""
    found: dict[tuple[str, str], list[tuple[float, float]]] = {}
    with hello(typed_hello()) as typed, serving(make_app) as served:
        etags = {name: fetched(served, path)[0] for name, path in PATHS.items()}
        size = len(gzip.compress(fetched(served, "/v1/catalog/content?lang=*")[1]))
        for _ in range(int(rounds)):
            for name, path in PATHS.items():
                for way, script in (
                    ("kept", asking(path)),
                    ("known", known(path, etags[name])),
                    ("anew", asking(path, anew=True)),
                ):
                    cost = measured(served, typed, script, seconds)
                    found.setdefault((name, way), []).append(cost)
    table = Table("read", "way", "CPU us", "x H")
    ratios: dict[tuple[str, str], float] = {}
    for (name, way), costs in found.items():
        cpu, ratio = (statistics.median(one) for one in zip(*costs, strict=True))
        ratios[name, way] = ratio
        table.add_row(name, way, f"{cpu:,.0f}", f"{ratio:.2f}")
    console = Console()
    console.print(table)
    console.print(f"the whole catalog in all languages: {size:,} bytes packed, at most {PACKED:,}")
    missed = [one for one in PATHS if ratios[one, "kept"] > READ]
    missed += [one for one in PATHS if ratios[one, "known"] >= ratios[one, "kept"]]
    for one in missed:
        console.print(
            f"MISSED  {one}: {ratios[one, 'kept']:.2f} x H, 304 {ratios[one, 'known']:.2f}"
        )
    return 1 if missed or size > PACKED else 0


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    sys.exit(main(*given, *(3, 3)[len(given) :]))
