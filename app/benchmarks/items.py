"""The items of an instrument as figures of a release, and what they are called."""

from collections.abc import Mapping
from typing import Any

from app.benchmarks.disclosure.figures import item_figure
from app.benchmarks.disclosure.thresholds import TOP
from app.catalog.service import Published
from app.scoring.form import Item

Named = Mapping[str, Any]


def all_figures(instrument: Published) -> tuple[str, ...]:
    """The overall score, the sections, then the items: as results have their scores."""
    items = (
        item_figure(section.code, item.code)
        for section in instrument.form.sections
        for item in section.items
    )
    return (*instrument.figures, *items)


def items_of(instrument: Published) -> list[Named]:
    """Each item as a release's manifest has it: figure, code, section and text.

    ``in_place`` is the score from which what it says is in place, if the instrument has such.
    """
    form = instrument.form
    level = form.rule.in_place_from
    return [
        {
            "figure": item_figure(section.code, item.code),
            "item": item.code,
            "section": section.code,
            "title": dict(item.text),
            "in_place": None if level is None else _points(form.items[item.code], level),
        }
        for section in instrument.definition.sections
        for item in section.items
    ]


def _points(item: Item, level: int) -> float:
    return TOP * (level - item.minimum) / item.span
