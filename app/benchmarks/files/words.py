"""What files say of themselves, in each language: data in ``seed/release_files.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from app.benchmarks.lattice import Lattice, Titles
from app.files import folder

BEFORE_ATTRIBUTES = "cohort"
"""The column that the lattice's attributes follow."""


@cache
def words() -> dict[str, Any]:
    """All words."""
    text = (folder("seed") / "release_files.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


@dataclass(frozen=True, slots=True)
class Column:
    """A variable of the table. ``kind`` is a type of Frictionless' Table Schema."""

    name: str
    kind: str
    title: Titles
    description: Titles
    unit: str | None = None
    categories: Mapping[str, Titles] | None = None
    is_attribute: bool = False


def columns(lattice: Lattice) -> tuple[Column, ...]:
    """The table's columns: the same in all formats, with one for each attribute of the lattice.

    Raises:
        ValueError: an attribute's name cannot be a column's.
    """
    made = [_column(name, body) for name, body in words()["columns"].items()]
    names = {one.name for one in made}
    for name in lattice.attributes:
        if name in names or not (name.isascii() and name.isidentifier()) or len(name) > LONGEST:
            raise ValueError(f"attribute {name!r} cannot be a column of its own in data files")
    place = [one.name for one in made].index(BEFORE_ATTRIBUTES) + 1
    says = words()["attribute"]["description"]
    attributes = [
        Column(one.name, "string", one.title, says, None, one.categories, is_attribute=True)
        for one in lattice.attributes.values()
    ]
    return (*made[:place], *attributes, *made[place:])


LONGEST = 32
"""Characters of a name; Stata takes no longer ones."""


def _column(name: str, body: Mapping[str, Any]) -> Column:
    categories = words()[body["categories"]] if "categories" in body else None
    unit = body.get("unit")
    return Column(name, body["kind"], body["title"], body["description"], unit, categories)
