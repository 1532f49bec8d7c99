"""HTTP of next steps: from a score to what can be done on Monday."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Query, Request
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.api import Now, Part, Route, SessionDep
from app.assessments import service as assessments
from app.assessments.locked import own_scores
from app.assessments.schemas import Period
from app.benchmarks.file_routes import shelf as releases
from app.benchmarks.lattice import ALL
from app.benchmarks.published import Volume
from app.catalog import languages, versions
from app.catalog import service as catalog
from app.catalog.answers import AcceptLanguage, Lang
from app.catalog.framework_routes import framework_of
from app.failures import responses
from app.learning.models import Aim
from app.organizations.tenant import DENIED, Reader, Tenant
from app.practices import library_routes, shelf
from app.practices.shelf import Wanted
from app.practices.step_schemas import StepsOut
from app.practices.steps import Standing, ordered, reasons, words
from app.problems import NotFound, NotShared

router = Part(route_class=Route, prefix="/organizations/{org}", tags=["learning"])

SPOKEN = ("en", "es-419")
PRACTICES = 3
Code = Annotated[str, Query(max_length=64)]


@router.get("/next-steps", response_model=StepsOut, responses=responses(*DENIED, NotShared))
async def get_next_steps(
    tenant: Reader,
    session: SessionDep,
    request: Request,
    now: Now,
    instrument: Code = "seven-leverage-points",
    version: Code = "1",
    period: Annotated[Period | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=20)] = 3,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> dict[str, Any]:
    """The gaps that matter most in the latest locked result, in order, and what to do about each.

    Low scores, roles that see it differently, distance to others: each is said with its points.
    """
    chosen = languages.choose(SPOKEN, lang, accept_language)
    language = chosen if chosen in SPOKEN else "en"
    found = await catalog.get_instrument(session, instrument, version)
    own = (await own_scores(session, tenant.id, found, period))[0]
    _, row = await assessments.result(session, tenant.id, own.period, instrument=instrument)
    volume = await _newest(request)
    medians = _medians(volume, (instrument, version))
    about = found.definition.framework
    asked = {one.code: one.element for one in found.definition.sections if one.element and about}
    standings = [
        _standing(one, asked[one["code"]], own.scores[one["code"]], medians)
        for one in row.detail["sections"]
        if one["code"] in asked and own.scores[one["code"]] is not None
    ]
    release = None if volume is None or not medians else volume.number
    library = await versions.library(session)
    data = []
    for one in ordered(standings)[:limit]:
        framework = framework_of(library, about.id, about.edition)  # type: ignore[union-attr]
        element = f"{framework.name}:{one.element}"
        entry = next(it for it in framework.content["elements"] if it["code"] == one.element)
        told = library.guidance((framework.name, framework.edition), one.element) or {}
        practices = await shelf.list_(
            session, Wanted(element=element), today=now.date(), after=None, limit=PRACTICES
        )
        data.append(
            {
                **_told(one, element, entry["title"], told, release, language),
                "element": element,
                "practices": [library_routes.shown(it) for it in list(practices)[:PRACTICES]],
                "aims": await _aims(session, tenant, element),
            }
        )
    return {
        "organization_id": tenant.id,
        "instrument": instrument,
        "version": version,
        "period": own.period,
        "release": release,
        "rule": words()["rule"][language],
        "data": data,
    }


async def _newest(request: Request) -> Volume | None:
    try:
        return await releases(request).get("latest")
    except NotFound:
        return None


def _medians(volume: Volume | None, named: tuple[str, str]) -> dict[str, float]:
    """Published medians over all organizations, by figure."""
    cells = {} if volume is None else volume.cells.get(named, {})
    return {
        figure: median
        for (cohort, figure), cell in cells.items()
        if cohort == ALL and (median := dict(cell.percentiles).get("p50")) is not None
    }


def _standing(
    one: Mapping[str, Any], element: str, score: float | None, medians: Mapping[str, float]
) -> Standing:
    gap = one["individuals"]["gap"]
    return Standing(
        code=one["code"],
        element=element,
        score=round(score or 0.0, 2),
        gap=gap["score"],
        highest=gap["highest"],
        lowest=gap["lowest"],
        median=medians.get(one["code"]),
    )


def _told(
    one: Standing,
    element: str,
    title: Mapping[str, str],
    told: Mapping[str, Any],
    release: int | None,
    language: str,
) -> dict[str, Any]:
    def texts(name: str) -> list[str]:
        return [text[language] for text in told.get(name, [])]

    said = words()
    watched = texts("measures")
    named = str(said["aim"]["title"][language]).format(element=title[language])
    return {
        "section": one.code,
        "title": title[language],
        "score": one.score,
        "priority": round(one.priority, 2),
        "reasons": list(reasons(one, release, language)),
        "first_30_days": texts("first_30_days"),
        "first_90_days": texts("first_90_days"),
        "led_by": list(told.get("led_by", [])),
        "known": said["known"]["nothing"][language],
        "aim": {
            "title": named,
            "elements": [element],
            "measure": watched[0] if watched else None,
        },
    }


async def _aims(session: AsyncSession, tenant: Tenant, element: str) -> list[Any]:
    found = await session.exec(
        select(Aim.id).where(
            Aim.organization_id == tenant.id,
            col(Aim.closed_on).is_(None),
            col(Aim.elements).contains([element]),
        )
    )
    return list(found.all())
