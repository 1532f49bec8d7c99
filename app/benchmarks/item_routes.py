"""HTTP of single items and of how well an instrument measured: of all organizations, open."""

from typing import Annotated

import orjson
from fastapi import Query, Request, Response

from app.api import Part, Route
from app.benchmarks import views
from app.benchmarks.asking import Instrument, Version, named_instrument
from app.benchmarks.file_routes import Accepted, Lang, Reference, cached, shelf
from app.benchmarks.item_schemas import ItemList, PsychometricsOut
from app.catalog.languages import choose
from app.failures import responses
from app.problems import AmbiguousReference, Invalid, NotFound

router = Part(route_class=Route, tags=["benchmarks"])


@router.get(
    "/benchmarks/{release}/items",
    response_model=ItemList,
    responses=responses(NotFound, AmbiguousReference, Invalid),
)
async def list_items(
    release: Reference,
    request: Request,
    *,
    instrument: Instrument = None,
    version: Version = None,
    item: Annotated[str | None, Query(max_length=64, description="Code of one item.")] = None,
    section: Annotated[
        str | None, Query(max_length=64, description="Code of a section: its items.")
    ] = None,
    lang: Lang = None,
    accept_language: Accepted = None,
) -> Response:
    """Each item's figures over all organizations; withheld under 100. Old releases have none."""
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    wanted = [
        one
        for one in volume.items_of(named)
        if item in {None, one["item"]} and section in {None, one["section"]}
    ]
    if not wanted and (item, section) != (None, None):
        raise NotFound("The release has no such item")
    languages = list(dict.fromkeys(name for one in wanted for name in one["title"]))
    language = choose(languages or ["en"], lang, accept_language)
    headers = {**cached(release), "Content-Language": language, "Vary": "Accept-Language"}
    body = orjson.dumps(views.items(volume, named, wanted, language))
    return Response(body, 200, headers, "application/json")


@router.get(
    "/benchmarks/{release}/psychometrics",
    response_model=PsychometricsOut,
    responses=responses(NotFound, AmbiguousReference, Invalid),
)
async def get_psychometrics(
    release: Reference, request: Request, instrument: Instrument = None, version: Version = None
) -> Response:
    """How well the instrument measured: reliability, agreement, and each item's ends."""
    volume = await shelf(request).get(release)
    named = named_instrument(volume, instrument, version)
    found = volume.measures_of(named)
    if found is None:
        raise NotFound("The release is from before there were psychometrics")
    body = orjson.dumps(views.psychometrics(volume, named, found))
    return Response(body, 200, cached(release), "application/json")
