"""Which items of an instrument its short form asks. Pure, and the same for everybody.

Of each section the two items that ask about what is surest of the framework: elements whose
provenance is surer come first, then those that stand first. No answers are needed for it, so it can
be stated before there are any; that items tell much of their section is for a later version, when
psychometrics of releases say which do.
"""

from collections.abc import Mapping

from app.catalog.schemas import InstrumentIn, SectionIn
from app.catalog.texts import Provenance

PER_SECTION = 2
SUREST: tuple[Provenance, ...] = (
    "found",
    "recalled_high",
    "recalled_medium",
    "inferred",
    "project_authored",
)


def chosen(instrument: InstrumentIn, provenance: Mapping[str, Provenance]) -> list[str]:
    """Codes of the items, in the instrument's order.

    Args:
        instrument: the long form.
        provenance: of the framework's elements, by code.
    """
    return [code for section in instrument.sections for code in _of(section, provenance)]


def _of(section: SectionIn, provenance: Mapping[str, Provenance]) -> list[str]:
    def rank(place: int) -> tuple[int, int]:
        element = section.items[place].element
        known = "project_authored" if element is None else provenance[element]
        return SUREST.index(known), place

    best = sorted(range(len(section.items)), key=rank)[:PER_SECTION]
    return [section.items[place].code for place in sorted(best)]
