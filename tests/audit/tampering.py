"""What the owner of a database can do to an audit trail, and which row it is about."""

from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from app.audit.chain import Fault, genesis, link

FAR = 1_000_000
"""Where rows are put aside while others take their places."""

Named = tuple[int | None, Fault]


class Tamperer:
    """What the owner of the database does to one chain."""

    def __init__(self, connection: Connection, chain: UUID, length: int, random: Random) -> None:
        self.connection, self.chain, self.length, self.random = connection, chain, length, random
        self.at = random.randint(1, length)
        """The row that it is about."""

    def sql(self, statement: str, **values: object) -> Any:
        return self.connection.execute(text(statement), {"chain": self.chain} | values)

    def set(self, at: int, /, **values: object) -> None:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        done = self.sql(
            f"UPDATE audit_event SET {columns} WHERE chain_id = :chain AND seq = :at",  # noqa: S608
            at=at,
            **values,
        )
        assert done.rowcount == 1

    def get(self, column: str, seq: int) -> Any:
        """A column of a row; the hash before the first is the chain's beginning."""
        if seq == 0:
            return genesis(self.chain)
        return self.sql(
            f"SELECT {column} FROM audit_event WHERE chain_id = :chain AND seq = :at",  # noqa: S608
            at=seq,
        ).scalar_one()

    def delete(self, first: int, last: int) -> None:
        done = self.sql(
            "DELETE FROM audit_event WHERE chain_id = :chain AND seq BETWEEN :first AND :last",
            first=first,
            last=last,
        )
        assert done.rowcount == last - first + 1

    def shift(self, start: int, by: int) -> None:
        """Renumber all rows from one on; in two steps, as no two may have a number at once."""
        for step in (FAR, by - FAR):
            self.sql(
                "UPDATE audit_event SET seq = seq + :step"
                " WHERE chain_id = :chain AND seq >= :start",
                step=step,
                start=start,
            )

    def insert(self, seq: int, *, before: int, body: str = "{}") -> None:
        """A row of one's own, its hash as it should be; its seal cannot be."""
        self.sql(
            "INSERT INTO audit_event VALUES (:chain, :seq, :body, :hash, :seal)",
            seq=seq,
            body=body,
            hash=link(self.get("hash", before), seq, body),
            seal=self.random.randbytes(32),
        )

    def copy(self, seq: int, to: int) -> None:
        self.sql(
            "INSERT INTO audit_event SELECT chain_id, :to, body, hash, seal FROM audit_event"
            " WHERE chain_id = :chain AND seq = :at",
            at=seq,
            to=to,
        )

    def swap(self, first: int, second: int) -> None:
        for seq, to in ((first, FAR), (second, first), (FAR, second)):
            self.set(seq, seq=to)


def edit_body(t: Tamperer) -> Named:
    body = t.get("body", t.at)
    place = t.random.randrange(len(body))
    t.set(t.at, body=body[:place] + chr(ord(body[place]) ^ 1) + body[place + 1 :])
    return t.at, Fault.ALTERED


def edit_hash(t: Tamperer) -> Named:
    t.set(t.at, hash=t.random.randbytes(32))
    return t.at, Fault.FOREIGN


def edit_seal(t: Tamperer) -> Named:
    t.set(t.at, seal=t.random.randbytes(32))
    return t.at, Fault.FOREIGN


def edit_body_and_hash(t: Tamperer) -> Named:
    t.set(t.at, body="{}", hash=link(t.get("hash", t.at - 1), t.at, "{}"))
    return t.at, Fault.FOREIGN


def edit_body_and_all_hashes_from_there(t: Tamperer) -> Named:
    t.set(t.at, body="{}")
    for seq in range(t.at, t.length + 1):
        t.set(seq, hash=link(t.get("hash", seq - 1), seq, t.get("body", seq)))
    t.sql(
        "UPDATE audit_head SET hash = :hash WHERE chain_id = :chain", hash=t.get("hash", t.length)
    )
    return t.at, Fault.FOREIGN


def empty_a_column(t: Tamperer) -> Named:
    column = t.random.choice(["body", "hash", "seal"])
    t.sql(f"ALTER TABLE audit_event ALTER {column} DROP NOT NULL")
    t.set(t.at, **{column: None})
    return t.at, Fault.ALTERED if column == "body" else Fault.FOREIGN


def edit_the_head(t: Tamperer) -> Named:
    change = t.random.choice(
        ["seq = seq + 1", "hash = sha256(hash)", "hash = NULL", "signature = NULL"]
    )
    for column in ("hash", "signature"):
        t.sql(f"ALTER TABLE audit_head ALTER {column} DROP NOT NULL")
    t.sql(f"UPDATE audit_head SET {change} WHERE chain_id = :chain")  # noqa: S608
    return None, Fault.FORGED_HEAD


def delete_one(t: Tamperer) -> Named:
    t.delete(t.at, t.at)
    return t.at, Fault.MISSING


def delete_some(t: Tamperer) -> Named:
    t.delete(t.at, t.random.randint(t.at, t.length))
    return t.at, Fault.MISSING


def delete_one_and_close_the_gap(t: Tamperer) -> Named:
    t.delete(t.at, t.at)
    t.shift(t.at, -1)
    return t.at, Fault.MISSING if t.at == t.length else Fault.FOREIGN


def delete_one_and_close_the_gap_and_move_the_head(t: Tamperer) -> Named:
    delete_one_and_close_the_gap(t)
    t.sql("UPDATE audit_head SET seq = seq - 1 WHERE chain_id = :chain AND seq > 1")
    if t.length == 1:
        return 1, Fault.MISSING
    return (None, Fault.FORGED_HEAD) if t.at == t.length else (t.at, Fault.FOREIGN)


def swap_two(t: Tamperer) -> Named:
    first, second = sorted(t.random.sample(range(1, t.length + 1), 2))
    t.swap(first, second)
    return first, Fault.FOREIGN


def swap_two_bodies(t: Tamperer) -> Named:
    first, second = sorted(t.random.sample(range(1, t.length + 1), 2))
    bodies = t.get("body", first), t.get("body", second)
    t.set(first, body=bodies[1])
    t.set(second, body=bodies[0])
    return first, Fault.ALTERED


def move_one_to_the_end(t: Tamperer) -> Named:
    at = min(t.at, t.length - 1)
    t.set(at, seq=2 * FAR)
    t.shift(at, -1)
    t.set(2 * FAR - 1, seq=t.length)
    return at, Fault.FOREIGN


def insert_one_and_make_room(t: Tamperer) -> Named:
    t.shift(t.at, 1)
    t.insert(t.at, before=t.at - 1)
    return t.at, Fault.FOREIGN


def double_one_and_make_room(t: Tamperer) -> Named:
    t.shift(t.at + 1, 1)
    t.copy(t.at, t.at + 1)
    return t.at + 1, Fault.FOREIGN


def append_one(t: Tamperer) -> Named:
    t.insert(t.length + 1, before=t.length)
    return t.length + 1, Fault.FOREIGN


def append_one_and_move_the_head(t: Tamperer) -> Named:
    append_one(t)
    t.sql("UPDATE audit_head SET seq = seq + 1 WHERE chain_id = :chain")
    return t.length + 1, Fault.FOREIGN


def insert_one_far_off(t: Tamperer) -> Named:
    seq = t.random.choice([-FAR, -1, 0, t.length + 2, FAR, 2**63 - 1])
    t.sql("ALTER TABLE audit_event DROP CONSTRAINT ck_audit_event_seq_from_one")
    t.insert(seq, before=t.length)
    return seq, Fault.FOREIGN


def insert_one_beside_another(t: Tamperer) -> Named:
    t.sql("ALTER TABLE audit_event DROP CONSTRAINT pk_audit_event")
    t.insert(t.at, before=t.at - 1)
    return t.at, Fault.FOREIGN


def insert_one_that_is_empty(t: Tamperer) -> Named:
    t.sql("ALTER TABLE audit_event DROP CONSTRAINT pk_audit_event")
    for column in ("seq", "body", "hash", "seal"):
        t.sql(f"ALTER TABLE audit_event ALTER {column} DROP NOT NULL")
    t.sql("INSERT INTO audit_event (chain_id) VALUES (:chain)")
    return 0, Fault.FOREIGN


def cut_the_tail(t: Tamperer) -> Named:
    t.delete(t.at, t.length)
    return t.at, Fault.MISSING


def cut_the_tail_and_move_the_head(t: Tamperer) -> Named:
    at = max(t.at, 2)
    t.delete(at, t.length)
    t.sql(
        "UPDATE audit_head SET seq = :last, hash = :hash WHERE chain_id = :chain",
        last=at - 1,
        hash=t.get("hash", at - 1),
    )
    return None, Fault.FORGED_HEAD


def cut_the_tail_and_make_a_head_of_the_last_row(t: Tamperer) -> Named:
    at = max(t.at, 2)
    t.delete(at, t.length)
    t.sql(
        "UPDATE audit_head SET (seq, hash, signature) = (SELECT seq, hash, seal || seal FROM"
        " audit_event WHERE chain_id = :chain AND seq = :last) WHERE chain_id = :chain",
        last=at - 1,
    )
    return None, Fault.FORGED_HEAD


def cut_the_tail_and_the_head(t: Tamperer) -> Named:
    t.delete(max(t.at, 2), t.length)
    t.sql("DELETE FROM audit_head WHERE chain_id = :chain")
    return None, Fault.NO_HEAD


Tampering = Callable[[Tamperer], Named]
KINDS: dict[str, list[Tampering]] = {
    "edits": [
        edit_body,
        edit_hash,
        edit_seal,
        edit_body_and_hash,
        edit_body_and_all_hashes_from_there,
        empty_a_column,
        edit_the_head,
    ],
    "deletions": [
        delete_one,
        delete_some,
        delete_one_and_close_the_gap,
        delete_one_and_close_the_gap_and_move_the_head,
    ],
    "swaps": [swap_two, swap_two_bodies, move_one_to_the_end],
    "insertions": [
        insert_one_and_make_room,
        double_one_and_make_room,
        append_one,
        append_one_and_move_the_head,
        insert_one_far_off,
        insert_one_beside_another,
        insert_one_that_is_empty,
    ],
    "tail cuts": [
        cut_the_tail,
        cut_the_tail_and_move_the_head,
        cut_the_tail_and_make_a_head_of_the_last_row,
        cut_the_tail_and_the_head,
    ],
}
