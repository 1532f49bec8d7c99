"""Schemathesis over a real service: all checks, all phases, as operator, network and organization.

Usage: python -m tests.hostile.schemathesis_run --cases 10000

Prints what was sent and every kind of failure; exits 1 if there is one, if Schemathesis could not
do its work, or if there were fewer cases than asked for.
"""

import argparse
import sys
import time
from collections.abc import Callable

import psycopg
import schemathesis
from rich.console import Console
from rich.table import Table

from app.settings import Settings
from tests.hostile.conformance import Tally, configuration, run
from tests.hostile.scratch import filled, served
from tests.isolation.world import World, key_id

PARTIES = ("operator", "network", "organization")
COVERAGE = 3500
"""Cases of a party, roughly, that come from the document alone: one for each thing it says."""


def healing(settings: Settings, world: World) -> Callable[[], object]:
    """Keys that ended themselves work again, and organizations stop to be erased."""
    url = settings.admin_database_url
    if url is None:
        raise ValueError("the scratch database has an owner")
    database = psycopg.connect(url.get_secret_value(), autocommit=True)
    own = [key_id(world.keys[who]) for who in PARTIES]

    def heal() -> None:
        database.execute(
            "UPDATE client_key SET revoked_at = NULL, expires_at = now() + '9 days'"
            " WHERE key_id = ANY(%s)",
            [own],
        )
        database.execute("UPDATE client SET ends_at = NULL WHERE ends_at IS NOT NULL")
        database.execute("UPDATE organization SET erase_at = NULL WHERE erased_at IS NULL")

    return heal


def as_party(url: str, settings: Settings, world: World, who: str, cases: int) -> Tally:
    """A run with one key."""
    document = schemathesis.openapi.from_url(f"{url}/openapi.json").raw_schema
    count = sum(map(len, document["paths"].values()))
    examples = max(10, (cases - COVERAGE) // count)
    config = configuration(
        world, who, document, generation={"max-examples": examples, "database": "none"}
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    return run(schema, healing(settings, world))


def main() -> int:
    """Run as each party and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--as", dest="parties", action="append", choices=PARTIES)
    given = parser.parse_args()
    parties = given.parties or PARTIES
    tallies: dict[str, Tally] = {}
    console = Console(width=120)
    with filled() as (settings, world), served(settings) as url:
        for who in parties:
            start = time.monotonic()
            tallies[who] = as_party(url, settings, world, who, given.cases // len(parties))
            console.print(f"{who}: {tallies[who].cases} cases in {time.monotonic() - start:.0f} s")
    show(console, tallies)
    enough = sum(one.cases for one in tallies.values()) >= given.cases
    good = enough and not any(one.failures or one.errors for one in tallies.values())
    return 0 if good else 1


def show(console: Console, tallies: dict[str, Tally]) -> None:
    """What was sent, by party and check, and an example of every kind of failure."""
    for title, what in (("check", "checks"), ("status", "statuses"), ("failure", "failures")):
        table = Table(title, *tallies)
        counts = {who: getattr(one, what) for who, one in tallies.items()}
        for name in sorted({name for one in counts.values() for name in one}):
            table.add_row(str(name), *(str(one[name]) for one in counts.values()))
        console.print(table)
    for who, one in tallies.items():
        for name, example in one.examples.items():
            console.print(f"\n{who} {name}\n{example}", markup=False, soft_wrap=True)
        for error in one.errors:
            console.print(f"\n{who} could not: {error}", markup=False, soft_wrap=True)
    total = sum(one.cases for one in tallies.values())
    failures = sum(one.failures.total() for one in tallies.values())
    reached = set().union(*(one.reached for one in tallies.values()))
    console.print(f"\n{total} cases, {failures} failures; {len(reached)} operations did something")


if __name__ == "__main__":
    sys.exit(main())
