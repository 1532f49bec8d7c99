"""All files of a release from what it publishes. Pure, no clock: the same bytes each time."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson

from app.benchmarks.files.citation import bib_of, cff_of, citation_of
from app.benchmarks.files.codebook import codebook_of
from app.benchmarks.files.descriptions import croissant_of, datapackage_of, dcat_of, json_of
from app.benchmarks.files.formats import csv_of, jsonl_of, parquet_of, stata_of
from app.benchmarks.files.kept import File
from app.benchmarks.files.measures import (
    MEASURES,
    measure_columns,
    measure_rows,
    suppressed_measures,
)
from app.benchmarks.files.method import method_md
from app.benchmarks.files.signing import ReleaseSigner, described
from app.benchmarks.files.table import WITHHELD, Content, suppressed, table_of

FORMAT = "palanca-release-files/1"
"""How files are laid out, and how their manifest is read."""

CELL = ("instrument", "version", "cohort", "figure")
"""What tells one cell from another."""


def make(content: Content, *, base: str, signer: ReleaseSigner) -> list[File]:
    """The files of a release.

    Args:
        content: what it publishes.
        base: where the service is reached, which the files name.
        signer: who signs the manifest.

    Raises:
        ValueError: an attribute of the lattice cannot be a column.
    """
    table = table_of(content)
    url = f"{base}/v1/benchmarks/{content.number}"
    names = [one.name for one in table.columns]
    csv = File("data.csv", csv_of(names, table.rows))
    citation = citation_of(content, url, csv.sha256)
    about = {"title": citation.title, "citation": citation.sentence, "url": url}
    jsonl = File("data.jsonl", jsonl_of(table))
    withheld = [*suppressed(content), *suppressed_measures(content)]
    counts = [tuple(one[name] for name in WITHHELD) for one in withheld]
    data = [
        csv,
        File("data.parquet", parquet_of(table, about)),
        jsonl,
        File("data.dta", stata_of(table, citation.title, content.as_of)),
        File("suppression.csv", csv_of(WITHHELD, counts)),
    ]
    if MEASURES in content.manifest:
        data.append(File("psychometrics.csv", csv_of([*measure_columns()], measure_rows(content))))
    files = [
        *data,
        File("codebook.md", codebook_of(content, table.columns, citation)),
        File("method.md", method_md(content)),
        File("datapackage.json", datapackage_of(content, table.columns, data, citation)),
        File("croissant.json", croissant_of(content, table.columns, data, citation)),
        File("dcat.jsonld", dcat_of(content, data, citation)),
        File("CITATION.cff", cff_of(citation)),
        File("citation.bib", bib_of(citation)),
        File("cells.json", json_of(list(cell_hashes(jsonl.body)))),
    ]
    manifest = File("manifest.json", _manifest(content, files, signer))
    return [*files, manifest, File("manifest.json.sig", signer.sign(manifest.body))]


def cell_hashes(jsonl: bytes) -> Iterator[dict[str, str]]:
    """Each cell with the SHA-256 of its lines in ``data.jsonl``, newlines included.

    Raises:
        ValueError, KeyError, TypeError: that is no table of a release.
    """
    last: tuple[str, ...] | None = None
    digest = hashlib.sha256()
    for line in jsonl.splitlines(keepends=True):
        row = orjson.loads(line)
        cell = tuple(row[name] for name in CELL)
        if last not in {None, cell}:
            yield _hashed(last or (), digest.hexdigest())
            digest = hashlib.sha256()
        last = cell
        digest.update(line)
    if last is not None:
        yield _hashed(last, digest.hexdigest())


def _hashed(cell: Sequence[str], digest: str) -> dict[str, str]:
    return {**dict(zip(CELL, cell, strict=True)), "sha256": digest}


SAID = (
    "as_of",
    "method",
    "thresholds",
    "max_age_days",
    "cells_sha256",
    "lattice",
    "instruments",
    "items",
)
"""What files say of a release as it says it itself, if it does; not when it was built."""


def _manifest(content: Content, files: Sequence[File], signer: ReleaseSigner) -> bytes:
    said: Mapping[str, Any] = content.manifest
    return json_of(
        {
            "format": FORMAT,
            "release": content.number,
            **{name: said[name] for name in SAID if name in said},
            "key": described(signer.public_key),
            "cells": {"file": "cells.json", "of": "data.jsonl", "key": CELL},
            "files": [
                {
                    "name": one.name,
                    "media_type": one.media_type,
                    "bytes": len(one.body),
                    "sha256": one.sha256,
                }
                for one in files
            ],
        }
    )
