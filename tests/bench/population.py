"""The hospitals that ``seed/cohorts.yaml`` says there are, counted anew from their register.

Usage: python -m tests.bench.population FILE

FILE is CMS's Hospital General Information (``Facility ID``, ``State``). Prints what is counted
beside what the seed says, and exits 1 on a difference.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

from rich.console import Console

from app.benchmarks.lattice import Lattice
from app.benchmarks.service import seeded

REGIONS = {
    "us_northeast": "CT ME MA NH RI VT NJ NY PA",
    "us_midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "us_south": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "us_west": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
"""Of the Census Bureau; territories are in none."""


def count(file: Path) -> dict[str, int]:
    """Hospitals by id of the cohort."""
    region = {state: name for name, states in REGIONS.items() for state in states.split()}
    with file.open(encoding="utf-8", newline="") as lines:
        states = {row["Facility ID"]: row["State"] for row in csv.DictReader(lines)}
    found = Counter(f"region:{region[one]}" for one in states.values() if one in region)
    return {"country:US": found.total(), **found}


def main() -> int:
    """Count and compare."""
    console, file = Console(), Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if file is None or not file.exists():
        console.print("Say where the register is; see the first lines of this program")
        return 2
    population = Lattice.load(seeded()).population
    said, counted = dict(population.counts) if population else {}, count(file)
    for cohort in sorted(said | counted):
        console.print(f"{cohort}: {counted.get(cohort)} counted, {said.get(cohort)} in the seed")
    return int(said != counted)


if __name__ == "__main__":
    sys.exit(main())
