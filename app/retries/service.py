"""The verbs of retries: claim a key, keep the answer, give it again.

Claim, effect and kept answer are one transaction, so there is no state between *never happened*
and *happened, with its answer*. An answer may hold a secret that is shown once, such as a new
API key: it is sealed with a key made from the idempotency key, which is not stored. Whoever has
the database, or the pepper too, cannot open it.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import func
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.problems import IdempotencyKeyInFlight, IdempotencyKeyReused
from app.retries.models import AnsweredRequest

NONCE_BYTES = 12
REPLAYED_HEADERS = ("content-type", "location", "content-language", "etag")
"""What belongs to the answer; the rest is made anew for every reply."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply as kept: what a retry is given."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """One client's idempotency key on one route, and what was asked with it."""

    client_id: UUID
    name: bytes
    fingerprint: bytes
    seal: bytes

    @classmethod
    def of(
        cls, client_id: UUID, key: str, *, route: str, path: str, body: bytes, pepper: bytes
    ) -> Self:
        """The claim of a request.

        Args:
            client_id: whose key it is; another client's same key is another.
            key: what stands in ``Idempotency-Key``.
            route: method and route template.
            path: the path asked for, with its query.
            body: as received.
            pepper: the service's secret.
        """

        def keyed(use: bytes, *parts: bytes) -> bytes:
            message = b"".join(len(part).to_bytes(8) + part for part in (use, *parts))
            return hmac.digest(pepper, message, hashlib.sha256)

        who = (client_id.bytes, route.encode(), key.encode())
        return cls(
            client_id=client_id,
            name=keyed(b"retry name", *who),
            fingerprint=keyed(b"retry fingerprint", path.encode(), _canonical(body)),
            seal=keyed(b"retry seal", *who),
        )


def _canonical(body: bytes) -> bytes:
    """The same JSON in another order is the same request."""
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except (orjson.JSONDecodeError, TypeError):  # no JSON, or too deep to be written again
        return body


async def claim(session: AsyncSession, claimed: Claim) -> Answer | None:
    """The answer if the request was carried out before; else it is this transaction's to carry out.

    Raises:
        IdempotencyKeyInFlight: another request with the key is being carried out.
        IdempotencyKeyReused: the key came with another request before.
    """
    number = int.from_bytes(claimed.name[:8], signed=True)
    free = await session.scalar(select(func.pg_try_advisory_xact_lock(number)))
    if not free:
        raise IdempotencyKeyInFlight("A request with this Idempotency-Key is being carried out")
    found = (
        await session.exec(
            select(AnsweredRequest).where(
                AnsweredRequest.client_id == claimed.client_id,
                AnsweredRequest.name == claimed.name,
            )
        )
    ).one_or_none()
    if found is None:
        return None
    # The fingerprint first: the body of another request is not even opened.
    if not hmac.compare_digest(found.fingerprint, claimed.fingerprint):
        raise IdempotencyKeyReused("Use a new Idempotency-Key for a new request")
    nonce, sealed = found.body[:NONCE_BYTES], found.body[NONCE_BYTES:]
    body = AESGCM(claimed.seal).decrypt(nonce, sealed, claimed.name)
    return Answer(found.status, found.headers, body)


async def keep(session: AsyncSession, claimed: Claim, answer: Answer, *, now: datetime) -> None:
    """Keep the answer in the transaction of its effect."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    session.add(
        AnsweredRequest(
            client_id=claimed.client_id,
            name=claimed.name,
            fingerprint=claimed.fingerprint,
            status=answer.status,
            headers={
                name: answer.headers[name] for name in REPLAYED_HEADERS if name in answer.headers
            },
            body=nonce + AESGCM(claimed.seal).encrypt(nonce, answer.body, claimed.name),
            answered_at=now,
        )
    )
    await session.flush()
