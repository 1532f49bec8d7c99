"""Writes `charts.json`: what another program makes of small series of ours.

The program is controlchartspy, the charts of the health department of Western Australia. Only
numbers that it answered are kept here:

python -m venv /tmp/other && /tmp/other/bin/pip install controlchartspy==0.1.3
/tmp/other/bin/python tests/charts/golden/make_golden.py > tests/charts/golden/charts.json
"""
# mypy: ignore-errors
# ruff: noqa: S311, T201 numbers to draw, and to print

import json
import random
import statistics

from controlchartspy import spc

DRAW = random.Random(20)
LENGTH = 30
VALUES = [round(DRAW.gauss(50, 4), 2) for _ in range(LENGTH)]
COUNTS = [DRAW.choice([2, 3, 4, 5, 6, 7, 8, 11]) for _ in range(LENGTH)]
BETWEEN = [int(DRAW.expovariate(1 / 40)) for _ in range(LENGTH)]
TIMES = [round(DRAW.expovariate(1 / 12) + 0.01, 2) for _ in range(LENGTH)]
SIZES = [DRAW.randint(300, 2500) for _ in range(LENGTH)]
HITS = [round(size * DRAW.uniform(0.01, 0.05)) for size in SIZES]
EQUAL = [[round(DRAW.gauss(10, 2), 2) for _ in range(5)] for _ in range(12)]
UNEQUAL = [[round(DRAW.gauss(10, 2), 2) for _ in range(4 + at % 4)] for at in range(12)]
THEIRS = {"p_prime": "pp", "u_prime": "up"}


def case(kind: str, baseline: int | None, given: dict, columns: dict) -> dict:
    """What we give to ours, and what theirs answered."""
    rows = {"at": [f"{at:02}" for at in range(len(columns["over"]))], **columns}
    settings = {"chart_type": THEIRS.get(kind, kind), "outliers_in_limits": True}
    if baseline:
        settings["num_points_subset"] = baseline
    made = spc(
        data=rows,
        keys="at",
        numerators="over",
        denominators="under" if "under" in columns else None,
        xbar_sds="sd" if "sd" in columns else None,
        spc_settings=settings,
        return_objs="limits",
    ).limits
    names = {"value": "value", "centre": "target", "lower": "ll99", "upper": "ul99"}
    told = {ours: [row.get(their) for row in made] for ours, their in names.items()}
    return {"kind": kind, "baseline": baseline, **given, **told}


cases = []
for frozen in (None, 20):
    for name, values in {"run": VALUES, "i": VALUES, "c": COUNTS, "g": BETWEEN, "t": TIMES}.items():
        cases.append(case(name, frozen, {"values": values}, {"over": values}))
    for name in ("p", "p_prime", "u", "u_prime"):
        both = {"over": HITS, "under": SIZES}
        cases.append(case(name, frozen, both, both))
for samples in (EQUAL, UNEQUAL):
    sizes = [len(sample) for sample in samples]
    spread = [statistics.stdev(sample) for sample in samples]
    means = [statistics.fmean(sample) for sample in samples]
    columns = {"over": means, "under": sizes, "sd": spread}
    cases.append(case("xbar", None, {"samples": samples}, columns))
    cases.append(case("s", None, {"samples": samples}, {"over": spread, "under": sizes}))
print(json.dumps(cases, allow_nan=False))
