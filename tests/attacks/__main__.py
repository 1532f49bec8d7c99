"""Attack what is published, as anybody could, and print how far that gets.

    python -m tests.attacks [--seed 1] [--json FILE] [--only P1,P3] [--real CSV] [--small]

Ends with 1 if an attack succeeds, or if one does not even beat a careless publisher.
"""

import argparse
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.attacks import services
from tests.attacks.differencing import difference
from tests.attacks.dominance import dominate
from tests.attacks.groups import PLANTS, group
from tests.attacks.hospitals import real
from tests.attacks.linkage import link
from tests.attacks.oracle import probe
from tests.attacks.outputs import checked_by_acro
from tests.attacks.planted import plant
from tests.attacks.reconstruction import reconstruct
from tests.attacks.results import Attack, Result, run
from tests.attacks.search import snout
from tests.attacks.world import History, Pace, World

HTTP = "tests/attacks/test_over_http.py"


def simulated(seed: int, *, small: bool) -> dict[str, Attack]:
    """The attacks on a made-up world, by name."""

    @cache
    def made() -> tuple[World, History]:
        world = World(180, seed, pace=Pace(answering=0.25)) if small else World(600, seed)
        return world, world.history(3 if small else 8)

    targets, joint = (12, 2) if small else (100, 10)
    hunted, sets = (10, 2_000) if small else (50, 100_000)
    numbers = (10, 20, 40) if small else (10, 12, 16, 20, 30, 40, 60, 100)
    return {
        "P1": lambda: reconstruct(*made(), targets=targets, joint=joint),
        "P2": lambda: difference(*made()),
        "P3": lambda: link(made()[1]),
        "P4": lambda: dominate(9 if small else 25, numbers),
        "P6": lambda: probe(made()[1]),
        "P7": lambda: snout(*made(), hunted, sets),
        "P8": lambda: group(200, PLANTS[4:7] if small else PLANTS),
        "P13": plant,
        "acro": lambda: checked_by_acro(made()[1]),
    }


def served() -> dict[str, Attack]:
    """The attacks on a running service."""
    of = services.outcome_of
    return {
        "P5": partial(
            of, "P5", "the same question in other words", "1 answer", HTTP, "-kp5", slow=True
        ),
        "P9": partial(
            of, "P9", "withheld, empty and unknown cohorts", "alike", HTTP, "-kp9", slow=True
        ),
        "P10": partial(
            of, "P10", "rows of the release's file against attributes", "0", HTTP, "-kp10"
        ),
        "P11": partial(
            of,
            "P11",
            "100 spenders at once; kill -9 around the ledger's commit",
            "overspend 0",
            "tests/queries/test_spending.py",
            "tests/queries/test_killed.py",
            slow=True,
        ),
        "P12": partial(services.noise, 12_000, 20_261_123),
        "P14": partial(
            of,
            "P14",
            "erased organizations and respondents searched for by canaries",
            "0 hits",
            "tests/erasure/test_releases.py",
            "tests/erasure/test_organizations.py",
            "tests/erasure/test_exports.py",
        ),
    }


def show(results: list[Result]) -> None:
    """A table."""
    table = Table("attack", "careless publisher", "Palanca", "goal", "", "s", show_lines=True)
    for one in results:
        table.add_row(one.attack, one.naive, one.ours, one.goal, one.verdict, f"{one.seconds:.0f}")
    Console(width=150).print(table)


def main() -> int:
    """Attack."""
    asked = argparse.ArgumentParser(prog="python -m tests.attacks")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--json", type=Path)
    asked.add_argument("--only", default="", help="names with commas, as P1,P3")
    asked.add_argument("--real", type=Path, help="CMS Hospital General Information, a CSV file")
    asked.add_argument("--small", action="store_true", help="a small world, without a service")
    given = asked.parse_args()
    attacks, waiting = simulated(given.seed, small=given.small), dict[str, Attack]()
    if not given.small:
        attacks["real"], waiting = partial(real, given.real, given.seed), served()
    only = {name for name in given.only.split(",") if name}
    if unknown := only - attacks.keys() - waiting.keys():
        asked.error(f"no such attack: {', '.join(sorted(unknown))}")
    # Those on a service are processes of their own: two at work at once, no more.
    with ThreadPoolExecutor(1) as beside:
        others = beside.submit(run, waiting, only)
        results = run(attacks, only) + others.result()
    show(results)
    if given.json:
        report = {
            "seed": given.seed,
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "results": [one.to_dict() for one in results],
        }
        given.json.write_text(json.dumps(report, indent=1), encoding="utf-8")
    return 0 if results and all(one.sound for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
