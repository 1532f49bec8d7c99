"""The same attacks over the real structure of a country's hospitals, if its register is at hand.

Of the register are taken state, type and ownership: who takes part and every score is made up.
"""

import csv
from pathlib import Path

import numpy as np

from tests.attacks.differencing import difference
from tests.attacks.linkage import link
from tests.attacks.reconstruction import reconstruct
from tests.attacks.results import Result, skipped
from tests.attacks.world import OTHERS, Pace, World

STATES = {
    "us_northeast": "CT ME MA NH RI VT NJ NY PA",
    "us_midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "us_south": "DE DC FL GA MD NC SC VA WV AL KY MS TN AR LA OK TX",
    "us_west": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
REGIONS = {state: region for region, some in STATES.items() for state in some.split()}
TYPES = {
    "Acute Care Hospitals": "acute",
    "Critical Access Hospitals": "critical_access",
    "Childrens": "childrens",
    "Psychiatric": "psychiatric",
    "Long-term": "long_term",
}
TAKING_PART = 0.08


def real(path: Path | None, seed: int) -> list[Result]:
    """P1, P2 and P3 over 8 % of the register's hospitals."""
    if path is None or not path.exists():
        return [
            skipped("real", "no register given; --real FILE (CMS Hospital General Information)")
        ]
    world = registered(path, seed)
    history = world.history(4)
    found = reconstruct(world, history, targets=60, joint=6)
    found += [*difference(world, history), *link(history)]
    return [renamed(one, len(world.level)) for one in found]


def renamed(one: Result, number: int) -> Result:
    """The result as one of the real structure."""
    names = {name: getattr(one, name) for name in Result.__slots__}
    tried = f"{number} hospitals of the register. {one.tried}"
    return Result(**{**names, "attack": f"real {one.attack}", "tried": tried})


def registered(path: Path, seed: int) -> World:
    """A world of a sample of the register's hospitals."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    random = np.random.default_rng(seed)
    chosen = random.permutation(len(rows))[: round(TAKING_PART * len(rows))]
    mine = sorted((rows[i] for i in chosen), key=lambda row: row["State"])
    world = World(len(mine), seed, pace=Pace(first=0.85))
    world.attributes = [attributes(row, random) for row in mine]
    return world


def attributes(row: dict[str, str], random: np.random.Generator) -> dict[str, str]:
    """Ours of a row; beds and teaching are not in the register and drawn."""
    owned = row["Hospital Ownership"]
    ownership = (
        "public"
        if owned.startswith(("Government", "Veterans", "Department", "Tribal"))
        else "for_profit"
        if owned.startswith(("Proprietary", "Physician"))
        else "nonprofit"
    )
    drawn = {
        name: str(random.choice(list(OTHERS[name]), p=list(OTHERS[name].values())))
        for name in ("size_band", "teaching")
    }
    region = REGIONS.get(row["State"])
    kind = TYPES.get(row["Hospital Type"], "other")
    return {
        "country": "US",
        **({"region": region} if region else {}),
        "type": kind,
        "ownership": ownership,
        **drawn,
    }
