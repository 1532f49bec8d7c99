"""HTTP of the published library: open to everyone, as pages of JSON and as feeds."""

from typing import Annotated, Any
from uuid import UUID
from xml.sax.saxutils import escape, quoteattr

import orjson
from fastapi import Query, Request, Response

from app.api import Now, Part, Route, SessionDep
from app.failures import responses
from app.learning.schemas import Element
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.practices import shelf
from app.practices.models import Cost, Effort, PublishedPractice
from app.practices.schemas import Language, PublishedList, PublishedOut
from app.practices.shelf import Wanted
from app.problems import BadCursor, Invalid, NotFound

router = Part(route_class=Route, prefix="/practices", tags=["learning"])

PUBLIC = {"Cache-Control": "public, max-age=300"}
IN_FEED = 50
FEED = "Palanca: practices"


def feed_of(kind: str, shape: str) -> Any:  # noqa: ANN401 - as FastAPI's own
    """What OpenAPI says of a feed."""
    return {
        "response_class": Response,
        "responses": {
            200: {
                "description": f"The {IN_FEED} newest.",
                "content": {kind: {"schema": {"type": shape}}},
            },
            **responses(),
        },
    }


@router.get("", response_model=PublishedList, responses=responses(BadCursor, Invalid))
async def list_practices(
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
    element: Annotated[Element | None, Query()] = None,
    cost: Cost | None = None,
    effort: Effort | None = None,
    language: Language | None = None,
    q: Annotated[
        str | None, Query(max_length=200, description="All of these words, in any order.")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """What organizations did, the newest first."""
    wanted = Wanted(element, cost, effort, language, q)
    after = decode_cursor(cursor)
    found = await shelf.list_(session, wanted, today=now.date(), after=after, limit=limit)
    rows, page = page_of(request, response, found, [row.id for row in found], limit)
    response.headers.update(PUBLIC)
    return {"data": [shown(row) for row in rows], "page": page}


@router.get("/feed.json", **feed_of("application/feed+json", "object"))
async def get_json_feed(session: SessionDep, now: Now, request: Request) -> Response:
    """The newest practices as JSON Feed 1.1."""
    base = str(request.base_url).rstrip("/")
    rows = await _newest(session, now)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": FEED,
        "feed_url": f"{base}/v1/practices/feed.json",
        "items": [
            {
                "id": f"urn:uuid:{row.id}",
                "url": f"{base}/v1/practices/{row.id}",
                "title": row.body["title"],
                "content_text": row.body["what"],
                "date_published": f"{row.publish_on}T00:00:00Z",
                "language": row.body["language"],
                "tags": row.elements,
                **({} if row.body["by"] is None else {"authors": [{"name": row.body["by"]}]}),
            }
            for row in rows
        ],
    }
    return Response(orjson.dumps(feed), headers=PUBLIC, media_type="application/feed+json")


@router.get("/feed.atom", **feed_of("application/atom+xml", "string"))
async def get_atom_feed(session: SessionDep, now: Now, request: Request) -> Response:
    """The newest practices as Atom (RFC 4287)."""
    base = str(request.base_url).rstrip("/")
    rows = await _newest(session, now)
    updated = max((row.publish_on for row in rows), default=now.date())
    entries = "".join(_entry(row, base) for row in rows)
    here = quoteattr(f"{base}/v1/practices/feed.atom")
    text = (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
        f"<title>{FEED}</title><id>{escape(base)}/v1/practices</id>"
        f'<link rel="self" href={here}/><updated>{updated}T00:00:00Z</updated>'
        f"<author><name>Palanca</name></author>{entries}</feed>\n"
    )
    return Response(text.encode(), headers=PUBLIC, media_type="application/atom+xml")


def _entry(row: PublishedPractice, base: str) -> str:
    author = row.body["by"] or "anonymous"
    where = quoteattr(f"{base}/v1/practices/{row.id}")
    return (
        f"<entry><title>{escape(row.body['title'])}</title><id>urn:uuid:{row.id}</id>"
        f"<link href={where}/><updated>{row.publish_on}T00:00:00Z</updated>"
        f"<author><name>{escape(author)}</name></author>"
        f"<summary>{escape(row.body['what'])}</summary></entry>"
    )


async def _newest(session: Any, now: Any) -> list[PublishedPractice]:  # noqa: ANN401 - FastAPI's
    found = await shelf.list_(session, Wanted(), today=now.date(), after=None, limit=IN_FEED)
    return list(found)[:IN_FEED]


@router.get("/{practice_id}", response_model=PublishedOut, responses=responses(NotFound))
async def get_practice(
    practice_id: UUID, session: SessionDep, now: Now, response: Response
) -> dict[str, Any]:
    """One published practice."""
    response.headers.update(PUBLIC)
    return shown(await shelf.get(session, practice_id, today=now.date()))


def shown(row: PublishedPractice) -> dict[str, Any]:
    """A published practice on the wire."""
    body = {name: value for name, value in row.body.items() if name != "anonymous"}
    return {"id": row.id, "published_on": row.publish_on, **body}
