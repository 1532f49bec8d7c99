"""Which tests and operations come by a place in the sources: a mutant meets those first.

One run of the tests under coverage, with contexts, tells. Most mutants die of the first few that
come by, and need none of the rest.
"""

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from coverage import Coverage, CoverageData

from tests.isolation.mutations import Mutant

OPERATION = "operation "
MOST_TESTS, MOST_OPERATIONS = 120, 8


LIKELY = {
    "api.py": (r"/organizations$|/networks|audit$", ("tests/access",)),
    "audit/": (r"audit$|/networks|exports", ("tests/audit",)),
    "access/|clients/": (
        r"clients|oauth|/organizations$",
        ("tests/access", "tests/clients", "tests/cli/test_keys_command.py"),
    ),
    "assessments/(invit|respond)": (r"invitation|exports|erasures|lock", ("tests/assessments",)),
    "assessments/": (r"submission|assessments|quality", ("tests/assessments",)),
    "benchmarks/": (
        r"position|releases",
        ("tests/benchmarks/test_releases.py", "tests/benchmarks/test_position.py"),
    ),
    "erasure/": (r"exports|erasures|DELETE /v1/organizations", ("tests/erasure",)),
    "fhir/": (r"/submissions$", ("tests/fhir", "tests/isolation/test_fhir.py")),
    "imports/": (r"imports", ("tests/imports",)),
    "learning/": (r"measures|aims|tests", ("tests/learning",)),
    "organizations/(service|references)": (
        r"networks|/organizations$|\{org\}$|\{org\}/(agreements|position|submissions)$|invitation/",
        ("tests/organizations", "tests/assessments", "tests/erasure"),
    ),
    "organizations/tenant": (
        r"\{org\}/(audit|assessments|position|submissions)$|lock|withdrawal",
        ("tests/assessments",),
    ),
    "organizations/": (r"agreements|bulk|grants|partners|PATCH", ("tests/organizations",)),
    "queries/": (r"queries", ("tests/queries",)),
    "retries/": (r"/networks", ("tests/retries",)),
}
"""By file: what it most likely spoils, and the tests of its domain."""


def note(operation: str) -> None:
    """What comes now is about this operation, if anybody is taking notes."""
    measured = Coverage.current()
    if measured is not None:
        measured.switch_context(OPERATION + operation)


def measure(root: Path, file: Path, tests: Sequence[str], jobs: int) -> str:
    """Run tests under coverage.

    Args:
        root: the repository.
        file: where coverage writes what it saw.
        tests: files and folders.
        jobs: how many processes.

    Returns:
        What pytest said, if a test failed; nothing if all passed.
    """
    spread = ("-n", str(jobs), "--dist", "loadfile", "--no-loadscope-reorder")
    covered = ("--cov=app", "--cov-context=test", "--cov-report=")
    options = ("-q", "-p", "no:cacheprovider", "--tb=short", *spread, *covered)
    done = subprocess.run(  # noqa: S603 - ourselves
        [sys.executable, "-m", "pytest", *options, *tests],
        cwd=root,
        env={**os.environ, "COVERAGE_FILE": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout[-4000:] + done.stderr[-1000:] if done.returncode else ""


class Aim:
    """What came by where."""

    def __init__(self, app: Path, file: Path) -> None:
        data = CoverageData(str(file))
        data.read()
        self._seen: dict[str, dict[int, list[str]]] = {
            str(Path(one).relative_to(app)): data.contexts_by_lineno(one)
            for one in data.measured_files()
        }
        self._extent = Counter(
            name for lines in self._seen.values() for names in lines.values() for name in names
        )

    def tests(self, mutant: Mutant) -> list[str]:
        """Ids of tests that come by, those first that come by little else."""
        found = self._by(mutant)
        ids = [one.rpartition("|")[0] for one in found if not one.startswith(OPERATION)]
        chosen = [one for one in dict.fromkeys(ids) if "test_matrix" not in one and one]
        return chosen[:MOST_TESTS]

    def operations(self, mutant: Mutant) -> str:
        """A regular expression of operations that come by; nothing if none does."""
        found = [one for one in self._by(mutant) if one.startswith(OPERATION)]
        names = [re.escape(one.removeprefix(OPERATION)) for one in found[:MOST_OPERATIONS]]
        return f"^({'|'.join(names)})$" if names else ""

    def _by(self, mutant: Mutant) -> list[str]:
        """Contexts at the mutant's statement, or in its file if that runs at import only."""
        seen = self._seen.get(mutant.file, {})
        here = {name for line in mutant.lines for name in seen.get(line, ())} - {""}
        anywhere = {name for names in seen.values() for name in names} - {""}
        return sorted(here or anywhere, key=lambda name: (self._extent[name], name))
