"""An independent output checker (acro) on the same raw scores, as an oracle."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.benchmarks.disclosure.cells import Contribution, Status
from tests.attacks.results import Result, skipped
from tests.attacks.world import History

PYTHON = "PALANCA_TEST_ACRO_PYTHON"
"""A Python that has acro, if this one has not."""

PROGRAM = """
import json, logging, sys
import pandas as pd
import acro
logging.disable(logging.CRITICAL)
rows = pd.DataFrame(json.load(open(sys.argv[1])))
sums = rows.groupby(['cell', 'network'], as_index=False).score.sum()
found = {name: [] for name in rows.cell.unique()}
checks = {'MinimumThresholdCheck': rows, 'NKCheck': sums, 'PPercentCheck': sums}
for release in rows.release.unique():
    here = set(rows.cell[rows.release == release])
    for check, table in checks.items():
        some = table[table.cell.isin(here)].assign(one='x')
        session = acro.ACRO(suppress=False)
        session.crosstab(some.cell, some.one, values=some.score, aggfunc='mean')
        outcome = session.results.get_index(-1).outcome
        for name, text in outcome.iloc[:, 0].items():
            if check in text:
                found[name].append(check)
json.dump(found, open(sys.argv[2], 'w'))
"""


def checked_by_acro(history: History) -> list[Result]:
    """Every cell that acro flags must be withheld.

    The threshold counts organizations; dominance (n, k) and p % are of networks' sums of scores.
    """
    python = os.environ.get(PYTHON, sys.executable)
    if not _has_acro(python):
        return [skipped("acro", f"acro is not installed; {PYTHON} may name a Python that has it")]
    rows = [
        {
            "cell": f"{release} {cohort}",
            "release": release,
            "score": one.scores["overall"],
            "network": one.network,
        }
        for release, counted in enumerate(history.counted, 1)
        for cohort, one in _counted(history, counted)
    ]
    with tempfile.TemporaryDirectory() as folder:
        given, found = Path(folder) / "cells.json", Path(folder) / "found.json"
        given.write_text(json.dumps(rows), encoding="utf-8")
        done = subprocess.run(  # noqa: S603
            [python, "-c", PROGRAM, str(given), str(found)],
            capture_output=True,
            check=False,
            cwd=folder,
            text=True,
        )
        if done.returncode:
            return [skipped("acro", f"acro could not be run: {done.stderr[-200:]}")]
        rules = json.loads(found.read_text("utf-8"))
    published = {
        f"{n} {cell.cohort}"
        for n, outcome in enumerate(history.outcomes, 1)
        if outcome.part
        for cell in outcome.part.cells.cells
        if cell.figure == "overall" and cell.status is Status.PUBLISHED
    }
    flagged = {name for name, some in rules.items() if some}
    by_rule = Counter(rule for some in rules.values() for rule in some)
    return [
        Result(
            "acro",
            f"{len(rules)} cells of {len(history.counted)} releases, by threshold (organizations),"
            " (n, k) and p % (networks' sums of scores)",
            f"{len(flagged)} flagged ({dict(by_rule)})",
            f"{len(flagged & published)} of the flagged are published",
            "0",
            naive_beaten=len(flagged) > 0,
            passed=not flagged & published,
        )
    ]


def _has_acro(python: str) -> bool:
    try:
        subprocess.run([python, "-c", "import acro"], capture_output=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _counted(
    history: History, contributions: Sequence[Contribution]
) -> Iterator[tuple[str, Contribution]]:
    """Each cohort with each of its organizations, also those of a panel, now and before."""
    for one in contributions:
        yield from ((cohort, one) for cohort in one.cohorts)
        if one.before is not None:
            yield "all/again", one
            yield "all/before", history.people[history.places[one.before]]
