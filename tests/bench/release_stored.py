"""What it costs to read a release from the database and to build it, by number of organizations.

Usage: python -m tests.bench.release_stored [SIZE ...]

Each size on an embedded database of its own, filled with locked results of two years, each with
five respondents' answers to the seeded instrument; the first release is published, then what the
second is made of is read and built, without the gate. Prints seconds of each and the most memory,
each size in a process of its own.
"""

import asyncio
import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import yaml
from rich.console import Console
from rich.table import Table
from sqlmodel.ext.asyncio.session import AsyncSession

from app import db
from app.benchmarks import service, snapshot
from app.benchmarks.disclosure.builder import build_cells
from app.benchmarks.items import all_figures
from app.benchmarks.manifest import Part, Plan
from app.catalog import service as catalog
from app.catalog.schemas import InstrumentIn
from app.catalog.service import Published
from app.database import connect
from app.files import folder
from app.migrate import upgrade
from app.settings import Settings
from tests.bench.serving import OPERATOR

SIZES = (1_000, 10_000, 100_000)

FILL = """
INSERT INTO network (id, external_id, name, created_at)
  SELECT gen_random_uuid(), 'n' || i, 'n' || i, now() FROM generate_series(1, %(size)s / 3) i;
INSERT INTO client (id, kind, name, created_at)
  VALUES (gen_random_uuid(), 'operator', 'filler', now());
INSERT INTO organization (id, network_id, external_id, identifiers, name, attributes, benchmark,
    research, partner, share_with_network, created_at)
  SELECT gen_random_uuid(), network.id, 'o' || i, '{}', 'o' || i, jsonb_build_object(
      'region', (ARRAY['us_northeast', 'us_midwest', 'us_south', 'us_west'])[1 + i %% 4],
      'teaching', (ARRAY['yes', 'no'])[1 + (i / 4) %% 2],
      'ownership', (ARRAY['public', 'nonprofit', 'for_profit'])[1 + (i / 8) %% 3],
      'size_band', (ARRAY['under_100', '100_299', '300_plus'])[1 + (i / 24) %% 3]),
    true, false, false, false, now()
  FROM generate_series(1, %(size)s) i
  JOIN network ON network.external_id = 'n' || (1 + i %% (%(size)s / 3));
INSERT INTO assessment (organization_id, id, instrument_version_id, period, period_end, opened_at,
    locked_at)
  SELECT organization.id, gen_random_uuid(), %(version)s, year || '', make_date(year, 12, 31),
    now() - interval '1 year', now()
  FROM organization, unnest(%(years)s::int[]) year;
INSERT INTO result (organization_id, assessment_id, basis, respondents, overall, section_scores,
    item_scores, detail, locked_at)
  SELECT organization_id, id, 'role_balanced', 5, 20 + 60 * random(),
    (SELECT array_agg(20 + 60 * random()) FROM generate_series(1, %(sections)s) WHERE id = id),
    (SELECT array_agg(20 + 60 * random()) FROM generate_series(1, %(items)s) WHERE id = id),
    %(detail)s, now()
  FROM assessment;
INSERT INTO submission (organization_id, id, assessment_id, client_id, mode, role, body_sha256,
    answers, section_scores, receipt_sha256, submitted_at)
  SELECT assessment.organization_id, gen_random_uuid(), assessment.id, client.id, 'individual',
    'nursing', ''::bytea, decode((SELECT string_agg('0' || floor(5 * random()), '')
      FROM generate_series(1, %(items)s) WHERE assessment.id = assessment.id), 'hex'),
    '{}', sha256('x'), now()
  FROM assessment, client, generate_series(1, 5);
"""


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of each step, and MiB."""

    read: float
    build: float
    publish: float
    memory: float


def measure(size: int) -> Cost:
    """Fill a database and build two releases."""
    with tempfile.TemporaryDirectory() as data:
        settings = Settings(data_dir=Path(data))
        databases = connect(settings)
        try:
            upgrade(settings)
            return asyncio.run(_measure(settings, size))
        finally:
            if databases.embedded is not None:
                databases.embedded.stop_any()


async def _measure(settings: Settings, size: int) -> Cost:
    databases, now = connect(settings), datetime.now(UTC)
    engine = db.make_engine(databases.app, pool_size=3)
    async with db.transaction(engine, OPERATOR.scope) as session:
        await catalog.publish_instrument(session, InstrumentIn.model_validate(seeded()), now=now)
    async with db.transaction(engine) as session:
        [instrument] = await catalog.list_instruments(session)
    years = [now.year - 2, now.year - 1]
    with psycopg.connect(databases.admin, autocommit=True) as database:
        fill(database, size, instrument, years)
    for year in years:
        as_of = datetime(year + 1, 6, 1, tzinfo=UTC).date()
        plan = service.plan(settings, as_of=min(as_of, now.date()), now=now)
        async with db.transaction(engine, OPERATOR.scope) as session:
            cost = await publish(session, plan, year - years[0] + 1)
    await engine.dispose()
    return cost


def fill(
    database: psycopg.Connection, size: int, instrument: Published, years: Sequence[int]
) -> None:
    """So many organizations, each with a locked result in each year."""
    filled = {
        "size": size,
        "version": instrument.id,
        "years": years,
        "detail": '{"a": [1, 2]}',
        "sections": len(instrument.form.sections),
        "items": len(instrument.form.items),
    }
    for statement in FILL.split(";\n"):
        if statement.strip():
            database.execute(statement, filled)
    database.execute("ANALYZE")


def seeded() -> Any:
    """The seeded instrument's definition."""
    text = (folder("seed") / "instruments" / "seven-leverage-points-1.yaml").read_text("utf-8")
    return yaml.safe_load(text)


async def publish(session: AsyncSession, plan: Plan, number: int) -> Cost:
    """Read, build and publish a release, without the gate."""
    window = snapshot.Window.at(
        plan.as_of, min_age_days=plan.thresholds.age_days, max_age_days=plan.max_age_days
    )
    await snapshot.hold_builds(session)
    begun = time.perf_counter()
    async with snapshot.still(session, OPERATOR.scope) as reading:
        found = await snapshot.take(reading, OPERATOR, plan.lattice, window)
    read = time.perf_counter()
    [(version, contributions)] = found.now.items()
    instrument = found.instruments[version]
    cells = build_cells(
        contributions,
        plan.lattice,
        all_figures(instrument),
        earlier=found.earlier.get(version, []),
        number=number,
        thresholds=plan.thresholds,
    )
    built = time.perf_counter()
    await service._publish(session, OPERATOR, plan, number, [Part(instrument, cells, None)])  # noqa: SLF001 - without the gate
    published = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Cost(read - begun, built - read, published - built, memory)


def main(sizes: Sequence[int]) -> None:
    """Measure each size and print."""
    table = Table("organizations", "read s", "build s", "publish s", "MiB")
    for size in sizes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            cost = pool.apply(measure, (size,))
        numbers = (cost.read, cost.build, cost.publish, cost.memory)
        table.add_row(f"{size:,}", *(f"{one:,.1f}" for one in numbers))
    Console(width=120).print(table)


if __name__ == "__main__":
    main([int(one) for one in sys.argv[1:]] or SIZES)
