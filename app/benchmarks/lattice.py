"""The lattice: the fixed, published list of cohorts that benchmarks are about.

Cohorts are data (``seed/cohorts.yaml``), the same for everybody. There are no free filters: each
further cohort is one more equation about everybody in it (rule R1).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Self

MAX_COHORTS = 50
"""R1: start with at most 50 cells. 428 freely filtered cohorts gave 60 of 600 hospitals away."""

MAX_TWO_WAY = 3
"""R1: at most three named two-way tables; the rest is one-way."""

LANGUAGES = frozenset({"en", "es-419"})
"""Each title is there in each of these."""

ALL = "all"
"""The id of the cohort of everybody."""

Titles = Mapping[str, str]
"""Language to title."""


class LatticeError(ValueError):
    """A lattice that may not be loaded, with the reason."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A public attribute of an organization and the categories it may have."""

    name: str
    title: Titles
    categories: Mapping[str, Titles]


@dataclass(frozen=True, slots=True)
class Cohort:
    """A published set of organizations: all those whose attributes match ``filters``."""

    id: str
    filters: Mapping[str, str]
    title: Titles


@dataclass(frozen=True, slots=True)
class Family:
    """A cohort and a table's cohorts that divide it: subtracting them leaves what is withheld."""

    parent: str
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """How many organizations there are, whether they take part or not; by id of the cohort."""

    source: str
    year: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Lattice:
    """All published cohorts, broadest first, with how they nest."""

    version: int
    attributes: Mapping[str, Attribute]
    tables: tuple[tuple[str, ...], ...]
    cohorts: tuple[Cohort, ...]
    population: Population | None = None
    """None in lattices from before there were counts."""

    @classmethod
    def load(cls, definition: Mapping[str, object]) -> Self:
        """Read a definition as ``seed/cohorts.yaml`` has it.

        Raises:
            LatticeError: a table names an unknown attribute, is there twice or has more than two
                attributes; there are more than 3 two-way tables or 50 cohorts; a title is not in
                each language; a category is not text; the population lacks its source, or counts
                what is no category.
        """
        version, attributes = definition.get("version"), _attributes(definition.get("attributes"))
        tables = _tables(definition.get("tables"), attributes)
        if not isinstance(version, int):
            raise LatticeError("version must be a whole number")
        everybody = Cohort(ALL, {}, _titles(definition.get("title", _EVERYBODY), ALL))
        cohorts = (everybody, *_cohorts(tables, attributes))
        if len(cohorts) > MAX_COHORTS:
            raise LatticeError(f"{len(cohorts)} cohorts; at most {MAX_COHORTS} may be published")
        population = _population(definition.get("population"), attributes)
        return cls(version, attributes, tables, cohorts, population)

    def cohorts_of(self, attributes: Mapping[str, str]) -> frozenset[str]:
        """Ids of the cohorts an organization is in; a missing attribute leaves its tables out."""
        mine = attributes.items()
        return frozenset(cohort.id for cohort in self.cohorts if cohort.filters.items() <= mine)

    def resolve(self, filters: Mapping[str, str]) -> str | None:
        """Id of the cohort with exactly these filters, or ``None`` if it is not published."""
        return next((cohort.id for cohort in self.cohorts if cohort.filters == filters), None)

    def nearest(self, filters: Mapping[str, str]) -> tuple[str, ...]:
        """Ids of the published cohorts that contain the combination, the narrowest first."""
        wanted = filters.items()
        found = [cohort for cohort in self.cohorts if cohort.filters.items() <= wanted]
        return tuple(c.id for c in sorted(found, key=lambda c: -len(c.filters)))

    def broader(self, cohort_id: str) -> tuple[str, ...]:
        """Ids of the published cohorts around this one, the narrowest first.

        Raises:
            KeyError: there is no such cohort.
        """
        return tuple(i for i in self.nearest(self.get(cohort_id).filters) if i != cohort_id)

    def get(self, cohort_id: str) -> Cohort:
        """The cohort of that id.

        Raises:
            KeyError: there is no such cohort.
        """
        for cohort in self.cohorts:
            if cohort.id == cohort_id:
                return cohort
        raise KeyError(cohort_id)

    def families(self) -> tuple[Family, ...]:
        """Each parent with each set of cohorts that divides it along one attribute."""
        return tuple(self._families())

    def _families(self) -> Iterator[Family]:
        for parent in self.cohorts:
            along: dict[str, list[str]] = {}
            for child in self.cohorts:
                extra = child.filters.keys() - parent.filters.keys()
                if len(extra) == 1 and parent.filters.items() <= child.filters.items():
                    along.setdefault(extra.pop(), []).append(child.id)
            yield from (Family(parent.id, tuple(children)) for children in along.values())


_EVERYBODY = {"en": "All organizations", "es-419": "Todas las organizaciones"}


def _titles(value: object, of: str) -> Titles:
    if not isinstance(value, Mapping) or not value.keys() >= LANGUAGES:
        raise LatticeError(f"{of}: a title in each of {', '.join(sorted(LANGUAGES))} is needed")
    return {str(language): str(title) for language, title in value.items()}


def _attributes(value: object) -> Mapping[str, Attribute]:
    if not isinstance(value, Mapping):
        raise LatticeError("attributes must be a mapping")
    return {name: _attribute(name, body) for name, body in value.items()}


def _attribute(name: object, body: object) -> Attribute:
    if not isinstance(name, str) or not isinstance(body, Mapping):
        raise LatticeError(f"attribute {name}: a title and categories are needed")
    categories = body.get("categories")
    if not isinstance(categories, Mapping) or not categories:
        raise LatticeError(f"attribute {name}: categories are needed")
    if strange := [category for category in categories if not isinstance(category, str)]:
        raise LatticeError(f"attribute {name}: category {strange[0]!r} must be quoted text")
    title = _titles(body.get("title"), name)
    return Attribute(name, title, {c: _titles(t, f"{name}:{c}") for c, t in categories.items()})


def _population(value: object, attributes: Mapping[str, Attribute]) -> Population | None:
    if value is None:
        return None
    if not isinstance(value, Mapping) or not isinstance(value.get("source"), str):
        raise LatticeError("the population needs a source")
    year, counts = value.get("year"), value.get("counts")
    if year is not None and type(year) is not int:
        raise LatticeError("the population's year must be a whole number, or null if unknown")
    if not isinstance(counts, Mapping):
        raise LatticeError("the population needs counts, by attribute and category")
    return Population(value["source"], year, dict(_counts(counts, attributes)))


def _counts(
    value: Mapping[Any, object], attributes: Mapping[str, Attribute]
) -> Iterator[tuple[str, int]]:
    for name, counts in value.items():
        known = attributes[name].categories if name in attributes else ()
        if not isinstance(counts, Mapping) or not counts.keys() <= set(known):
            raise LatticeError(f"population: no attribute {name} with these categories")
        for category, count in counts.items():
            if type(count) is not int or count < 1:
                raise LatticeError(f"population: {name}:{category} must be a number above 0")
            yield f"{name}:{category}", count


def _tables(value: object, attributes: Mapping[str, Attribute]) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list) or not all(isinstance(table, list) for table in value):
        raise LatticeError("tables must be a list of lists")
    tables = tuple(tuple(table) for table in value)
    if unknown := {name for table in tables for name in table} - attributes.keys():
        raise LatticeError(f"no such attribute: {', '.join(sorted(map(str, unknown)))}")
    if any(len(set(table)) != len(table) or len(table) not in {1, 2} for table in tables):
        raise LatticeError("a table has one attribute, or two different ones")
    if len({frozenset(table) for table in tables}) != len(tables):
        raise LatticeError("a table is there twice")
    if sum(len(table) > 1 for table in tables) > MAX_TWO_WAY:
        raise LatticeError(f"more than {MAX_TWO_WAY} two-way tables")
    return tables


def _cohorts(
    tables: tuple[tuple[str, ...], ...], attributes: Mapping[str, Attribute]
) -> Iterator[Cohort]:
    for table in sorted(tables, key=len):
        axes = [attributes[name] for name in table]
        for categories in product(*(axis.categories for axis in axes)):
            filters = dict(zip(table, categories, strict=True))
            named = [axis.categories[filters[axis.name]] for axis in axes]
            title = {lang: ", ".join(t[lang] for t in named) for lang in sorted(LANGUAGES)}
            yield Cohort(";".join(f"{k}:{v}" for k, v in filters.items()), filters, title)
