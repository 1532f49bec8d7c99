"""All chains checked against their hashes, and against anchors: heads that are kept elsewhere.

Run on a connection that may read every chain. Nothing is held in memory but one row at a time
and one batch of anchors: a trail may be of any length.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, groupby, islice
from operator import attrgetter
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from app.audit.chain import OPERATOR_CHAIN, Broken, Fault, Head, Row, Signer, verify

AT_ONCE = 1000
"""Rows fetched, and anchors looked up, in one go."""

# NOT NULL may have been taken away; what is empty then does not fit its hash, and a row of no
# chain is one too many in the operator's.
EVERYTHING = text(
    """
    SELECT coalesce(chain_id, :operator_chain) AS chain_id, e.ctid IS NOT NULL AS is_event,
      coalesce(e.seq, 0) AS seq, coalesce(e.body, '') AS body, coalesce(e.hash, '') AS hash,
      coalesce(e.seal, '') AS seal, h.seq AS head_seq, coalesce(h.hash, '') AS head_hash,
      coalesce(h.signature, '') AS head_signature
    FROM audit_event e FULL JOIN audit_head h USING (chain_id)
    ORDER BY 1, e.seq
    """
).execution_options(yield_per=AT_ONCE)
"""One statement, so that writes going on meanwhile are seen wholly or not at all."""

HEADS = text(
    "SELECT chain_id, seq, hash, signature FROM audit_head ORDER BY chain_id"
).execution_options(yield_per=AT_ONCE)

NOT_AS_ANCHORED = text(
    """
    SELECT a.chain_id, a.seq, e.seq IS NULL AS is_missing,
      (SELECT coalesce(max(seq), 0) FROM audit_event WHERE chain_id = a.chain_id) AS last
    FROM unnest(CAST(:chain_ids AS uuid[]), CAST(:seqs AS bigint[]), CAST(:hashes AS bytea[]))
      AS a (chain_id, seq, hash)
    LEFT JOIN audit_event e ON e.chain_id = a.chain_id AND e.seq = a.seq
    WHERE e.hash IS DISTINCT FROM a.hash ORDER BY a.chain_id, a.seq
    """
)


RULES = text(
    """
    SELECT c.relname, coalesce(bool_and(p.polpermissive AND p.polcmd = 'r'
        AND pg_get_expr(p.polqual, p.polrelid) = 'true'), false)
      AND EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p'
        AND k.conname = 'pk_' || c.relname)
    FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
      AND p.polroles && ARRAY[0, 'palanca_owner'::regrole::oid]
    WHERE c.oid IN ('audit_event'::regclass, 'audit_head'::regclass)
    GROUP BY c.oid, c.relname ORDER BY c.relname
    """
)

WITHOUT_CHAIN = text(
    """
    SELECT id FROM (SELECT id FROM organization UNION ALL SELECT id FROM network) AS tenant
    WHERE NOT EXISTS (SELECT FROM audit_head WHERE chain_id = tenant.id) ORDER BY id
    """
)


def check_tables(connection: Connection) -> Iterator[str]:
    """What is not as it should be around the rows: who checks might be shown other rows than they.

    Yields:
        Tables whose policies hide rows from their owner, or which may hold a row twice.
    """
    for table, is_whole in connection.execute(RULES):
        if not is_whole:
            yield f"{table} has another key or other policies than Palanca gave it"


def find_without_chain(connection: Connection) -> Iterator[Broken]:
    """Organizations and networks of which there is no event, though they were registered.

    On a connection that sees them all; an owner's sees none.
    """
    for (tenant,) in connection.execute(WITHOUT_CHAIN):
        yield Broken(tenant, 1, Fault.MISSING)


@dataclass(slots=True)
class Checked:
    """What a check of all chains found: the first broken row of each broken chain."""

    chains: int = 0
    events: int = 0
    broken: list[Broken] = field(default_factory=list)


def check_all(connection: Connection, signer: Signer) -> Checked:
    """Verify every chain of the database."""
    checked = Checked()
    with closing(connection.execute(EVERYTHING, {"operator_chain": OPERATOR_CHAIN})) as found:
        for chain_id, rows in groupby(found, key=attrgetter("chain_id")):
            head, events = _opened(rows)
            broken = verify(chain_id, events, head, signer)
            checked.chains += 1
            checked.events += 0 if head is None else head.seq
            if broken is not None:
                checked.broken.append(broken)
    return checked


def _opened(rows: Iterator[Any]) -> tuple[Head | None, Iterator[Row]]:
    """A chain's head, which stands beside each of its rows, and its events, if it has any."""
    first = next(rows)
    events = (
        Row(row.seq, row.body, row.hash, row.seal) for row in chain((first,), rows) if row.is_event
    )
    if first.head_seq is None:
        return None, events
    return Head(first.head_seq, first.head_hash, first.head_signature), events


def anchors(connection: Connection, signer: Signer, *, now: datetime) -> Iterator[str]:
    """The heads of all chains, one line of JSON each, to be kept where the database is not.

    Raises:
        ValueError: a head is not the service's own, and must not become an anchor.
    """
    at = now.astimezone(UTC).isoformat(timespec="seconds")
    with closing(connection.execute(HEADS)) as found:
        for chain_id, seq, row_hash, signature in found:
            if not signer.is_signed(chain_id, Head(seq, row_hash, signature)):
                raise ValueError(str(Broken(chain_id, None, Fault.FORGED_HEAD)))
            hexed = {"hash": row_hash.hex(), "signature": signature.hex()}
            yield json.dumps({"chain": str(chain_id), "seq": seq, **hexed, "at": at})


def check_anchors(connection: Connection, signer: Signer, lines: Iterable[str]) -> Iterator[Broken]:
    """The rows that are not in their chain as they were when anchored.

    Raises:
        ValueError: a line is no anchor, or the service did not sign it.
    """
    read = (_anchor(number, line, signer) for number, line in enumerate(lines, start=1))
    while batch := list(islice(read, AT_ONCE)):
        ids, heads = zip(*batch, strict=True)
        found = connection.execute(
            NOT_AS_ANCHORED,
            {
                "chain_ids": list(ids),
                "seqs": [head.seq for head in heads],
                "hashes": [head.hash for head in heads],
            },
        )
        for row in found:
            if row.is_missing:
                yield Broken(row.chain_id, min(row.seq, row.last + 1), Fault.MISSING)
            else:
                yield Broken(row.chain_id, row.seq, Fault.NOT_AS_ANCHORED)


def _anchor(number: int, line: str, signer: Signer) -> tuple[UUID, Head]:
    try:
        parts = json.loads(line)
        chain_id = UUID(str(parts["chain"]))
        hashed, signature = bytes.fromhex(parts["hash"]), bytes.fromhex(parts["signature"])
        head = Head(int(parts["seq"]), hashed, signature)
        signed = signer.is_signed(chain_id, head)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise ValueError(f"Line {number} is no anchor") from None
    if not signed:
        raise ValueError(f"Line {number} is an anchor that Palanca did not sign")
    return chain_id, head
