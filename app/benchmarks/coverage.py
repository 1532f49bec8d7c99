"""How selective the sample behind a release is: kept with it, and told to those who take part.

Bands of its answers are kept when it is built (``bands``). How much of a population is counted
follows from the published cells and the counts in the release's lattice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks.bands import Body, bands_of
from app.benchmarks.disclosure.cells import Cell, share_of
from app.benchmarks.disclosure.thresholds import Thresholds
from app.benchmarks.lattice import Cohort, Lattice
from app.benchmarks.manifest import Part
from app.benchmarks.models import ReleaseCoverage
from app.benchmarks.snapshot import Snapshot

Cells = Mapping[tuple[str, str], Cell]
"""By cohort and figure."""


async def keep_coverage(
    session: AsyncSession,
    number: int,
    parts: Sequence[Part],
    snapshot: Snapshot,
    thresholds: Thresholds,
) -> None:
    """Keep the bands of a release, in the operator's context and the transaction of its cells."""
    for part in parts:
        form = part.instrument.form
        earlier = snapshot.earlier.get(part.instrument.id, ())
        numbers = {one.number for one in earlier}
        body = bands_of(
            part.cells,
            snapshot.measured.get(part.instrument.id),
            snapshot.locked.get(part.instrument.id),
            earlier,
            await find_coverage(session, (form.instrument, form.version), numbers),
            thresholds,
        )
        session.add(
            ReleaseCoverage(
                release_number=number,
                instrument=form.instrument,
                version=form.version,
                body=dict(body),
            )
        )
    await session.flush()


async def find_coverage(
    session: AsyncSession, named: tuple[str, str], numbers: set[int]
) -> dict[int, Body]:
    """By release the bands of an instrument version; none of releases from before there were."""
    found = await session.exec(
        select(ReleaseCoverage.release_number, ReleaseCoverage.body).where(
            col(ReleaseCoverage.release_number).in_(numbers),
            ReleaseCoverage.instrument == named[0],
            ReleaseCoverage.version == named[1],
        )
    )
    return dict(found.all())


NOTHING: Body = {"flagged": {}, "not_taking_part": None}
"""The bands of a release from before there were any."""


def shown(bands: Body, lattice: Lattice, cells: Cells) -> dict[str, Any]:
    """What a release says of its sample, by the cohorts of its lattice; as the wire has it."""
    having = [one for one in lattice.cohorts if (one.id, "overall") in cells]
    none = {"band": None, "as_of_release": None}
    return {
        "population": [
            _covered(one, lattice, cells[one.id, "overall"])
            for one in having
            if len(one.filters) == 1
        ],
        "flagged": [{"cohort": one.id, **bands["flagged"].get(one.id, none)} for one in having],
        "not_taking_part": bands["not_taking_part"] or none,
    }


def _covered(cohort: Cohort, lattice: Lattice, cell: Cell) -> dict[str, Any]:
    """One category: who is counted, how many there are, and which part that is.

    Of what is rounded already, in steps of 5 %: it says nothing that the cell does not.
    """
    known = lattice.population
    total = known.counts.get(cohort.id) if known else None
    share = share_of(cell.organizations / total) if total and cell.organizations else None
    return {
        "cohort": cohort.id,
        "organizations": cell.organizations,
        "as_of_release": cell.as_of_release,
        "status": "unknown" if total is None else "withheld" if share is None else "known",
        "share": share,
        "population": known and total and _counted(total, known.source, known.year),
    }


def _counted(total: int, source: str, year: int | None) -> dict[str, Any]:
    return {"organizations": total, "source": source, "year": year}
