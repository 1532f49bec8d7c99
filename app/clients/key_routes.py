"""HTTP of a client's keys. Nobody gives what they do not have, and a key is shown once."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from app.access import client_keys
from app.access import service as access
from app.access.client_keys import Issue
from app.access.keys import Key
from app.access.models import ClientKey
from app.api import Now, Part, Route, SessionDep
from app.clients.routes import DENIED, Reader, Writer, put_on_trail
from app.clients.schemas import KeyIn, KeyList, KeyOut, NewKeyOut, RotationIn
from app.failures import responses
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor, ClientEnded, Invalid, KeyEnded

router = Part(route_class=Route, prefix="/clients/{client}/keys", tags=["clients"])

KeyId = Annotated[str, Path(pattern=r"^[0-9A-Za-z]{8}$", description="Its public name.")]


def _issue(request: Request, now: Now) -> Issue:
    state = request.app.state
    return Issue(state.settings.key_environment, state.pepper, now)


def _shown_once(made: tuple[Key, ClientKey], response: Response) -> dict[str, object]:
    key, row = made
    response.headers["Location"] = f"/v1/clients/{row.client_id}/keys/{row.key_id}"
    return {**row.model_dump(), "key": key.text}


@router.post(
    "",
    status_code=201,
    response_model=NewKeyOut,
    responses=responses(*DENIED, ClientEnded, Invalid),
)
async def create_key(
    client: UUID,
    given: KeyIn,
    caller: Writer,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> dict[str, object]:
    """Make a key and show it, this once.

    It can have the scopes of its client's kind, and unless the operator makes it for somebody
    else only those of the key that asks. A researcher's key ends with the data use agreement.
    """
    found = await access.get_client(session, caller, client)
    client_keys.check(found.kind, given.scopes, given.days)
    client_keys.check_may_give(caller, found.kind, given.scopes)
    issue = _issue(request, now)
    made = await client_keys.create(session, found, set(given.scopes), days=given.days, issue=issue)
    await put_on_trail(request, found)
    return _shown_once(made, response)


@router.get("", response_model=KeyList, responses=responses(*DENIED, BadCursor))
async def list_keys(
    client: UUID,
    caller: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """A client's keys, those that ended included: all that is known of them."""
    found = await access.get_client(session, caller, client)
    after = decode_cursor(cursor)
    rows = await client_keys.list_(session, found.id, after=after, limit=limit)
    data, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": data, "page": page}


@router.get("/{key_id}", response_model=KeyOut, responses=responses(*DENIED))
async def get_key(client: UUID, key_id: KeyId, caller: Reader, session: SessionDep) -> ClientKey:
    """What is known of a key; not the key."""
    found = await access.get_client(session, caller, client)
    return await client_keys.get(session, found.id, key_id)


@router.post(
    "/{key_id}/rotation",
    status_code=201,
    response_model=NewKeyOut,
    responses=responses(*DENIED, ClientEnded, KeyEnded, Invalid),
)
async def rotate_key(
    client: UUID,
    key_id: KeyId,
    given: RotationIn,
    caller: Writer,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> dict[str, object]:
    """Make a new key like an old one, and let the old one end after an overlap."""
    found = await access.get_client(session, caller, client)
    old = await client_keys.get(session, found.id, key_id, lock=True)
    client_keys.check_may_give(caller, found.kind, old.scopes)
    overlap, issue = timedelta(hours=given.overlap_hours), _issue(request, now)
    made = await client_keys.rotate(session, found, old, overlap=overlap, issue=issue)
    await put_on_trail(request, found)
    request.app.state.recent.forget()
    return _shown_once(made, response)


@router.delete("/{key_id}", status_code=204, responses=responses(*DENIED))
async def revoke_key(
    client: UUID, key_id: KeyId, caller: Writer, session: SessionDep, now: Now, request: Request
) -> None:
    """End a key at once, and the tokens asked for with it."""
    found = await access.get_client(session, caller, client)
    key = await client_keys.get(session, found.id, key_id, lock=True)
    await client_keys.revoke(session, key, now=now)
    await put_on_trail(request, found)
    request.app.state.recent.forget()
