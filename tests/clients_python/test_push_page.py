"""`docs/push.md` says what is so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from palanca_client.outcome import Exit

from tests.clients_python.conftest import Push


@pytest.fixture
def page(repository: Path) -> str:
    return (repository / "docs/push.md").read_text(encoding="utf-8")


def test_its_options_are_those_of_the_command(push: Push, page: str) -> None:
    helped = set(re.findall(r"--[a-z-]+", push("http://127.0.0.1:1", None, "--help").out))
    named = set()
    for line in page.splitlines():
        if "palanca-push" in line and "systemctl" not in line:
            named |= set(re.findall(r"--[a-z-]+", line.partition("palanca-push")[2]))
    named |= set(re.findall(r"`(--[a-z-]+)", page))

    assert {"--resume", "--dry-run", "--key-file", "--json"} <= named
    assert named <= helped | {"--filter"}


def test_its_exit_codes_are_all(page: str) -> None:
    table = page.partition("| exit code |")[2].partition("\n\n")[0]

    assert [int(one) for one in re.findall(r"^\| (\d) \|", table, re.MULTILINE)] == list(Exit)


def test_its_codes_are_those_of_the_service(page: str, repository: Path) -> None:
    table = page.partition("| code | usually |")[2].partition("\n\n")[0]
    codes = set(re.findall(r"`([a-z]+-[a-z-]+|repeated)`", table))
    source = "".join(file.read_text(encoding="utf-8") for file in repository.glob("app/**/*.py"))

    assert len(codes) > 4
    assert {one for one in codes if f'"{one}"' not in source} == set()


def test_its_conversion_works(page: str, tmp_path: Path) -> None:
    [code] = re.findall(r"```python\n(import csv, sys\n.*?)```", page, re.DOTALL)
    survey = "unit,person," + ",".join(f"Q{n}" for n in range(1, 12)) + "\nU2,7" + ",3" * 11 + "\n"
    program = tmp_path / "convert.py"
    program.write_text(code)

    done = subprocess.run(  # noqa: S603
        [sys.executable, program], input=survey, capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        "organization,external_id,period,role," + ",".join(f"Q{n}" for n in range(1, 12)),
        "U2,U2-7,2026-H1,other" + ",3" * 11,
    ]
