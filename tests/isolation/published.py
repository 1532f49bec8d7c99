"""A published release without figures: something for a hospital to be placed in."""

from datetime import UTC, datetime

from app.benchmarks import psychometrics
from app.benchmarks import service as benchmarks
from app.benchmarks.coverage import NOTHING
from app.benchmarks.disclosure.cells import Cell, Reason, ReleaseCells, Status
from app.benchmarks.keeping import keep_files
from app.benchmarks.manifest import Part, manifest_of, sha256_of
from app.benchmarks.models import Release, ReleaseCell, ReleaseCoverage
from app.catalog import service as catalog
from app.db import Scope, transaction
from tests.conftest import Service
from tests.inputs import INSTRUMENT

NAME = str(INSTRUMENT["instrument"]), str(INSTRUMENT["version"])


def publish_release(service: Service) -> None:
    """Publish release 1, in which every figure of everybody is withheld."""
    assert service.http.portal is not None
    service.http.portal.call(_publish, service)


async def _publish(service: Service) -> None:
    plan = benchmarks.plan(service.settings, as_of=None, now=datetime.now(UTC))
    engine = service.http.app.state.engine  # type: ignore[attr-defined]
    async with transaction(engine, Scope(operator=True)) as session:
        instrument = await catalog.get_instrument(session, *NAME)
        cells = tuple(
            Cell(cohort, figure, Status.WITHHELD, Reason.TOO_FEW_ORGANIZATIONS)
            for cohort in ("all", "teaching:yes")
            for figure in instrument.figures
        )
        bodies = [cell.to_dict() for cell in cells]
        measures = psychometrics.withheld(Reason.TOO_FEW_ORGANIZATIONS)
        part = Part(instrument, ReleaseCells(1, cells, (), {}), None, measures)
        manifest = manifest_of(plan, 1, [part], bodies)
        session.add(
            Release(number=1, built_at=plan.now, manifest=manifest, sha256=sha256_of(manifest))
        )
        await session.flush()
        session.add_all(
            ReleaseCell(
                release_number=1,
                instrument=NAME[0],
                version=NAME[1],
                cohort=cell.cohort,
                figure=cell.figure,
                body=body,
            )
            for cell, body in zip(cells, bodies, strict=True)
        )
        session.add(
            ReleaseCoverage(
                release_number=1, instrument=NAME[0], version=NAME[1], body=dict(NOTHING)
            )
        )
        await session.flush()
        await keep_files(session, 1, base=plan.base, signer=plan.signer)
