"""A file of a release, and which there are."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

MEDIA_TYPES = {
    "data.csv": "text/csv; charset=utf-8",
    "data.parquet": "application/vnd.apache.parquet",
    "data.jsonl": "application/x-ndjson",
    "data.dta": "application/x-stata-dta",
    "suppression.csv": "text/csv; charset=utf-8",
    "psychometrics.csv": "text/csv; charset=utf-8",
    "codebook.md": "text/markdown; charset=utf-8",
    "method.md": "text/markdown; charset=utf-8",
    "datapackage.json": "application/json",
    "croissant.json": "application/json",
    "dcat.jsonld": "application/ld+json",
    "CITATION.cff": "text/yaml; charset=utf-8",
    "citation.bib": "application/x-bibtex; charset=utf-8",
    "cells.json": "application/json",
    "manifest.json": "application/json",
    "manifest.json.sig": "application/octet-stream",
}
"""Every file of a release, in the order in which they are made and shown."""


@dataclass(frozen=True)
class File:
    """A file with its bytes."""

    name: str
    body: bytes

    @property
    def media_type(self) -> str:
        """What it is."""
        return MEDIA_TYPES[self.name]

    @cached_property
    def sha256(self) -> str:
        """Its hash, in hex."""
        return hashlib.sha256(self.body).hexdigest()
