"""HTTP of charts: as data, as a picture, as a table."""

import asyncio
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query
from starlette.responses import Response

from app.api import Part, Route, SessionDep
from app.catalog import languages
from app.catalog.answers import AcceptLanguage, Lang
from app.charts.series import Rules
from app.failures import responses
from app.learning import aims, chart_views, drawing, measures
from app.learning.chart_schemas import ChartOut
from app.learning.charting import Drawn, Goal, draw
from app.learning.colours import Theme
from app.learning.measure_routes import Named
from app.learning.raster import png
from app.learning.tenants import LearningReader
from app.organizations.tenant import DENIED
from app.problems import Invalid, NotShared

router = Part(
    route_class=Route, prefix="/organizations/{org}/measures/{measure}", tags=["learning"]
)

SPOKEN = ("en", "es-419")
FAILURES = responses(*DENIED, NotShared, Invalid)


class Asked:
    """What every format of a chart can be asked for."""

    def __init__(
        self,
        aim: Annotated[
            UUID | None, Query(description="The aim to draw; the newest open one if none is named.")
        ] = None,
        rules: Annotated[
            Literal["anhoj", "classic"],
            Query(description="`anhoj`: longest run and crossings, whose limits follow the number "
            "of periods. `classic`: so many in a row."),
        ] = "anhoj",
        shift: Annotated[int, Query(ge=6, le=9, description="Classic: in a row on a side.")] = 6,
        trend: Annotated[int, Query(ge=5, le=7, description="Classic: in a row up or down.")] = 5,
        two_of_three: Annotated[
            bool, Query(description="Control charts: two of three far from the centre.")
        ] = False,
        baseline: Annotated[
            int | None,
            Query(ge=2, le=5000, description="Periods from the first that fix centre and limits."),
        ] = None,
        lang: Lang = None,
        accept_language: AcceptLanguage = None,
    ) -> None:  # fmt: skip
        self.aim, self.baseline = aim, baseline
        self.rules = Rules(run=rules, shift=shift, trend=trend, two_of_three=two_of_three)
        chosen = languages.choose(SPOKEN, lang, accept_language)
        self.language = chosen if chosen in SPOKEN else "en"


Wanted = Annotated[Asked, Depends()]
Width = Annotated[int, Query(ge=280, le=2000, description="Pixels at which it will be shown.")]


async def drawn(
    measure: Named, tenant: LearningReader, session: SessionDep, wanted: Wanted
) -> Drawn:
    """The chart that is asked for."""
    found = await measures.find(session, tenant.id, measure)
    rows = await measures.series(session, found)
    aim = await aims.drawn_on(session, found, wanted.aim)
    goal = None if aim is None else Goal(aim, aims.verdict_of(aim, found, rows))
    return draw(found, rows, wanted.rules, baseline=wanted.baseline, goal=goal)


Chart = Annotated[Drawn, Depends(drawn)]


@router.get("/chart", response_model=ChartOut, responses=FAILURES)
async def get_chart(chart: Chart, wanted: Wanted) -> dict[str, Any]:
    """The chart as data: points with centre and limits, phases, signals with what makes them.

    Said in sentences too, and how the aim stands.
    """
    return chart_views.chart_out(chart, wanted.baseline, wanted.language)


def _of(kind: str, described: str) -> Any:  # noqa: ANN401 - as FastAPI's own
    return {
        "response_class": Response,
        "responses": {
            200: {"description": described, "content": {kind: {"schema": {"type": "string"}}}},
            **FAILURES,
        },
    }


@router.get("/chart.svg", **_of("image/svg+xml", "The chart as a picture."))
async def get_chart_picture(
    chart: Chart,
    wanted: Wanted,
    width: Width = 720,
    theme: Theme = Theme.LIGHT,
) -> Response:
    """The chart as SVG, with a title and a description for who does not see it."""
    text = drawing.svg(chart, language=wanted.language, width=width, theme=theme)
    return Response(text.encode(), media_type="image/svg+xml")


@router.get(
    "/chart.png",
    response_class=Response,
    responses={
        200: {
            "description": "The chart in pixels.",
            "content": {"image/png": {"schema": {"type": "string", "format": "binary"}}},
        },
        **FAILURES,
    },
)
async def get_chart_pixels(
    chart: Chart,
    wanted: Wanted,
    width: Width = 720,
    theme: Theme = Theme.LIGHT,
    zoom: Annotated[int, Query(ge=1, le=3, description="2 for sharp screens and slides.")] = 2,
) -> Response:
    """The chart as PNG, for what does not show SVG."""
    text = drawing.svg(chart, language=wanted.language, width=width, theme=theme)
    # Beside the loop: letters take a tenth of a second.
    return Response(await asyncio.to_thread(png, text, zoom=zoom), media_type="image/png")


@router.get("/chart.csv", **_of("text/csv", "A row for each period."))
async def get_chart_table(chart: Chart) -> Response:
    """The chart as a table."""
    return Response(chart_views.table(chart).encode(), media_type="text/csv; charset=utf-8")


@router.get("/chart.vl.json", response_model=dict[str, Any], responses=FAILURES)
async def get_chart_specification(chart: Chart, wanted: Wanted) -> dict[str, Any]:
    """The chart as a specification for Vega-Lite 5."""
    return chart_views.vega_lite(chart, wanted.language)
