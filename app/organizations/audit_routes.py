"""HTTP of an organization's audit trail."""

import json
from uuid import UUID

from fastapi import Request, Response

from app.api import Part, Route, SessionDep
from app.audit import service
from app.audit.chain import Signer
from app.audit.schemas import AuditList
from app.failures import responses
from app.organizations.tenant import DENIED, AuditReader
from app.paging import Cursor, Limit, decode_cursor, page_of
from app.problems import BadCursor

router = Part(route_class=Route, prefix="/organizations/{org}/audit", tags=["organizations"])

MAX_SEQ = 2**63 - 1


@router.get("", response_model=AuditList, responses=responses(*DENIED, BadCursor))
async def list_events(
    tenant: AuditReader,
    session: SessionDep,
    request: Request,
    response: Response,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> dict[str, object]:
    """Who did what with the organization's data, newest last.

    The chain can be checked without this service. Each `hash` is the SHA-256 of: the text
    `palanca audit event`, a zero byte, the hash before it, `seq` in 8 bytes (big-endian), and the
    event less `seq` and `hash` as JSON with sorted keys, without spaces, in ASCII. Before the
    first comes the SHA-256 of `palanca audit chain`, a zero byte and the organization's id in 16
    bytes. The head's `signature` is over `palanca audit head`, a zero byte, that id, `seq` and
    `hash`. Whoever keeps a head will see whether anything before it is changed later.
    """
    signer: Signer = request.app.state.signer
    head = await service.find_head(session, tenant.id)
    up_to = 0 if head is None else head.seq
    rows = await service.list_(session, tenant.id, after=_seq(cursor), up_to=up_to, limit=limit)
    shown, page = page_of(request, response, rows, [UUID(int=row.seq) for row in rows], limit)
    return {
        "data": [{"seq": row.seq, "hash": row.hash.hex(), **json.loads(row.body)} for row in shown],
        "head": head
        and {"seq": head.seq, "hash": head.hash.hex(), "signature": head.signature.hex()},
        "key": {"algorithm": "Ed25519", "public_key": signer.public_key.hex()},
        "page": page,
    }


def _seq(cursor: str | None) -> int:
    """The event after which a page starts; in cursors a place stands as an id does."""
    last = decode_cursor(cursor)
    if last is None:
        return 0
    if last.int > MAX_SEQ:
        raise BadCursor("Take next_cursor from the page before, as it is")
    return last.int
