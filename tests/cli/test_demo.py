"""``palanca demo``: one command to a served benchmark, started again, killed while it is built."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.assessments.periods import period_end
from app.demo.build import half_years

READY_SECONDS = 240


@contextmanager
def demo(folder: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """The command as a user starts it; asked to stop at the end."""
    command = [sys.executable, "-m", "app.cli", "demo", "--data-dir", str(folder), *options]
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as run:
        try:
            yield run
        finally:
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60)


def ready(run: subprocess.Popen[str]) -> dict[str, Any]:
    """The one line that ``--json`` prints."""
    assert run.stdout is not None
    found: dict[str, Any] = json.loads(run.stdout.readline())
    return found


@pytest.mark.slow
@pytest.mark.timeout(READY_SECONDS)
def test_a_demo_serves_a_benchmark_and_serves_it_again(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with demo(folder, "--json", "--port", "0") as run:
        time.sleep(4)
        os.kill(run.pid, signal.SIGKILL)  # while it is being built
    with demo(folder, "--json", "--port", "0") as run:
        first = ready(run)
        assert set(first) == {"base_url", "keys", "organization", "network", "release"}
        assert set(first["keys"]) == {"operator", "network", "organization", "researcher"}
        check(first)
    began = time.monotonic()
    with demo(folder, "--json", "--port", "0") as run:
        again = ready(run)
        took = time.monotonic() - began
        assert {**again, "base_url": ""} == {**first, "base_url": ""}
        check(again)
    assert took < 30  # ten seconds on a quiet machine; it does not build anew
    with demo(folder, "--port", "0") as run:
        check_pasted_lines(run)
    assert run.returncode == 0
    assert not (folder / "pgdata" / "postmaster.pid").exists()


def check(line: dict[str, Any]) -> None:
    """Each key opens what it should, and the benchmark is there."""
    with httpx.Client(base_url=line["base_url"]) as http:
        cells = http.get("/v1/benchmarks/latest/cells?cohort=all&figure=overall").json()
        assert cells["release"] == line["release"] == 3
        assert cells["data"][0]["organizations"] > 100
        assert None not in cells["data"][0]["percentiles"].values()
        own = f"/v1/organizations/{line['organization']}"
        statuses = {
            kind: http.get(
                f"{own}/position", headers={"Authorization": f"Bearer {key}"}
            ).status_code
            for kind, key in line["keys"].items()
        }
        assert statuses == {"operator": 403, "network": 200, "organization": 200, "researcher": 403}


def check_pasted_lines(run: subprocess.Popen[str]) -> None:
    """The three ``curl`` lines that are printed work as they stand."""
    assert run.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        printed += run.stdout.readline()
    lines = re.findall(r"^  (curl .*)$", printed, re.MULTILINE)
    assert len(lines) == 3
    for line in lines:
        reply = subprocess.run(  # noqa: S602 - pasted into a shell, as a user would
            f"{line} -s", shell=True, check=True, capture_output=True, text=True
        )
        assert "data" in json.loads(reply.stdout) or "agenda" in json.loads(reply.stdout)


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        (date(2026, 11, 22), ["2025-H1", "2025-H2", "2026-H1"]),
        (date(2026, 9, 30), ["2025-H1", "2025-H2", "2026-H1"]),
        (date(2026, 9, 29), ["2024-H2", "2025-H1", "2025-H2"]),
        (date(2027, 1, 1), ["2025-H1", "2025-H2", "2026-H1"]),
    ],
)
def test_the_demo_plays_the_last_half_years_that_are_old_enough(
    today: date, periods: list[str]
) -> None:
    assert half_years(today) == periods
    assert (today - period_end(periods[-1])).days >= 92
