"""Published releases as they are answered: read once as the release role, kept in process.

A release never changes, so what is kept is never stale; only "latest" is asked again, once a
second at most.
"""

import time
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.lattice import Lattice
from app.benchmarks.models import Release, ReleaseCell
from app.problems import NotFound

LATEST_SECONDS = 1.0
"""How long a new release may go unnoticed by a process."""

KEPT = 16
"""Releases kept in process; older ones are read again when asked for."""


@dataclass(frozen=True, slots=True)
class Volume:
    """One release: manifest, lattice, and cells by (instrument, version), then (cohort, figure)."""

    number: int
    sha256: str
    manifest: dict[str, Any]
    lattice: Lattice
    cells: dict[tuple[str, str], dict[tuple[str, str], Cell]]
    answers: dict[tuple[str | None, ...], bytes] = field(default_factory=dict)


class Shelf:
    """The releases, for everyone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._volumes: dict[int, Volume] = {}
        self._latest: tuple[float, int | None] = (0.0, None)

    async def list(self) -> list[Release]:
        """All releases, newest first."""
        async with AsyncSession(self._engine) as session:
            found = await session.exec(select(Release).order_by(col(Release.number).desc()))
            return list(found.all())

    async def get(self, reference: str) -> Volume:
        """A release by number, or ``latest``.

        Raises:
            NotFound: no such release.
        """
        number = await self._latest_number() if reference == "latest" else _number(reference)
        if number is None:
            raise NotFound("No release yet" if reference == "latest" else "No such release")
        if number not in self._volumes:
            volume = await self._read(number)
            while len(self._volumes) >= KEPT:
                del self._volumes[min(self._volumes)]
            self._volumes[number] = volume
        return self._volumes[number]

    async def _latest_number(self) -> int | None:
        asked, number = self._latest
        if number is None or time.monotonic() - asked > LATEST_SECONDS:
            async with AsyncSession(self._engine) as session:
                number = (await session.exec(select(func.max(Release.number)))).one()
            self._latest = (time.monotonic(), number)
        return number

    async def _read(self, number: int) -> Volume:
        async with AsyncSession(self._engine) as session:
            release = await session.get(Release, number)
            if release is None:
                raise NotFound("No such release")
            found = await session.exec(
                select(ReleaseCell).where(ReleaseCell.release_number == number)
            )
            cells: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
            for row in found:
                mine = cells.setdefault((row.instrument, row.version), {})
                mine[row.cohort, row.figure] = Cell.from_dict(row.body)
        lattice = Lattice.load(release.manifest["lattice"])
        return Volume(number, release.sha256, release.manifest, lattice, cells)


LONGEST_NUMBER = 8
"""Digits; more than any service will ever publish, fewer than an integer column takes."""


def _number(reference: str) -> int | None:
    """A release number; what is none, or too long to be one, is not found."""
    plain = reference.isascii() and reference.isdigit() and len(reference) <= LONGEST_NUMBER
    return int(reference) if plain and not reference.startswith("0") else None
