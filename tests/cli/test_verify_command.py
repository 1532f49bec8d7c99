"""``palanca verify``: a receipt recomputed from the file alone."""

from pathlib import Path

import pytest

from tests.cli.conftest import Outcome, Palanca
from tests.conftest import Service

HINT = "Pass --sha256 to prove that it is the receipt of that submission.\n"


@pytest.fixture
def receipt(service: Service, tmp_path: Path) -> tuple[Path, str]:
    """A receipt as served, and the hash its submission was answered with."""
    organization = service.organization()
    row = organization.submit().json()
    served = organization.client.get(f"{organization.path}/submissions/{row['id']}/receipt")
    file = tmp_path / "receipt.json"
    file.write_bytes(served.content)
    return file, row["receipt"]["sha256"]


def test_an_untouched_receipt_is_verified(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, sha256 = receipt

    assert palanca("verify", file) == Outcome(0, "verified\n", HINT)
    assert palanca("verify", file, "--sha256", sha256) == Outcome(0, "verified\n", "")


def test_an_altered_receipt_is_not(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, sha256 = receipt
    changed = file.read_text().replace('"75/2"', '"76/2"', 1)
    assert changed != file.read_text()
    file.write_text(changed)

    for options in ([], ["--sha256", sha256]):
        done = palanca("verify", file, *options)
        assert (done.code, done.out) == (1, "")
        *findings, verdict = done.err.splitlines()
        assert verdict == "NOT verified"
        assert findings, "what differs is said"


def test_a_receipt_of_another_hash_is_not(palanca: Palanca, receipt: tuple[Path, str]) -> None:
    file, _ = receipt

    done = palanca("verify", file, "--sha256", "0" * 64)

    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("NOT verified\n")
    assert "sha256" in done.err.lower()


def test_a_receipt_that_is_not_there_is_a_usage_error(palanca: Palanca, tmp_path: Path) -> None:
    done = palanca("verify", tmp_path / "none.json")

    assert done.code == 2
    assert "does not exist" in done.err
