"""What a reader may name: an instrument version, a cohort, a figure of a release."""

from typing import Annotated

from fastapi import Query

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.lattice import ALL
from app.benchmarks.published import Volume
from app.problems import AmbiguousReference, CohortNotPublished, NotFound

Instrument = Annotated[
    str | None, Query(max_length=64, description="Needed if the release has several.")
]
Cohort = Annotated[
    str | None,
    Query(
        max_length=200,
        description="A published cohort: its id, such as `size_band:300_plus;teaching:yes`.",
    ),
]
Version = Annotated[str | None, Query(max_length=64)]
Figure = Annotated[
    str | None, Query(max_length=64, description="`overall`, or the code of a section.")
]


def named_instrument(
    volume: Volume, instrument: str | None, version: str | None
) -> tuple[str, str]:
    """The one instrument version of the release that was meant."""
    found = [
        key for key in volume.cells if instrument in {None, key[0]} and version in {None, key[1]}
    ]
    if not found:
        raise NotFound("The release has no such instrument version")
    if len(found) > 1:
        raise AmbiguousReference(
            "Say instrument and version", choices=[" ".join(key) for key in sorted(found)]
        )
    return found[0]


def published_cohort(volume: Volume, reference: str) -> str:
    """The id of a published cohort, whatever the order of its parts."""
    if reference == ALL:
        return ALL
    parts = [part.partition(":") for part in reference.split(";")]
    filters = {name: value for name, _, value in parts}
    found = volume.lattice.resolve(filters) if len(filters) == len(parts) else None
    if found is None:
        raise CohortNotPublished(
            "There are no free filters: only the cohorts of the lattice are published",
            nearest=list(volume.lattice.nearest(filters)),
            cohorts=f"/v1/benchmarks/{volume.number}/cohorts",
        )
    return found


def cell_of(volume: Volume, named: tuple[str, str], cohort: str, figure: str) -> Cell:
    """A cell; an instrument whose figures were kept has none of cohorts that came since."""
    found = volume.cells[named].get((cohort, figure))
    if found is None:
        raise NotFound("The release has no such cell")
    return found
