"""Hostile values in every place of every operation: refused as declared, nothing left behind."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import pytest
from starlette.types import ASGIApp

from tests.conftest import Service
from tests.hostile import bodies, values
from tests.hostile.bending import Place, bent, places
from tests.hostile.document import Operation, operations
from tests.hostile.good import good_request, row_of
from tests.hostile.rules import Leavings, count_rows, fault, held
from tests.hostile.sending import send
from tests.isolation.world import World

FEW = 3
"""Values a place in the ordinary suite; by turns, so that all of them come up."""

NewWorld = Callable[[], AbstractContextManager[Service]]


@dataclass
class Attack:
    """All requests of one run, counted."""

    app: ASGIApp
    world: World
    leavings: Leavings
    few: int | None
    statuses: Counter[int] = field(default_factory=Counter)
    operations: int = 0
    places: int = 0
    faults: list[str] = field(default_factory=list)
    turn: int = 0

    async def run(self, operation: Operation) -> None:
        """Every place of one operation."""
        self.operations += 1
        self.leavings.task = asyncio.current_task()
        good, body = good_request(self.world, operation)
        for place in places(operation, body):
            self.places += 1
            for name, value in self.chosen(place):
                request = bent(good, body, place, value)
                reply = await send(self.app, request)
                self.statuses[reply.status] += 1
                wrong = fault(request, place, reply)
                left = self.leavings.taken()
                if left and reply.status >= 300:
                    wrong = f"{reply.status}, and something left in {left}"
                if wrong:
                    self.faults.append(f"{operation.name} {place}: {name}: {wrong}")

    def chosen(self, place: Place) -> Iterator[tuple[str, Any]]:
        """The values whose turn it is."""
        every = list(place.values.items())
        count = len(every) if self.few is None else min(self.few, len(every))
        start, self.turn = self.turn % len(every), self.turn + count
        return islice(every + every, start, start + count)

    @property
    def said(self) -> str:
        """The run in one line, and what was wrong."""
        statuses = ", ".join(f"{count} x {one}" for one, count in sorted(self.statuses.items()))
        return (
            f"{sum(self.statuses.values())} requests, {len(self.faults)} faults: "
            f"{self.operations} operations, {self.places} places; {statuses}\n"
            + "\n".join(self.faults[:60])
        )


def attack(service: Service, world: World, few: int | None) -> Attack:
    """Every operation, each time as if it was the first."""
    app: Any = service.http.app
    assert service.http.portal is not None
    with service.superuser() as database, held(service) as leavings:
        database.autocommit = True
        before = count_rows(database)
        made = Attack(app, world, leavings, few)
        for operation in operations(app.openapi()):
            service.http.portal.call(made.run, operation)
        assert count_rows(database) == before
    return made


def test_there_are_enough_values() -> None:
    assert len(bodies.BODIES) + len(values.JSON) + len(values.TEXTS) >= 130


def test_what_is_bent_is_good_before(new_world: NewWorld, world: World) -> None:
    with new_world() as service, held(service):
        app: Any = service.http.app
        assert service.http.portal is not None
        refused = []
        for operation in operations(app.openapi()):
            reply = service.http.portal.call(send, app, good_request(world, operation)[0])
            if reply.status not in row_of(operation).done:
                refused.append(f"{operation.name}: {reply.status} {reply.body[:300]!r}")

    assert not refused, "\n".join(refused)


def test_hostile_values_break_nothing_and_leave_nothing(
    new_world: NewWorld, world: World, counted: Callable[[str], None]
) -> None:
    with new_world() as service:
        made = attack(service, world, FEW)

    counted(made.said)
    assert not made.faults, made.said


@pytest.mark.slow
@pytest.mark.timeout(10_800)
def test_every_hostile_value_in_every_place_breaks_nothing(
    new_world: NewWorld, world: World, counted: Callable[[str], None]
) -> None:
    start = time.monotonic()
    with new_world() as service:
        made = attack(service, world, None)

    counted(f"{time.monotonic() - start:.0f} s; {made.said}")
    assert not made.faults, made.said
