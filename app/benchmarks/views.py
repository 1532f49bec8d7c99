"""Releases and cells as the wire shows them. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.disclosure.postprocessing import difference, interval, share_from
from app.benchmarks.lattice import ALL, Lattice
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


def releases(rows: list[Release], next_day: date) -> dict[str, Any]:
    """All releases, and when the next one comes if it can be built."""
    return {"next_day": next_day} | whole([brief(row.manifest, row.sha256) for row in rows])


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
    later: dict[str, Any] = {
        "items": [],
        "psychometrics": [],
    }  # not in manifests of before
    return {**later, **volume.manifest, **brief_one, "files": files, "key": key if files else None}


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
        **_of(volume, instrument, version),
        **whole([cell(one, volume.in_place(instrument, version)) for one in found]),
    }


def items(
    volume: Volume, named: tuple[str, str], wanted: Sequence[Mapping[str, Any]], language: str
) -> dict[str, Any]:
    """Items of one instrument version, each with its cell of all organizations."""
    found, in_place = volume.items.get(named, {}), volume.in_place(*named)
    data = [
        {
            "item": one["item"],
            "section": one["section"],
            "title": one["title"].get(language) or next(iter(one["title"].values())),
            **cell(found[ALL, one["figure"]], in_place),
        }
        for one in wanted
        if (ALL, one["figure"]) in found
    ]
    return {**_of(volume, *named), **whole(data)}


def psychometrics(
    volume: Volume, named: tuple[str, str], body: Mapping[str, Any]
) -> dict[str, Any]:
    """How well one instrument version measured."""
    return {**_of(volume, *named), **body}


def _of(volume: Volume, instrument: str, version: str) -> dict[str, Any]:
    return {
        "release": volume.number,
        "as_of": volume.manifest["as_of"],
        "method": volume.manifest["method"],
        "instrument": instrument,
        "version": version,
        "sha256": volume.sha256,
    }


def cell(found: Cell, in_place: Mapping[str, float]) -> dict[str, Any]:
    """One cell, and what follows from it: shares, the interval, the share of those in place."""
    body = found.to_dict()
    if found.histogram is not None:
        body["histogram"]["shares"] = list(found.histogram.shares)
    score = in_place.get(found.figure)
    body["mean_interval"] = interval(found)
    body["share_in_place"] = None if score is None else share_from(found, score)
    return body


def comparison(
    volume: Volume, instrument: str, version: str, rows: list[list[Cell]]
) -> dict[str, Any]:
    """Figures, each with a cell for every cohort; the first is what the others are compared to."""
    in_place = volume.in_place(instrument, version)
    data = [
        {
            "figure": row[0].figure,
            "cells": [
                {**cell(one, in_place), "difference": apart(volume.lattice, one, row[0])}
                for one in row
            ],
        }
        for row in rows
    ]
    return {**_of(volume, instrument, version), **whole(data)}


def apart(lattice: Lattice, one: Cell, first: Cell) -> dict[str, Any] | None:
    """How far a cohort's mean is from the first one's; an interval only if they share nobody."""
    if one is first or one.mean is None or first.mean is None:
        return None
    mine, other = lattice.get(one.cohort).filters, lattice.get(first.cohort).filters
    divided = any(name in other and other[name] != value for name, value in mine.items())
    found = difference(one, first) if divided else None
    return {"mean": one.mean - first.mean, "interval": found and found[1]}


def whole(data: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that is always one page: a release is small and of fixed size."""
    return {"data": data, "page": Page(next_cursor=None, limit=max(len(data), 1)).model_dump()}
