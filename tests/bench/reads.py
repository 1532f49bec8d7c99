"""What reading a benchmark costs, beside a typed hello and beside a query over the raw rows.

Usage: python -m tests.bench.reads [SECONDS] [ROUNDS]

Releases over 1,000 and 100,000 organizations are served by one worker under `wrk -t1 -c8`, and H, a
typed FastAPI route that says hello, before and after each. CPU of the serving process for a
request, in microseconds; medians of the rounds. *In memory*: asked before. *Made anew*: nobody
asked for the same before, the release is in memory. *Not in memory*: the process has to read the
whole release from the database first. *Position*: with a key, an own result against the release.
*percentile_cont*: what PostgreSQL spends on the quartiles of the same cohort from the raw results,
without HTTP.
Exits 1 if a bar is missed.
"""

import asyncio
import secrets
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial

import psycopg
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp, Receive, Scope, Send

from app import db
from app.benchmarks import service
from app.benchmarks.published import Shelf
from app.catalog import service as catalog
from app.catalog.schemas import InstrumentIn
from app.database import connect
from app.main import create_app
from app.settings import Settings
from tests.bench.push import GET, SCRIPT, hello, load, typed_hello
from tests.bench.release_stored import fill, publish
from tests.bench.serving import OPERATOR, Hospital, Process, Served, serving
from tests.inputs import INSTRUMENT

SIZES = (1_000, 100_000)
IN_MEMORY, ANEW, BETWEEN_SIZES, CHEAPER, POSITION = 1.3, 3.0, 1.1, 40, 2.0
CELL = "/v1/benchmarks/1/cells?cohort=teaching:yes&figure=overall"
FORGET = "/forget"
RAW = """
SELECT percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY r.overall), avg(r.overall)
FROM result r
JOIN assessment a ON a.organization_id = r.organization_id AND a.id = r.assessment_id
JOIN organization o ON o.id = r.organization_id
WHERE o.attributes ->> 'teaching' = 'yes' AND a.period_end = %s
"""


def make_app(settings: Settings, _: Hospital, *, size: int) -> ASGIApp:
    """The service with a release over so many organizations, one of them the hospital."""
    asyncio.run(_publish(settings, size))
    app = create_app(settings)

    async def forgetful(scope: Scope, receive: Receive, send: Send) -> None:
        """The service, which has no release in memory when a path begins with ``/forget``."""
        if scope["type"] == "http" and scope["path"].startswith(FORGET):
            scope["path"] = scope["path"].removeprefix(FORGET)
            app.state.shelf = Shelf(app.state.release_engine)
        await app(scope, receive, send)

    return forgetful


async def _publish(settings: Settings, size: int) -> None:
    databases, now = connect(settings), datetime.now(UTC)
    engine = db.make_engine(databases.app, pool_size=3)
    async with db.transaction(engine, OPERATOR.scope) as session:
        await catalog.publish_instrument(session, InstrumentIn.model_validate(INSTRUMENT), now=now)
    async with db.transaction(engine) as session:
        [instrument] = await catalog.list_instruments(session)
    with psycopg.connect(databases.admin, autocommit=True) as database:
        database.execute("UPDATE organization SET benchmark = true")
        fill(database, size, instrument, [now.year - 2])
    plan = service.plan(settings, as_of=now.date(), now=now)
    async with db.transaction(engine, OPERATOR.scope) as session:
        await publish(session, plan, 1)
    await engine.dispose()


def asking(path: str, key: str | None = None, *, anew: bool = False) -> str:
    """The same request again and again; or each time as nobody asked it before."""
    headers = "" if key is None else f'["Authorization"]="Bearer {key}"'
    if anew:
        headers = f'["Accept"]="application/x-{secrets.token_hex(4)}-" .. n'
    return SCRIPT % {"method": "GET", "path": path, "headers": headers, "body": "nil"}


def raw_microseconds(served: Served) -> float:
    """Of the database, for the cohort's figures from the raw results: the least of five."""
    year = datetime.now(UTC).year - 2
    seconds = []
    with psycopg.connect(connect(served.settings).admin, autocommit=True) as database:
        database.execute("SET max_parallel_workers_per_gather = 0")
        for _ in range(5):
            begun = time.perf_counter()
            database.execute(RAW, [f"{year}-12-31"]).fetchone()
            seconds.append(time.perf_counter() - begun)
    return min(seconds) * 1e6


def measured(served: Process, typed: Process, script: str, seconds: float) -> tuple[float, float]:
    """Microseconds of CPU a request, and how many times a typed hello's just before and after."""
    before = load(typed, GET, seconds / 2).cpu
    found = load(served, script, seconds).cpu
    return found, found / ((before + load(typed, GET, seconds / 2).cpu) / 2)


@contextmanager
def worlds() -> Iterator[dict[int, Served]]:
    """A service for each size."""
    with ExitStack() as stack:
        yield {n: stack.enter_context(serving(partial(make_app, size=n))) for n in SIZES}


def main(seconds: float, rounds: float) -> int:
    """Measure, print, and say whether the bars are kept."""
    ways: dict[tuple[str, int], list[tuple[float, float]]] = {}
    with hello(typed_hello()) as typed, worlds() as services:
        for _ in range(int(rounds)):
            for size, served in services.items():
                position = f"/v1/organizations/{served.hospital.row.id}/position"
                for name, script in (
                    ("in memory", asking(CELL)),
                    ("made anew", asking(CELL, anew=True)),
                    ("not in memory", asking(FORGET + CELL, anew=True)),
                    ("position", asking(position, served.hospital.key)),
                ):
                    found = measured(served, typed, script, seconds)
                    ways.setdefault((name, size), []).append(found)
        raw = {size: raw_microseconds(served) for size, served in services.items()}
    return _told(ways, raw)


def _told(ways: dict[tuple[str, int], list[tuple[float, float]]], raw: dict[int, float]) -> int:
    table = Table("organizations", "way", "CPU us", "x H")
    cost = {way: statistics.median(one for one, _ in found) for way, found in ways.items()}
    ratio = {way: statistics.median(one for _, one in found) for way, found in ways.items()}
    for (name, size), one in cost.items():
        table.add_row(f"{size:,}", name, f"{one:,.0f}", f"{ratio[name, size]:.2f}")
    for size, one in raw.items():
        table.add_row(f"{size:,}", "percentile_cont", f"{one:,.0f}", "")
    least, most = SIZES[0], SIZES[-1]
    bars = {
        f"in memory: x H, at most {IN_MEMORY}": (ratio["in memory", most], IN_MEMORY),
        f"made anew: x H, at most {ANEW}": (ratio["made anew", most], ANEW),
        f"100,000 organizations as 1,000: at most {BETWEEN_SIZES}": (
            cost["in memory", most] / cost["in memory", least],
            BETWEEN_SIZES,
        ),
        f"position: x the read, at most {POSITION}": (
            cost["position", most] / cost["in memory", most],
            POSITION,
        ),
        f"cheaper than percentile_cont by 1/x, at least {CHEAPER}": (
            cost["in memory", most] / raw[most],
            1 / CHEAPER,
        ),
    }
    Console(width=120).print(table)
    for name, (found, bar) in bars.items():
        Console(width=120).print(f"{found:.3g}  {name}{'' if found <= bar else '  MISSED'}")
    return int(any(found > bar for found, bar in bars.values()))


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:]]
    sys.exit(main(*given, *(5, 3)[len(given) :]))
