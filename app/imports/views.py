"""Imports on the wire."""

from collections.abc import Iterable
from typing import Any

import orjson

from app.imports.models import ImportRun
from app.imports.report import Told
from app.imports.schemas import Status


def run(one: ImportRun) -> dict[str, Any]:
    """An import, and how far it is."""
    path = f"/v1/imports/{one.id}"
    links = {name: f"{path}/{name}" for name in ("report", "events", "cancel")}
    return {**_figures(one), **_progress(one), "links": {"self": path, **links}}


def dumps(made: dict[str, Any]) -> bytes:
    """As every other answer is written."""
    return orjson.dumps(made, option=orjson.OPT_UTC_Z)


def _progress(one: ImportRun) -> dict[str, Any]:
    names = ("format", "lines", "done", "created_at", "started_at", "finished_at", "problem")
    return {name: getattr(one, name) for name in names}


def _figures(one: ImportRun) -> dict[str, Any]:
    return {
        "id": one.id,
        "mode": one.mode,
        "atomicity": one.atomicity,
        "status": one.status,
        "counts": counts(one),
        "warnings": one.warnings,
    }


def counts(one: ImportRun) -> dict[str, int]:
    """Lines by what became of them."""
    return {status.value: getattr(one, status.value) for status in Status}


def report(one: ImportRun, lines: Iterable[Told], *, kept: bool) -> dict[str, Any]:
    """An import that was carried out at once, with all its lines."""
    return {**_figures(one), "id": one.id if kept else None, "lines": [*lines]}
