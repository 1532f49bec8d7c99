"""A command of its own: take every protection away, one at a time, and see that a test fails.

    python -m tests.isolation.mutants [--jobs 2] [--only TEXT] [--seen FILE]

Sources are changed in a copy of the package, policies in a copy of the database. Each mutant meets
those tests first that should see it. The exit code is 1 if any mutant survives.
"""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

# What every test needs, but for the package itself: forked processes have it at once.
import alembic.command
import fastapi.testclient
import highspy
import numpy as np
import psycopg
import pytest
import sqlmodel.ext.asyncio.session
from sqlalchemy import make_url

from tests.isolation.aiming import LIKELY, Aim, measure
from tests.isolation.mutations import Mutant, policy_mutants, source_mutants

LOADED = (alembic, fastapi, highspy, np, sqlmodel)
ROOT = Path(__file__).parents[2]
MATRIX = "tests/isolation/test_matrix.py"
WITHOUT_POLICIES = [
    f"{MATRIX}::test_the_queries_alone_give_the_declared_answers",
    f"{MATRIX}::test_nobody_changes_what_is_anothers",
    f"{MATRIX}::test_the_queries_alone_give_the_same_answers",
]
AS_SERVED = [
    f"{MATRIX}::test_the_document_says_who_may",
    f"{MATRIX}::test_everybody_gets_the_declared_answer",
    f"{MATRIX}::test_nobody_reads_what_is_anothers",
]
PREDICATES = "tests/isolation/test_predicates.py"
POLICIES = "tests/isolation/test_policies.py"
TEMPLATE = "template_of_mutants"
SURVIVED, KILLED, STILLBORN = 0, 1, 2
WORDS = {SURVIVED: "SURVIVED", KILLED: "killed", STILLBORN: "STILLBORN"}
"""Exit codes of those who try a mutant; one that cannot even be imported proves nothing."""


class Stage(NamedTuple):
    """Tests to meet, and the operations that the matrix is asked for."""

    tests: Sequence[str]
    operations: str = ""


def stages(mutant: Mutant, aim: Aim) -> Iterator[Stage]:
    """The tests for a mutant: what comes by it, then all that there is."""
    likely, domain = next(them for file, them in LIKELY.items() if re.match(file, mutant.file))
    if near := aim.tests(mutant):
        yield Stage(near)
    yield Stage([*WITHOUT_POLICIES, *AS_SERVED], aim.operations(mutant) or likely)
    yield Stage([PREDICATES])
    yield Stage(domain)
    yield Stage([*WITHOUT_POLICIES, *AS_SERVED])


@dataclass(frozen=True)
class Bench:
    """A folder with a server, the world and copies of the package, one for each job."""

    folder: Path
    seen: Path
    """What tests came by, for as long as the sources are the same."""

    @property
    def world(self) -> Path:
        """Where the tests find the world; the first run makes it."""
        return self.folder / "world.json"

    @cached_property
    def aim(self) -> Aim:
        """What to shoot with."""
        return Aim(ROOT / "app", self.seen)

    def app(self, job: int) -> Path:
        """A job's copy of the package."""
        return self.folder / f"job{job}" / "app"

    def set_up(self, jobs: int) -> None:
        """Copies of the package, and a server.

        Raises:
            SystemExit: the tests fail without any mutant.
        """
        for job in range(jobs):
            shutil.copytree(ROOT / "app", self.app(job), ignore=shutil.ignore_patterns("*.pyc"))
            for name in ("migrations", "seed", "pyproject.toml"):
                (self.app(job).parent / name).symlink_to(ROOT / name)
        if "PALANCA_TEST_DATABASE_URL" not in os.environ:
            self._wait(self.forked(0, self._start))
            os.environ["PALANCA_TEST_DATABASE_URL"] = (self.folder / "url").read_text()
        os.environ["PALANCA_TEST_WORLD"] = str(self.world)
        if not self.seen.exists():
            domains = dict.fromkeys(chain.from_iterable(tests for _, tests in LIKELY.values()))
            said = measure(ROOT, self.seen, ["tests/isolation", *domains], jobs)
            if said:
                self.seen.unlink(missing_ok=True)
                raise SystemExit(f"There are failures without a mutant:\n{said}")
        self._wait(self.forked(0, self._make_template))
        os.environ["PALANCA_TEST_TEMPLATE"] = TEMPLATE
        if not self.world.exists():
            self._wait(self.forked(0, partial(meet, Stage([POLICIES]))))

    def _make_template(self) -> int:
        from tests.conftest import Server  # noqa: PLC0415 - with the copy
        from tests.template import fill  # noqa: PLC0415 - the same

        run(f"CREATE DATABASE {TEMPLATE}")
        fill(Server(os.environ["PALANCA_TEST_DATABASE_URL"]).settings(TEMPLATE))
        return 0

    def _start(self) -> int:
        from app.postgres import EmbeddedPostgres  # noqa: PLC0415 - of the copy

        server = EmbeddedPostgres(self.folder / "server")
        server.start()
        (self.folder / "url").write_text(server.url("postgres"))
        return 0

    def tear_down(self) -> None:
        """Stop the server, if it is ours."""
        if (self.folder / "url").exists():
            self._wait(self.forked(0, self._stop))

    def _stop(self) -> int:
        from app.postgres import EmbeddedPostgres  # noqa: PLC0415 - of the copy

        EmbeddedPostgres(self.folder / "server").stop_any()
        return 0

    def forked(self, job: int, work: Callable[[], int]) -> int:
        """The process id of a child that does some work with its copy of the package."""
        pid = os.fork()
        if pid:
            return pid
        code = STILLBORN
        try:
            out = os.open(self.folder / f"log{job}", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(out, 1)
            os.dup2(out, 2)
            sys.path.insert(0, str(self.app(job).parent))
            code = work()
        except BaseException:  # noqa: BLE001 - a child says what happened and ends, whatever it was
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    @staticmethod
    def _wait(pid: int) -> int:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def try_source(self, job: int, mutant: Mutant) -> int:
        """What becomes of a changed source."""
        file = self.app(job) / mutant.file
        before, stat = file.read_text(encoding="utf-8"), file.stat()
        file.write_text(mutant.source, encoding="utf-8")
        # To Python's cache, two changes with one size and one time would be the same.
        later = stat.st_mtime + 10 + crc32(mutant.source.encode()) % 1_000_000
        os.utime(file, (stat.st_atime, later))
        try:
            for stage in stages(mutant, self.aim):
                code = self._wait(self.forked(job, partial(meet, stage)))
                if code:
                    return KILLED if code == pytest.ExitCode.TESTS_FAILED else STILLBORN
        finally:
            file.write_text(before, encoding="utf-8")
            os.utime(file, (stat.st_atime, stat.st_mtime))
        return SURVIVED

    def try_policy(self, job: int, statement: str) -> int:
        """What becomes of a database with one protection less."""
        world = json.loads(self.world.read_text())
        name = f"mutant_{os.getpid()}"
        run(f"CREATE DATABASE {name} TEMPLATE {world['database']} STRATEGY FILE_COPY")
        run(statement, name)
        (self.folder / name).write_text(json.dumps({**world, "database": name}))
        os.environ["PALANCA_TEST_WORLD"] = str(self.folder / name)
        code = self._wait(self.forked(job, partial(meet, Stage([POLICIES]))))
        run(f"DROP DATABASE {name}")
        return KILLED if code == pytest.ExitCode.TESTS_FAILED else SURVIVED


def meet(stage: Stage) -> int:
    """Run tests in this process."""
    os.environ["PALANCA_TEST_OPERATIONS"] = stage.operations
    # Loaded before pytest could rewrite their assertions, which are not ours.
    earlier = "ignore::pytest.PytestAssertRewriteWarning"
    options = ["-W", earlier, "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
    return int(pytest.main([*options, *stage.tests]))


def run(statement: str, database: str = "postgres") -> None:
    """One statement as superuser."""
    url = make_url(os.environ["PALANCA_TEST_DATABASE_URL"]).set(database=database)
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement.encode())


Try = Callable[[Bench, int], int]


def mutants(bench: Bench) -> Iterator[tuple[str, Try]]:
    """All of them, each with how it is tried."""
    for one in source_mutants(ROOT / "app"):
        yield one.name, partial(Bench.try_source, mutant=one)
    database = json.loads(bench.world.read_text())["database"]
    url = make_url(os.environ["PALANCA_TEST_DATABASE_URL"]).set(database=database)
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection:
        for name, sql in policy_mutants(connection):
            yield name, partial(Bench.try_policy, statement=sql)


def judge(bench: Bench, chosen: Sequence[tuple[str, Try]], jobs: int) -> dict[str, int]:
    """What became of each mutant."""
    waiting, verdicts = list(reversed(chosen)), {}
    running: dict[int, tuple[int, str]] = {}
    while waiting or running:
        for job in {*range(jobs)} - {job for job, _ in running.values()}:
            if waiting:
                name, attempt = waiting.pop()
                pid = bench.forked(job, partial(attempt, bench, job))
                running[pid] = job, name
        pid, status = os.wait()
        _, name = running.pop(pid)
        verdicts[name] = os.waitstatus_to_exitcode(status)
        print(  # noqa: T201 - a command prints
            f"{len(verdicts)}/{len(chosen)} {WORDS.get(verdicts[name], 'broke')} {name}", flush=True
        )
    return verdicts


def main() -> int:
    """Say how many were killed, and which were not."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--seen", type=Path, help="what tests came by: kept here, or found here")
    parser.add_argument("--only", default="", help="a regular expression of what is to be tried")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the server is stopped all the same
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # as root, the server runs as another account
        bench = Bench(Path(folder), given.seen or Path(folder) / "coverage")
        try:
            bench.set_up(given.jobs)
            bench.aim  # noqa: B018 - read once, before there are children
            chosen = [one for one in mutants(bench) if re.search(given.only, one[0])]
            verdicts = judge(bench, chosen, given.jobs)
        finally:
            bench.tear_down()
    killed = sum(code == KILLED for code in verdicts.values())
    print(f"\n{killed} of {len(verdicts)} killed in {time.monotonic() - begun:.0f} s")  # noqa: T201 - a command prints
    for name, code in verdicts.items():
        if code != KILLED:
            print(f"{WORDS.get(code, 'broke')}: {name}")  # noqa: T201 - a command prints
    return int(killed < len(verdicts))


if __name__ == "__main__":
    sys.exit(main())
