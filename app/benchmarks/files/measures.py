"""``psychometrics.csv``: how well instruments measured; a row a statistic, withheld ones too."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.benchmarks.disclosure.cells import Status
from app.benchmarks.disclosure.percentiles import QUARTILES
from app.benchmarks.files.table import WITHHELD, Content, Name, Row, Value
from app.benchmarks.files.words import words

MEASURES = "psychometrics"
"""What a manifest has them under; one of before has not."""

NUMBERS = ("organizations", "respondents")
COEFFICIENTS = ("cronbach_alpha", "icc1", "icc2")
AGREEMENT = "rwg_j"
SHARES = ("ceiling_share", "floor_share")
ITEM_REST = "item_rest"


def measure_columns() -> Mapping[str, Mapping[str, str]]:
    """The file's columns in order, with kind and words."""
    found: Mapping[str, Mapping[str, str]] = words()["psychometrics"]["columns"]
    return found


def measure_rows(content: Content) -> Iterator[Row]:
    """Rows in the order of instruments, sections and items."""
    bodies = {
        (one["instrument"], one["version"]): one for one in content.manifest.get(MEASURES, ())
    }
    for name, one in sorted(bodies.items()):
        for figure, statistic, value, reason in _told(content, name, one):
            withheld = value is None
            text = value if isinstance(value, str) else None
            number = _number(value)
            yield (
                content.number,
                *name,
                figure,
                statistic,
                number,
                text,
                str(Status.WITHHELD) if withheld else one["status"],
                reason if withheld else one["reason"],
                one["as_of_release"],
            )


def suppressed_measures(content: Content) -> Iterator[Mapping[str, str | int]]:
    """What is withheld of psychometrics, as ``table.suppressed`` counts cells.

    The table is ``psychometrics``; ``statistic`` is ``all`` where all of them are withheld.
    """
    found: dict[tuple[str, ...], None] = {}
    for values in measure_rows(content):
        row = dict(zip(measure_columns(), values, strict=True))
        if row["status"] == Status.WITHHELD:
            body = content.measures_of((str(row["instrument"]), str(row["version"])))
            if body is not None and body["status"] == Status.WITHHELD:
                row["statistic"] = "all"
            found[tuple(str(row.get(one, MEASURES)) for one in WITHHELD[1:-1])] = None
    for key in found:
        yield {"release": content.number, **dict(zip(WITHHELD[1:-1], key, strict=True)), "cells": 1}


Told = tuple[str, str, str | float | None, str | None]
"""Figure, statistic, value if there is one, and else why not."""


def _told(content: Content, name: Name, body: Mapping[str, Any]) -> Iterator[Told]:
    for statistic in NUMBERS:
        yield "overall", statistic, body[statistic], body["reason"]
    scales = {one["section"] or "overall": one for one in body["scales"]}
    for figure in scales or _figures(content, name):
        yield from _scale(figure, scales.get(figure), body["reason"])
    items = {one["item"]: one for one in body["items"]}
    for item in content.items_of(name):
        yield from _item(item["figure"], items.get(item["item"]), body["reason"])


def _figures(content: Content, name: Name) -> list[str]:
    """Of what is withheld; a single section is the whole."""
    [figures] = [
        list(one["figures"])
        for one in content.manifest["instruments"]
        if (one["instrument"], one["version"]) == name
    ]
    whole, *sections = figures
    return figures if len(sections) > 1 else [whole]


def _scale(figure: str, scale: Mapping[str, Any] | None, reason: str | None) -> Iterator[Told]:
    why = scale["withheld_statistics"] if scale else {}
    for statistic in COEFFICIENTS:
        value = scale[statistic] if scale else None
        yield figure, statistic, value, why.get(statistic, reason)
    for quartile in QUARTILES:
        value = scale[AGREEMENT][quartile] if scale else None
        yield figure, f"{AGREEMENT}_{quartile}", value, why.get(AGREEMENT, reason)


def _item(figure: str, item: Mapping[str, Any] | None, reason: str | None) -> Iterator[Told]:
    why = item["withheld_statistics"] if item else {}
    for statistic in (ITEM_REST, *SHARES):
        yield figure, statistic, item[statistic] if item else None, why.get(statistic, reason)


def _number(value: str | float | None) -> Value:
    if isinstance(value, str):
        digits = value.removesuffix(" %")
        return float(digits) if digits.isdigit() else None
    return None if value is None else float(value)
