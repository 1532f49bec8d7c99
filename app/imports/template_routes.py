"""HTTP of the table that a spreadsheet is filled in from: open to everyone, like the instrument."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from app.api import Part, Route, SessionDep
from app.assessments.schemas import ROLES
from app.catalog import languages
from app.catalog import service as catalog
from app.catalog.answers import PUBLIC, AcceptLanguage, Lang
from app.catalog.routes import Name, Version
from app.failures import responses
from app.imports import template
from app.problems import NotFound

router = Part(
    route_class=Route, prefix="/instruments/{instrument}/versions/{version}", tags=["catalog"]
)


class Sheet(StrEnum):
    """What there is as a table."""

    TEMPLATE = "template"
    CODES = "codes"


@router.get(
    "/{sheet}.csv",
    response_class=Response,
    responses={
        200: {
            "description": "`template`: the columns of the table. `codes`: what may stand in each.",
            "content": {"text/csv": {"schema": {"type": "string"}}},
        },
        **responses(NotFound),
    },
)
async def get_sheet(
    instrument: Name,
    version: Version,
    sheet: Annotated[Sheet, Path()],
    session: SessionDep,
    lang: Lang = None,
    accept_language: AcceptLanguage = None,
) -> Response:
    """A table to fill in, a row for each respondent, and its code list.

    Save it as CSV (UTF-8) or .xlsx, and push it to `/v1/imports`.
    """
    found = await catalog.get_instrument(session, instrument, version)
    chosen = languages.choose(found.definition.languages, lang, accept_language)
    if chosen == languages.EVERY:
        chosen = languages.FALLBACK
    if sheet is Sheet.TEMPLATE:
        text = template.template(found)
    else:
        text = template.codes(found, ROLES, chosen)
    name = f"{instrument}-{version}-{sheet}.csv"
    headers = {**PUBLIC, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode(), 200, headers, "text/csv; charset=utf-8")
