"""Chains made in memory, by the service's keys and by a stranger's."""

from datetime import UTC, datetime
from uuid import UUID

from app.audit.chain import Head, Row, Signer, event_body, genesis, link

CHAIN = UUID("01890000-0000-7000-8000-000000000001")
OTHER = UUID("01890000-0000-7000-8000-000000000002")
SIGNER = Signer(b"a pepper that nobody knows")
STRANGER = Signer(b"a pepper of somebody else's")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ACTOR = {"kind": "organization", "client_id": str(OTHER), "key_id": "k1234567"}


def body(number: int) -> str:
    return event_body(
        at=NOON, operation="POST /v1/x", target=f"/v1/x/{number}", actor=ACTOR, status=201
    )


def row(seq: int, text: str, previous: bytes, signer: Signer = SIGNER, chain: UUID = CHAIN) -> Row:
    made = link(previous, seq, text)
    return Row(seq, text, made, signer.seal(chain, seq, made))


def head_of(last: Row, signer: Signer = SIGNER, chain: UUID = CHAIN) -> Head:
    return Head(last.seq, last.hash, signer.sign(chain, last.seq, last.hash))


def written(length: int, signer: Signer = SIGNER, chain: UUID = CHAIN) -> tuple[list[Row], Head]:
    rows: list[Row] = []
    previous = genesis(chain)
    for seq in range(1, length + 1):
        rows.append(row(seq, body(seq), previous, signer, chain))
        previous = rows[-1].hash
    return rows, head_of(rows[-1], signer, chain)


ROWS, HEAD = written(6)
