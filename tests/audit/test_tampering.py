"""A thousand times the owner of the database tampers with the trail; each time the row is named.

Each time it is one of edits, deletions, swaps, insertions and tail cuts, in several ways each, at
a random row of a random chain, by SQL. What is expected follows from what was done.
"""

from collections import Counter
from collections.abc import Callable
from random import Random
from uuid import UUID

import pytest
from sqlalchemy import Connection, text

from app.audit.chain import OPERATOR_CHAIN, Broken, Fault
from app.audit.inspection import Checked, check_all
from tests.audit.conftest import SIGNER, Trail
from tests.audit.tampering import KINDS, Named, Tamperer, Tampering

EACH = 200
NEED_TWO = KINDS["swaps"] + KINDS["tail cuts"][1:]
"""What cannot be done to a chain of one row, or would leave nothing of it."""


def found_after(
    owner: Connection, tampering: Tampering, chain: UUID, length: int, random: Random
) -> tuple[Named, Checked]:
    """What was done, and what a check of all chains then says; undone at once."""
    undone = owner.begin_nested()
    expected = tampering(Tamperer(owner, chain, length, random))
    checked = check_all(owner, SIGNER)
    undone.rollback()
    return expected, checked


def chains_for(tampering: Tampering, trail: Trail) -> list[tuple[UUID, int]]:
    """The chains long enough for it."""
    fewest = 2 if tampering in NEED_TWO else 1
    return [(chain, length) for chain, length in trail.lengths.items() if length >= fewest]


def test_a_trail_that_nobody_touched_is_whole(owner: Connection, trail: Trail) -> None:
    events = sum(trail.lengths.values())

    assert check_all(owner, SIGNER) == Checked(len(trail.lengths), events, [])


def test_a_row_of_no_chain_is_found_too(owner: Connection, trail: Trail) -> None:
    for statement in (
        "ALTER TABLE audit_event DROP CONSTRAINT pk_audit_event",
        "ALTER TABLE audit_event ALTER chain_id DROP NOT NULL",
        "INSERT INTO audit_event SELECT NULL, 9, body, hash, seal FROM audit_event LIMIT 1",
    ):
        owner.execute(text(statement))

    assert trail.lengths[OPERATOR_CHAIN] < 9
    assert check_all(owner, SIGNER).broken == [Broken(OPERATOR_CHAIN, 9, Fault.FOREIGN)]


@pytest.mark.parametrize("kind", KINDS)
def test_the_right_row_is_named_every_time(
    kind: str, owner: Connection, trail: Trail, counted: Callable[[str], None]
) -> None:
    random = Random(f"20260301 {kind}")  # noqa: S311 - the same every time
    done: Counter[str] = Counter()
    for number in range(EACH):
        tampering = KINDS[kind][number % len(KINDS[kind])]
        chain, length = random.choice(chains_for(tampering, trail))

        expected, checked = found_after(owner, tampering, chain, length, random)

        assert checked.broken == [Broken(chain, *expected)], f"{tampering.__name__}, {number}"
        done[tampering.__name__] += 1
    counted(f"{done.total()} of {EACH} found and named: {dict(done)}")
    assert done.total() == EACH
    assert check_all(owner, SIGNER).broken == [], "all was undone"
