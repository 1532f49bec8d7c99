"""How fast submissions come in, beside what the same server can do at all.

Usage: python -m tests.bench.push [--peers] [SECONDS] [ROUNDS]

Single submissions of 50 items: with a key, validated, scored, on the audit trail, durable before
the answer; eight connections, one worker. The yardsticks, an ASGI application that only says hello
(R) and a typed FastAPI route (H), are measured before and after each round, under the same load of
`wrk -t1 -c8`. Prints the median of the rounds, and exits 1 below 0.10 x R or above 3.0 x H in CPU.
With --peers it prints what PocketBase and Datasette do with the same 50 answers (`peers`).
"""

import asyncio
import json
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

import httpx
import psycopg
from fastapi import FastAPI
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from starlette.types import ASGIApp, Receive, Scope, Send

from app import db
from app.catalog import service as catalog
from app.catalog.schemas import InstrumentIn
from app.database import connect
from app.main import create_app
from app.settings import Settings
from tests.bench import peers
from tests.bench.serving import Hospital, Process, Served, forked, serving
from tests.conftest import signature
from tests.inputs import INSTRUMENT

LEAST, MOST = 0.10, 3.0
ITEMS = [f"{section}{n}" for section in "ABCDE" for n in range(1, 11)]
"""Fifty items in five sections."""

SCRIPT = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("%(method)s", "%(path)s", {%(headers)s}, (%(body)s))
end
done = function(summary, latency, _)
  local e = summary.errors
  io.write(string.format(
    '{"requests": %%d, "microseconds": %%d, "p50": %%.3f, "p99": %%.3f, "bad": %%d}\\n',
    summary.requests, summary.duration, latency:percentile(50) / 1000,
    latency:percentile(99) / 1000, e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What a server did under load."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    """Microseconds of the server process for a request."""


def load(server: Process, script: str, seconds: float) -> Load:
    """Ask a server for some time, over eight connections."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as file:
        file.write(script)
        file.flush()
        before = server.cpu_seconds()
        url = f"http://127.0.0.1:{server.port}"
        command = ["wrk", "-t1", "-c8", f"-d{max(1, round(seconds))}s", "-s", file.name, url]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - ours
        spent = server.cpu_seconds() - before
    found = json.loads(said.splitlines()[-1])
    if found["bad"] or not found["requests"]:
        raise RuntimeError(f"not all was answered: {said}")
    done = found["requests"]
    per_second = done / found["microseconds"] * 1e6
    return Load(per_second, found["p50"], found["p99"], spent / done * 1e6)


async def raw_hello(_: Scope, __: Receive, send: Send) -> None:
    """R: as little as there can be."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"5")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b"hello"})


class Hello(BaseModel):
    """What H says."""

    hello: str


def typed_hello() -> ASGIApp:
    """H: a typed route and nothing else."""
    app = FastAPI()

    @app.get("/")
    async def hello() -> Hello:
        return Hello(hello="world")

    return app


@contextmanager
def hello(app: ASGIApp) -> Iterator[Process]:
    """A process that serves a yardstick."""
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        forked(app, listener) as pid,
    ):
        yield Process(listener.getsockname()[1], pid)


GET = SCRIPT % {"method": "GET", "path": "/", "headers": "", "body": "nil"}


ANSWERS = {code: n % 5 for n, code in enumerate(ITEMS)}


def single(served: Served) -> str:
    """Submissions that are all different, each of a person of its own."""
    given = {
        "instrument": "fifty",
        "version": "1",
        "period": "2026-H1",
        "role": "nursing",
        "external_id": "@",
        "answers": ANSWERS,
    }
    path = f"/v1/organizations/{served.hospital.row.id}/submissions"
    return posting(path, {"Authorization": f"Bearer {served.hospital.key}"}, given)


def posting(path: str, headers: Mapping[str, str], given: Mapping[str, object]) -> str:
    """Bodies that differ in where an ``@`` stands."""
    before, after = json.dumps(given).split('"@"')
    run = secrets.token_hex(4)
    said = {**headers, "Content-Type": "application/json"}
    return SCRIPT % {
        "method": "POST",
        "path": path,
        "headers": ", ".join(f'["{name}"]="{value}"' for name, value in said.items()),
        "body": f"""'{before}"{run}-' .. n .. '"{after}'""",
    }


def beside(raw: Process, seconds: float) -> None:
    """Print what others do, each with the yardstick before and after it."""
    table = Table("beside", "R /s", "records /s", "x R")

    def add(name: str, measured: Callable[[], float]) -> None:
        before = load(raw, GET, seconds / 2).per_second
        found = measured()
        r = (before + load(raw, GET, seconds / 2).per_second) / 2
        table.add_row(name, *(f"{one:,.3g}" for one in (r, found, found / r)))

    with peers.pocketbase() as (process, headers):
        script = posting(peers.RECORDS, headers, {"name": "@", "answers": ANSWERS})
        add("PocketBase, one by one", lambda: load(process, script, seconds).per_second)
    with peers.datasette() as (process, headers):
        for size in peers.BULK:
            push = partial(peers.bulk, process, headers, size, ANSWERS, seconds)
            add(f"Datasette, {size:,} at a time", push)
    Console(width=120).print(table)


def make_app(settings: Settings, _: Hospital) -> ASGIApp:
    """The service, with an instrument of fifty items."""
    sections = [
        {
            "code": one,
            "title": {"en": one},
            "items": [
                {"code": code, "text": {"en": code}} for code in ITEMS if code.startswith(one)
            ],
        }
        for one in "ABCDE"
    ]
    given = {**INSTRUMENT, "instrument": "fifty", "sections": sections}
    asyncio.run(_publish(settings, InstrumentIn.model_validate(given)))
    return create_app(settings)


async def _publish(settings: Settings, instrument: InstrumentIn) -> None:
    engine = db.make_engine(connect(settings).app, pool_size=1)
    async with db.transaction(engine, db.Scope(operator=True)) as session:
        await catalog.publish_instrument(session, instrument, now=datetime.now(UTC))
    await engine.dispose()


def sign(served: Served) -> None:
    """The hospital takes part."""
    headers = {"Authorization": f"Bearer {served.hospital.key}"}
    base = f"http://127.0.0.1:{served.port}"
    with httpx.Client(base_url=base, headers=headers) as client:
        body = signature(client.get("/v1/agreements"))
        path = f"/v1/organizations/{served.hospital.row.id}/agreements"
        client.post(path, json=body).raise_for_status()


def settle(served: Served) -> None:
    """What autovacuum does within a minute: the planner learns what is there."""
    with psycopg.connect(connect(served.settings).admin, autocommit=True) as database:
        database.execute("ANALYZE")


def main(seconds: float, rounds: float, *, with_peers: bool) -> int:
    """Measure, print, and say whether it is fast enough."""
    if with_peers:
        peers.check_there()
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    ratios, cpu = [], []
    table = Table(
        "round", "R /s", "H /s", "submissions /s", "x R", "CPU us", "x H", "p50", "p99 ms"
    )
    with hello(raw_hello) as raw, hello(typed_hello()) as typed, serving(make_app) as served:
        sign(served)
        load(served, single(served), seconds / 2)
        settle(served)
        for number in range(1, int(rounds) + 1):
            yards = [load(one, GET, seconds / 2) for one in (raw, typed)]
            found = load(served, single(served), seconds)
            yards += [load(one, GET, seconds / 2) for one in (raw, typed)]
            r = (yards[0].per_second + yards[2].per_second) / 2
            h = (yards[1].cpu + yards[3].cpu) / 2
            ratios.append(found.per_second / r)
            cpu.append(found.cpu / h)
            shown = [r, yards[1].per_second, found.per_second, ratios[-1], found.cpu, cpu[-1]]
            table.add_row(str(number), *(f"{one:,.3g}" for one in (*shown, found.p50, found.p99)))
        if with_peers:
            beside(raw, seconds)
    Console(width=120).print(table)
    of_r, of_h = statistics.median(ratios), statistics.median(cpu)
    Console().print(f"{of_r:.3f} x R (at least {LEAST}), {of_h:.2f} x H in CPU (at most {MOST})")
    return int(of_r < LEAST or of_h > MOST)


if __name__ == "__main__":
    given = [float(one) for one in sys.argv[1:] if one != "--peers"]
    sys.exit(main(*given, *(10, 3)[len(given) :], with_peers="--peers" in sys.argv))
