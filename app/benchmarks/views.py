"""Releases and cells as the wire shows them. Pure."""

from collections.abc import Mapping
from typing import Any

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.models import Release
from app.benchmarks.published import Volume
from app.schemas import Page


def brief(manifest: Mapping[str, Any], sha256: str) -> dict[str, Any]:
    """A release in a list."""
    names = ("release", "as_of", "built_at", "method", "instruments")
    return {
        **{name: manifest[name] for name in names},
        "sha256": sha256,
        "href": f"/v1/benchmarks/{manifest['release']}",
    }


def releases(rows: list[Release]) -> dict[str, Any]:
    """All releases."""
    return whole([brief(row.manifest, row.sha256) for row in rows])


def manifest(volume: Volume, key: dict[str, str]) -> dict[str, Any]:
    """A release's rules, thresholds and reports, and its files with the key that signs them."""
    files = [
        {
            "name": one.name,
            "media_type": one.media_type,
            "bytes": one.size,
            "sha256": one.sha256,
            "href": f"/v1/benchmarks/{volume.number}/{one.name}",
        }
        for one in volume.files.values()
    ]
    brief_one = brief(volume.manifest, volume.sha256)
    return {**volume.manifest, **brief_one, "files": files, "key": key if files else None}


def cohorts(volume: Volume, language: str) -> dict[str, Any]:
    """The lattice of a release."""
    data = [
        {
            "id": cohort.id,
            "title": cohort.title.get(language) or cohort.title["en"],
            "filters": dict(cohort.filters),
            "broader": list(volume.lattice.broader(cohort.id)),
            "cells": f"/v1/benchmarks/{volume.number}/cells?cohort={cohort.id}",
        }
        for cohort in volume.lattice.cohorts
    ]
    return {"release": volume.number, **whole(data)}


def cells(volume: Volume, instrument: str, version: str, found: list[Cell]) -> dict[str, Any]:
    """Cells of one instrument version."""
    return {
        "release": volume.number,
        "as_of": volume.manifest["as_of"],
        "method": volume.manifest["method"],
        "instrument": instrument,
        "version": version,
        "sha256": volume.sha256,
        **whole([cell(one) for one in found]),
    }


def cell(found: Cell) -> dict[str, Any]:
    """One cell, with the shares of its histogram."""
    body = found.to_dict()
    if found.histogram is not None:
        body["histogram"]["shares"] = list(found.histogram.shares)
    return body


def whole(data: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that is always one page: a release is small and of fixed size."""
    return {"data": data, "page": Page(next_cursor=None, limit=max(len(data), 1)).model_dump()}
