"""HTTP of a result in the terms of another framework."""

from typing import Annotated, Any

from fastapi import Query, Response

from app.api import Part, Route, SessionDep
from app.assessments.locked import own_scores
from app.assessments.projection import Implied, Section, project
from app.assessments.projection_schemas import ProjectionOut
from app.assessments.schemas import Period
from app.catalog import service as catalog
from app.catalog import versions
from app.catalog.answers import AcceptLanguage, Lang
from app.catalog.crosswalk import Node
from app.catalog.framework_routes import framework_of
from app.catalog.languages import EVERY, choose, localize
from app.catalog.schemas import InstrumentIn
from app.catalog.service import Published
from app.failures import responses
from app.organizations.tenant import DENIED, Reader
from app.problems import Invalid, NotShared, error

router = Part(route_class=Route, prefix="/organizations/{org}", tags=["assessments"])

Code = Annotated[str, Query(max_length=64)]
RULE = {
    "en": (
        "A section score s that tells of an element with confidence c leaves from s*c to"
        " 100-(100-s)*c; several are averaged by their confidence, and where they contradict one"
        " another the range reaches into each of theirs."
    ),
    "es-419": (
        "Un puntaje de sección s que informa de un elemento con confianza c deja de s*c a"
        " 100-(100-s)*c; varios se promedian según su confianza y, donde se contradicen, el rango"
        " alcanza el de cada uno."
    ),
}


@router.get(
    "/projection", response_model=ProjectionOut, responses=responses(*DENIED, NotShared, Invalid)
)
async def get_projection(
    tenant: Reader,
    session: SessionDep,
    response: Response,
    framework: Code,
    edition: Annotated[str | None, Query(max_length=64)] = None,
    instrument: Code = "seven-leverage-points",
    version: Code = "1",
    period: Annotated[Period | None, Query()] = None,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> dict[str, Any]:
    """The latest locked result in another framework's terms: ranges, and what is unknown."""
    library = await versions.library(session)
    wanted = framework_of(library, framework, edition)
    found = await catalog.get_instrument(session, instrument, version)
    asked = found.definition.framework
    if asked is not None and (asked.id, asked.edition) == (wanted.name, wanted.edition):
        detail = "Name another framework than the one that the instrument asks about"
        raise Invalid([error("query:/framework", "not-another", detail, received=framework)])
    own = (await own_scores(session, tenant.id, found, period))[0]
    titles = {one["code"]: one["title"] for one in wanted.content["elements"]}
    language = choose(wanted.content["title"], lang, accept_language)
    nodes = [Node(wanted.name, wanted.edition, code) for code in titles]
    sections = sections_of(found.definition, own.scores)
    about = ("", "") if asked is None else (asked.id, asked.edition)
    levels = levels_of(found)
    data = [
        {
            "code": node.code,
            "title": titles[node.code],
            **shown(one, *levels),
            "reason": library.alone.get((node, about)),
        }
        for node, one in project(library.graph, nodes, about, sections)
    ]
    if language != EVERY:
        response.headers["Content-Language"] = language
    return {
        "organization_id": tenant.id,
        "instrument": instrument,
        "version": version,
        "period": own.period,
        "framework": wanted.name,
        "edition": wanted.edition,
        "catalog_version": library.version,
        "rule": localize({"text": RULE}, language)["text"],
        "data": localize(data, language),
    }


def sections_of(definition: InstrumentIn, scores: dict[str, float | None]) -> list[Section]:
    """The instrument's sections that ask about an element, with their scores."""
    found = []
    for one in definition.sections:
        items: dict[str, list[str]] = {}
        for item in one.items:
            items.setdefault(item.element or one.element or one.code, []).append(item.code)
        if one.element is not None:
            found.append(Section(one.code, one.element, items, scores[one.code]))
    return found


def levels_of(instrument: Published) -> tuple[int, int]:
    """The worst and the best level that most items have."""
    items = [item for section in instrument.form.sections for item in section.items]
    found = [(item.minimum, item.maximum) for item in items]
    return max(sorted(set(found)), key=found.count)


def shown(one: Implied, bottom: int, top: int) -> dict[str, Any]:
    """What is known of an element, and why."""
    levels = one.levels(bottom, top)
    return {
        "status": "unknown" if levels is None else "implied",
        "score_range": None if levels is None else [one.low, one.high],
        "level_range": None if levels is None else list(levels),
        "confidence": round(float(one.confidence), 3),
        "rests_on": [
            {
                "section": ground.section.code,
                "items": ground.items,
                "confidence": round(float(ground.confidence), 3),
                "relation": ground.relation,
                "path": ground.path,
            }
            for ground in one.grounds
        ],
    }
