"""What all answers of the catalog share: public, in the language asked for."""

from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from fastapi import Header, Query, Response

from app.catalog import languages
from app.schemas import Page

Lang = Annotated[
    str | None,
    Query(
        max_length=35,
        description="Language of the texts; `*` for all. Wins over Accept-Language.",
        examples=["es-419"],
    ),
]
AcceptLanguage = Annotated[str | None, Header(max_length=500)]
Edition = Annotated[
    str | None, Query(max_length=64, description="The newest if none is named.", examples=["2"])
]

PUBLIC = {"Cache-Control": "public, max-age=300", "Vary": "Accept-Language"}


def answer(
    content: dict[str, Any], tags: Iterable[str], lang: str | None, accept: str | None
) -> Response:
    """A document in the language asked for."""
    chosen = languages.choose(tags, lang, accept)
    headers = PUBLIC if chosen == languages.EVERY else {**PUBLIC, "Content-Language": chosen}
    return Response(
        orjson.dumps(languages.localize(content, chosen)), 200, headers, "application/json"
    )


def listing(data: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that always fits one page, in the shape of all lists."""
    return {"data": data, "page": Page(next_cursor=None, limit=len(data)).model_dump()}
