"""Tables of the audit trail. Events are only ever added; a head moves along with its chain.

A chain belongs to an organization, a network or a client; ``chain_id`` refers to none of their
tables, so that the trail outlives what it tells about.
"""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, LargeBinary, Text
from sqlmodel import Field, SQLModel

from app.db import column


class AuditHead(SQLModel, table=True):
    """The end of a chain, signed; its row is the lock that keeps the chain in one line."""

    __tablename__ = "audit_head"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("octet_length(signature) = 64", name="signature_is_ed25519"),
    )

    chain_id: UUID = Field(primary_key=True)
    seq: int = column(BigInteger)
    hash: bytes = column(LargeBinary)
    signature: bytes = column(LargeBinary)


class AuditEvent(SQLModel, table=True):
    """One act, as it was hashed."""

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq_from_one"),
        CheckConstraint("octet_length(hash) = 32", name="hash_is_sha256"),
        CheckConstraint("octet_length(seal) = 32", name="seal_is_sha256"),
    )

    chain_id: UUID = Field(primary_key=True)
    seq: int = column(BigInteger, primary_key=True)
    body: str = column(Text)
    hash: bytes = column(LargeBinary)
    seal: bytes = column(LargeBinary)
