"""HTTP of clients: who calls, and what they sign with."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response

from app.access import client_keys
from app.access import service as access
from app.access.callers import Caller
from app.access.models import Client, Kind
from app.access.permissions import Permission
from app.api import JsonBody, Now, Part, Route, SessionDep, allowed, body_of, concern
from app.clients import service, signing_keys
from app.clients.schemas import ClientIn, ClientList, ClientOut, JwksIn
from app.failures import responses
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import (
    AmbiguousReference,
    BadCursor,
    ClientEnded,
    InsufficientScope,
    Invalid,
    NotFound,
    Unauthenticated,
)

router = Part(route_class=Route, prefix="/clients", tags=["clients"])

Reader = Annotated[Caller, allowed(Permission.CLIENTS_READ)]
Writer = Annotated[Caller, allowed(Permission.CLIENTS_WRITE)]
DENIED = (Unauthenticated, InsufficientScope, NotFound)


async def put_on_trail(request: Request, client: Client) -> None:
    """Whatever is done about a client is on the trail of those for whom it calls."""
    if client.kind is not Kind.OPERATOR:
        await concern(request, client.organization_id or client.network_id or client.id)


def shown(client: Client) -> dict[str, object]:
    """A client as the wire has it; public keys as a JWKS."""
    jwks = client.jwks and {
        **client.jwks,
        "keys": [key for _, key in sorted(client.jwks["keys"].items())],
    }
    return {**client.model_dump(), "jwks": jwks}


@router.post(
    "",
    status_code=201,
    response_model=ClientOut,
    responses=responses(*DENIED, AmbiguousReference, Invalid),
)
async def create_client(
    given: ClientIn,
    caller: Writer,
    session: SessionDep,
    now: Now,
    request: Request,
    response: Response,
) -> dict[str, object]:
    """Register a client: the operator any, a network or an organization one of its own."""
    client = await service.register(session, caller, given, now=now)
    await put_on_trail(request, client)
    response.headers["Location"] = f"/v1/clients/{client.id}"
    return shown(client)


@router.get(
    "",
    response_model=ClientList,
    responses=responses(Unauthenticated, InsufficientScope, BadCursor),
)
async def list_clients(
    caller: Reader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """The clients of the key's own network or organization; of a partner, itself."""
    rows = await access.list_clients(session, caller, after=decode_cursor(cursor), limit=limit)
    data, page = page_of(request, response, rows, [row.id for row in rows], limit)
    return {"data": [shown(one) for one in data], "page": page}


@router.get("/{client}", response_model=ClientOut, responses=responses(*DENIED))
async def get_client(client: UUID, caller: Reader, session: SessionDep) -> dict[str, object]:
    """One client."""
    return shown(await access.get_client(session, caller, client))


@router.delete("/{client}", status_code=204, responses=responses(*DENIED))
async def end_client(
    client: UUID, caller: Writer, session: SessionDep, now: Now, request: Request
) -> None:
    """End a client: all its keys and tokens, at once and for good."""
    found = await access.get_client(session, caller, client, lock=True)
    await access.end_client(session, found, now=now)
    await put_on_trail(request, found)
    request.app.state.recent.forget()


@router.put(
    "/{client}/jwks",
    response_model=ClientOut,
    openapi_extra=body_of(JwksIn),
    responses=responses(*DENIED, ClientEnded, Invalid),
)
async def set_jwks(
    client: UUID,
    caller: Writer,
    raw: JsonBody,
    session: SessionDep,
    now: Now,
    request: Request,
) -> dict[str, object]:
    """Replace the public keys that the client signs requests for tokens with.

    Tokens asked for with a key that is gone end at once; with fewer scopes than before, all do.
    """
    found = await access.get_client(session, caller, client, lock=True)
    given = signing_keys.read(raw, found.kind)
    client_keys.check_may_give(caller, found.kind, given.scopes)
    await access.set_jwks(session, found, given.keys, given.scopes, now=now)
    await put_on_trail(request, found)
    request.app.state.recent.forget()
    return shown(found)
