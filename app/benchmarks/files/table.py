"""A release as one tidy table: a row a statistic, withheld ones too, with nothing of their value.

What a row may hold comes from published cells alone. Rows are in the order of the lattice, so the
same release always makes the same table.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from app.benchmarks.disclosure.cells import Cell, Reason, Status
from app.benchmarks.files.words import Column, columns, words
from app.benchmarks.lattice import Lattice

Value = str | int | float | date | None
Row = tuple[Value, ...]
BINS = ("bin_organizations", "bin_share")
"""The statistics of a histogram, which are there once a bin."""

WITHHELD = ("release", "instrument", "version", "table", "figure", "statistic", "reason", "cells")
"""Columns of what ``suppressed`` counts."""


@dataclass(frozen=True, slots=True)
class Content:
    """What files are made of; all of it is published. Cells are by instrument and version."""

    number: int
    manifest: Mapping[str, Any]
    lattice: Lattice
    cells: Mapping[tuple[str, str], Mapping[tuple[str, str], Cell]]

    @property
    def as_of(self) -> date:
        """The day that ages are counted to."""
        return date.fromisoformat(self.manifest["as_of"])


@dataclass(frozen=True, slots=True)
class Table:
    """Rows in columns, with the rows of each cell side by side."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Statistic:
    """One thing that a cell tells, or withholds for a reason."""

    name: str
    value: float | None = None
    text: str | None = None
    withheld: str | None = None
    edges: tuple[float, float] | None = None


def table_of(content: Content) -> Table:
    """All that a release publishes, and what it withholds."""
    layout = columns(content.lattice)
    names = [one.name for one in layout]
    rows = [tuple(row[name] for name in names) for row in _rows(content)]
    return Table(layout, tuple(rows))


def _rows(content: Content) -> Iterator[dict[str, Value]]:
    for (instrument, version), figure, cell in cells_of(content):
        filters = content.lattice.get(cell.cohort).filters
        status, reason = _standing(cell, content.number)
        for one in statistics_of(cell):
            yield {
                "release": content.number,
                "as_of": content.as_of,
                "instrument": instrument,
                "version": version,
                "cohort": cell.cohort,
                **{name: filters.get(name) for name in content.lattice.attributes},
                "figure": figure,
                "statistic": one.name,
                "bin_from": one.edges and one.edges[0],
                "bin_to": one.edges and one.edges[1],
                "value": one.value,
                "text": one.text,
                "status": str(Status.WITHHELD if one.withheld else status),
                "reason": one.withheld or (reason and str(reason)),
                "as_of_release": cell.as_of_release,
                "broader": cell.broader,
            }


def _standing(cell: Cell, number: int) -> tuple[Status, Reason | None]:
    """A cell's status; all of an instrument that a release keeps as it was is carried over."""
    if cell.shown and cell.as_of_release not in {None, number}:
        return Status.CARRIED, Reason.TOO_FEW_CHANGES
    return cell.status, cell.reason


def cells_of(content: Content) -> Iterator[tuple[tuple[str, str], str, Cell]]:
    """All cells in the order of files: instrument, version, cohort, figure."""
    figures = {
        (one["instrument"], one["version"]): one["figures"]
        for one in content.manifest["instruments"]
    }
    for name in sorted(figures):
        for cohort in content.lattice.cohorts:
            for figure in figures[name]:
                cell = content.cells[name].get((cohort.id, figure))
                if cell is not None:
                    yield name, figure, cell


def statistics_of(cell: Cell) -> Iterator[Statistic]:
    """What a cell tells, in a fixed order. A histogram that is withheld has no bins to name."""
    if not cell.shown:
        for name in words()["statistics"]:
            yield Statistic(name, withheld=str(cell.reason))
        return
    why = cell.withheld_statistics
    organizations = None if cell.organizations is None else float(cell.organizations)
    yield _number("organizations", organizations, why)
    yield Statistic("networks", text=cell.networks and cell.networks.replace("-", " to "))
    yield _number("mean", cell.mean, why)
    for name, value in cell.percentiles.items():
        yield _number(name, value, why)
    if cell.histogram is None:
        for name in BINS:
            yield Statistic(name, withheld=str(why["histogram"]))
        return
    edges = list(pairwise(cell.histogram.edges))
    for bin_, count in zip(edges, cell.histogram.counts, strict=True):
        yield Statistic(BINS[0], value=float(count), edges=bin_)
    for bin_, share in zip(edges, cell.histogram.shares, strict=True):
        number = share.removesuffix(" %")
        yield Statistic(
            BINS[1], value=float(number) if number.isdigit() else None, text=share, edges=bin_
        )


def _number(name: str, value: float | None, why: Mapping[str, Any]) -> Statistic:
    if value is None:
        return Statistic(name, withheld=str(why[name]))
    return Statistic(name, value=value)


def suppressed(content: Content) -> list[dict[str, str | int]]:
    """How many cells are withheld by table of cohorts, figure and reason; counts, never values.

    ``statistic`` is ``all`` where a whole cell is withheld.
    """
    counts: dict[tuple[str, ...], int] = {}
    for name, figure, cell in cells_of(content):
        of = ";".join(content.lattice.get(cell.cohort).filters) or "all"
        reasons: Mapping[str, Any] = cell.withheld_statistics
        if not cell.shown:
            reasons = {"all": cell.reason}
        for statistic, reason in reasons.items():
            key = (*name, of, figure, statistic, str(reason))
            counts[key] = counts.get(key, 0) + 1
    return [
        {"release": content.number, **dict(zip(WITHHELD[1:-1], key, strict=True)), "cells": count}
        for key, count in counts.items()
    ]
