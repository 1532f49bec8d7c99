"""Attacks over HTTP against PostgreSQL and on noisy queries: tests of their own, run from here.

P5, P9, P10 are in ``test_over_http.py``, P14 in ``tests/erasure``, P11 and P12 in
``tests/queries``.
"""

import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.attacks.results import Result
from tests.queries.empirical import bounds, halved

ROOT = Path(__file__).parents[2]


def outcome_of(attack: str, tried: str, goal: str, *which: str, slow: bool = False) -> list[Result]:
    """Run tests; an attack passes if there are some and all of them do."""
    with tempfile.TemporaryDirectory() as folder:
        report, figures = Path(folder) / "junit.xml", Path(folder) / "figures.json"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += [f"--junitxml={report}", *which]
        command += ["-m", "slow or not slow"] if slow else []
        environment = {**os.environ, "PALANCA_TEST_ATTACK_FIGURES": str(figures)}
        subprocess.run(  # noqa: S603
            command, cwd=ROOT, env=environment, capture_output=True, check=False
        )
        suite = ET.parse(report).getroot().find("testsuite")  # noqa: S314 - written just now
        told = json.loads(figures.read_text("utf-8")) if figures.exists() else {}
    assert suite is not None
    ran = int(suite.get("tests", 0)) - int(suite.get("skipped", 0))
    wrong = int(suite.get("failures", 0)) + int(suite.get("errors", 0))
    failed = [
        str(case.get("name"))
        for case in suite.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    ]
    more = "; ".join(f"{name}: {value}" for name, value in told.get(attack, {}).items())
    return [
        Result(
            attack,
            tried,
            "none: see the tests",
            "; ".join(one for one in (f"{ran - wrong} of {ran} tests pass", more, *failed) if one),
            goal,
            naive_beaten=ran > 0,
            passed=wrong == 0,
        )
    ]


def noise(draws: int, seed: int) -> list[Result]:
    """P12: how well neighbours can be told apart in truth."""
    found = bounds(draws, random.Random(seed).randrange)  # noqa: S311 - the same in each run
    planted = bounds(draws, random.Random(seed).randrange, halved)  # noqa: S311 - as above
    worst = max(found.values(), key=lambda one: one.least / one.claimed)
    least = min(one.least / one.claimed for one in planted.values())
    return [
        Result(
            "P12",
            f"{draws:,} draws on neighbouring sets for {len(found)} statistics, bounds that hold"
            " with 99.9 %. Naive: half the noise",
            f"epsilon at least {least:.2f} times the claim, of every statistic",
            f"epsilon at least {worst.least:.3f} of {worst.claimed:g} claimed at worst",
            "<= claimed",
            naive_beaten=least > 1,
            passed=all(one.least <= one.claimed for one in found.values()),
        )
    ]
