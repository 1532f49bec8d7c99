"""What files are made of: columns, categories, keys, and what is kept of them in a process."""

import dataclasses
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.benchmarks import published as shelves
from app.benchmarks.disclosure.cells import Cell, Reason, Status
from app.benchmarks.files.making import cell_hashes, make
from app.benchmarks.files.signing import ReleaseSigner, described, read_key
from app.benchmarks.files.table import Content
from app.benchmarks.files.verifying import verify_release
from app.benchmarks.files.words import columns
from app.benchmarks.lattice import Lattice
from app.files import folder
from tests.benchmarks.conftest import World

SIGNER = ReleaseSigner(b"a pepper of this test's own, for nobody")
DEFINITION = yaml.safe_load((folder("seed") / "cohorts.yaml").read_text(encoding="utf-8"))


def content(cell: Cell) -> Content:
    manifest: dict[str, Any] = {
        "as_of": "2026-01-31",
        "method": "palanca-release/1",
        "thresholds": {},
        "max_age_days": 1096,
        "cells_sha256": "",
        "lattice": DEFINITION,
        "instruments": [{"instrument": "i", "version": "1", "figures": ["overall", "A"]}],
    }
    cells = {("i", "1"): {(cell.cohort, cell.figure): cell}}
    return Content(1, manifest, Lattice.load(DEFINITION), cells, {}, {})


WITHHELD = Cell("all", "overall", Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS)


@pytest.mark.parametrize("name", ["value", "status", "not a name", "größe", "a" * 33, "1st"])
def test_an_attribute_that_cannot_be_a_column_is_refused(name: str) -> None:
    attributes = {name: DEFINITION["attributes"]["teaching"]}
    lattice = Lattice.load({"version": 1, "attributes": attributes, "tables": [[name]]})

    with pytest.raises(ValueError, match="cannot be a column"):
        columns(lattice)


def test_a_category_without_a_word_is_refused() -> None:
    cell = dataclasses.replace(WITHHELD, reason="a new reason")  # type: ignore[arg-type]

    with pytest.raises(ValueError, match="reason has no word for"):
        make(content(cell), base="https://palanca.example", signer=SIGNER)


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("reason", list(Reason))
def test_every_status_and_reason_has_a_word(status: Status, reason: Reason) -> None:
    cell = WITHHELD
    if status is not Status.WITHHELD:
        why = dict.fromkeys(("mean", "p10", "p25", "p50", "p75", "p90", "histogram"), reason)
        cell = Cell(
            "all", "A", status, reason, organizations=10, networks="5-9", withheld_statistics=why
        )
    files = make(content(cell), base="https://palanca.example", signer=SIGNER)
    bodies = {one.name: one.body for one in files}

    assert verify_release(bodies.__getitem__, key=SIGNER.public_key).ok


def test_a_shown_cell_has_no_bins_that_are_withheld() -> None:
    why = dict.fromkeys(("p10", "p25", "p50", "p75", "p90", "histogram"), Reason.COMPLEMENTARY)
    cell = Cell(
        "all",
        "A",
        Status.PUBLISHED,
        organizations=10,
        networks="5-9",
        mean=50.0,
        withheld_statistics=why,
    )
    files = make(content(cell), base="https://palanca.example", signer=SIGNER)
    lines = files[0].body.decode().splitlines()

    assert len(lines) == 13
    assert lines[-1].endswith(",A,bin_share,,,,,withheld,complementary,,")
    assert sum(line.count(",published,") for line in lines) == 3


def test_what_a_release_keeps_from_an_earlier_one_is_carried() -> None:
    """An instrument with too few changes keeps its cells as they were published."""
    why = dict.fromkeys(("p10", "p25", "p50", "p75", "p90", "histogram"), Reason.COMPLEMENTARY)
    cell = Cell(
        "all",
        "A",
        Status.PUBLISHED,
        organizations=10,
        networks="5-9",
        mean=50.0,
        withheld_statistics=why,
        as_of_release=1,
    )
    kept = dataclasses.replace(content(cell), number=2)
    bodies = [
        make(one, base="https://palanca.example", signer=SIGNER)[0].body.decode()
        for one in (content(cell), kept)
    ]

    assert [one.count(",published,,1,") for one in bodies] == [3, 0]
    assert [one.count(",carried,too_few_changes,1,") for one in bodies] == [0, 3]


def test_no_table_has_no_cells() -> None:
    assert list(cell_hashes(b"")) == []


def test_a_manifest_of_another_format_is_not_read() -> None:
    files = make(content(WITHHELD), base="https://palanca.example", signer=SIGNER)
    bodies = {one.name: one.body for one in files}
    bodies["manifest.json"] = bodies["manifest.json"].replace(b"-files/1", b"-files/2")

    [finding] = verify_release(bodies.__getitem__).findings
    assert "the format is palanca-release-files/2" in finding


def test_only_a_key_that_signs_is_one() -> None:
    other = X25519PrivateKey.generate().public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    assert read_key(described(SIGNER.public_key)["pem"]) == SIGNER.public_key
    with pytest.raises(ValueError, match="not an Ed25519 key"):
        read_key(pem)


def test_another_pepper_is_another_key() -> None:
    assert ReleaseSigner(b"another").public_key != SIGNER.public_key


def test_a_process_keeps_so_many_bytes_of_files(
    published: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "KEPT_BYTES", 1)
    http = published.service.http
    names = ("data.csv", "data.dta", "data.csv", "citation.bib")
    first = [http.get(f"/v1/benchmarks/1/{name}").content for name in names]

    shelf = http.app.state.shelf  # type: ignore[attr-defined]
    assert list(shelf._bodies) == [(1, "citation.bib")]  # noqa: SLF001
    assert first[0] == first[2]
