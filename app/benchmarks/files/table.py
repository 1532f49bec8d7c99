"""A release as one tidy table: a row a statistic, withheld ones too, with nothing of their value.

What a row may hold comes from published cells alone. Rows are in the order of the lattice, so the
same release always makes the same table.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from app.benchmarks.disclosure.cells import Cell, Reason, Status
from app.benchmarks.disclosure.panel import AGAIN, BEFORE, PANEL
from app.benchmarks.disclosure.postprocessing import interval, share_from
from app.benchmarks.files.words import Column, columns, words
from app.benchmarks.lattice import ALL, Lattice

Value = str | int | float | date | None
Row = tuple[Value, ...]
BINS = ("bin_organizations", "bin_share")
"""The statistics of a histogram, which are there once a bin."""

ENDS = ("mean_low", "mean_high")
"""The statistics that are the ends of an interval around the mean."""

IN_PLACE = "share_in_place"
"""The share of organizations that have it in place."""

WITHHELD = ("release", "instrument", "version", "table", "figure", "statistic", "reason", "cells")
"""Columns of what ``suppressed`` counts."""


Name = tuple[str, str]
"""An instrument and its version."""

Cells = Mapping[Name, Mapping[tuple[str, str], Cell]]
"""By name, then by cohort and figure."""


@dataclass(frozen=True, slots=True)
class Content:
    """What files are made of; all of it is published.

    ``cells`` and, apart from them, those about single ``items`` and about who answered again
    (``panels``) are by instrument and version.
    """

    number: int
    manifest: Mapping[str, Any]
    lattice: Lattice
    cells: Cells
    items: Cells
    panels: Cells

    def items_of(self, name: Name) -> Sequence[Mapping[str, Any]]:
        """An instrument version's items: figure, code, section and text; old releases have none."""
        return [
            item
            for one in self.manifest.get("items", ())
            if (one["instrument"], one["version"]) == name
            for item in one["items"]
        ]

    def measures_of(self, name: Name) -> Mapping[str, Any] | None:
        """An instrument version's psychometrics; old releases have none."""
        found = self.manifest.get("psychometrics", ())
        mine = (one for one in found if (one["instrument"], one["version"]) == name)
        return next(mine, None)

    @property
    def as_of(self) -> date:
        """The day that ages are counted to."""
        return date.fromisoformat(self.manifest["as_of"])

    def in_place(self, instrument: str, version: str) -> Mapping[str, float]:
        """By figure, the score from which what it is about is in place; old releases have none."""
        for one in self.manifest["instruments"]:
            if (one["instrument"], one["version"]) == (instrument, version):
                items = {
                    item["figure"]: item["in_place"]
                    for item in self.items_of((instrument, version))
                    if item["in_place"] is not None
                }
                return {**one.get("in_place", {}), **items}
        raise KeyError(instrument)


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
        filters = filters_of(content, cell)
        status, reason = _standing(cell, content.number)
        for one in statistics_of(cell, content.in_place(instrument, version).get(figure)):
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


def filters_of(content: Content, cell: Cell) -> Mapping[str, str]:
    """The attributes that its organizations share; none are of those that answered again."""
    return {} if cell.cohort in PANEL else content.lattice.get(cell.cohort).filters


def _standing(cell: Cell, number: int) -> tuple[Status, Reason | None]:
    """A cell's status; all of an instrument that a release keeps as it was is carried over."""
    if cell.shown and cell.as_of_release not in {None, number}:
        return Status.CARRIED, Reason.TOO_FEW_CHANGES
    return cell.status, cell.reason


def cells_of(content: Content) -> Iterator[tuple[tuple[str, str], str, Cell]]:
    """All cells in the order of files: instrument, version, cohort, figure; its items follow."""
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
        panel = content.panels.get(name, {})
        yield from (
            (name, figure, panel[half, figure])
            for half in (BEFORE, AGAIN)
            for figure in figures[name]
            if (half, figure) in panel
        )
        for item in content.items_of(name):
            cell = content.items.get(name, {}).get((ALL, item["figure"]))
            if cell is not None:
                yield name, item["figure"], cell


def statistics_of(cell: Cell, in_place: float | None) -> Iterator[Statistic]:
    """What a cell tells, in a fixed order. A histogram that is withheld has no bins to name.

    ``in_place`` is the score from which the figure's practices are; without it there is no share.
    """
    if not cell.shown:
        for name in words()["statistics"]:
            if name != IN_PLACE or in_place is not None:
                yield Statistic(name, withheld=str(cell.reason))
        return
    why = cell.withheld_statistics
    organizations = None if cell.organizations is None else float(cell.organizations)
    yield _number("organizations", organizations, why)
    yield Statistic("networks", text=cell.networks and cell.networks.replace("-", " to "))
    yield _number("mean", cell.mean, why)
    yield from _derived(cell, in_place)
    for name, value in cell.percentiles.items():
        yield _number(name, value, why)
    yield from _bins(cell)


def _derived(cell: Cell, in_place: float | None) -> Iterator[Statistic]:
    reason = cell.withheld_statistics.get("histogram", Reason.HISTOGRAM_TOO_ROUGH)
    why = dict.fromkeys((*ENDS, IN_PLACE), reason)
    for name, end in zip(ENDS, interval(cell) or (None, None), strict=True):
        yield _number(name, end, why)
    if in_place is not None:
        share = share_from(cell, in_place)
        yield _number(IN_PLACE, None, why) if share is None else _share(IN_PLACE, share)


def _bins(cell: Cell) -> Iterator[Statistic]:
    if cell.histogram is None:
        for name in BINS:
            yield Statistic(name, withheld=str(cell.withheld_statistics["histogram"]))
        return
    edges = list(pairwise(cell.histogram.edges))
    for bin_, count in zip(edges, cell.histogram.counts, strict=True):
        yield Statistic(BINS[0], value=float(count), edges=bin_)
    for bin_, share in zip(edges, cell.histogram.shares, strict=True):
        yield _share(BINS[1], share, bin_)


def _share(name: str, share: str, edges: tuple[float, float] | None = None) -> Statistic:
    number = share.removesuffix(" %")
    value = float(number) if number.isdigit() else None
    return Statistic(name, value=value, text=share, edges=edges)


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
        of = ";".join(filters_of(content, cell)) or cell.cohort
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
