"""Published releases as they are answered: read once as the release role, kept in process.

A release never changes, so what is kept is never stale; only "latest" is asked again, once a
second at most.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from app.benchmarks.disclosure.cells import Cell
from app.benchmarks.disclosure.figures import is_item
from app.benchmarks.disclosure.panel import PANEL
from app.benchmarks.files.kept import MEDIA_TYPES
from app.benchmarks.files.table import Content
from app.benchmarks.lattice import Lattice
from app.benchmarks.models import Release, ReleaseCell, ReleaseFile
from app.problems import NotFound

LATEST_SECONDS = 1.0
"""How long a new release may go unnoticed by a process."""

KEPT = 16
"""Releases kept in process; older ones are read again when asked for."""

KEPT_BYTES = 32_000_000
"""Of files that are kept in process."""


class Listed(NamedTuple):
    """What is known of a file without its bytes."""

    name: str
    media_type: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Volume(Content):
    """One release as published, its hash, and which files it has."""

    sha256: str
    files: dict[str, Listed]
    answers: dict[tuple[str | None, ...], bytes] = field(default_factory=dict)


async def read(session: AsyncSession, number: int) -> Volume:
    """A release.

    Raises:
        NotFound: no such release.
    """
    release = await session.get(Release, number, populate_existing=True)
    if release is None:
        raise NotFound("No such release")
    found = await session.exec(
        select(ReleaseCell).where(ReleaseCell.release_number == number),
        execution_options={"populate_existing": True},
    )
    cells: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    items: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    panels: dict[tuple[str, str], dict[tuple[str, str], Cell]] = {}
    for row in found:
        kind = items if is_item(row.figure) else panels if row.cohort in PANEL else cells
        mine = kind.setdefault((row.instrument, row.version), {})
        mine[row.cohort, row.figure] = Cell.from_dict(row.body)
    lattice = Lattice.load(release.manifest["lattice"])
    files = await list_files(session, number)
    return Volume(number, release.manifest, lattice, cells, items, panels, release.sha256, files)


async def list_files(session: AsyncSession, number: int) -> dict[str, Listed]:
    """The files of a release by name, in the order of ``MEDIA_TYPES``; none if it is too old."""
    found = await session.exec(
        select(
            ReleaseFile.name, ReleaseFile.media_type, ReleaseFile.sha256, ReleaseFile.size
        ).where(ReleaseFile.release_number == number)
    )
    listed = {one[0]: Listed(*one) for one in found}
    return {name: listed[name] for name in MEDIA_TYPES if name in listed}


async def read_file(session: AsyncSession, number: int, name: str) -> bytes:
    """The bytes of a file that the release has."""
    found = await session.exec(
        select(ReleaseFile.body).where(
            ReleaseFile.release_number == number, ReleaseFile.name == name
        )
    )
    return found.one()


Line = list[tuple[Mapping[str, Any], Cell]]
"""A figure in each release, with the release's manifest."""


class Shelf:
    """The releases, for everyone."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._volumes: dict[int, Volume] = {}
        self._latest: tuple[float, int | None] = (0.0, None)
        self._bodies: OrderedDict[tuple[int, str], bytes] = OrderedDict()

    async def list(self) -> list[Release]:
        """All releases, newest first."""
        async with AsyncSession(self._engine) as session:
            found = await session.exec(select(Release).order_by(col(Release.number).desc()))
            return list(found.all())

    async def get(self, reference: str, *, with_files: bool = False) -> Volume:
        """A release by number, or ``latest``; looked for files again if it had none.

        Raises:
            NotFound: no such release.
        """
        number = await self._latest_number() if reference == "latest" else _number(reference)
        if number is None:
            raise NotFound("No release yet" if reference == "latest" else "No such release")
        if number not in self._volumes:
            async with AsyncSession(self._engine) as session:
                volume = await read(session, number)
            while len(self._volumes) >= KEPT:
                del self._volumes[min(self._volumes)]
            self._volumes[number] = volume
        volume = self._volumes[number]
        if with_files and not volume.files:
            async with AsyncSession(self._engine) as session:
                volume = replace(volume, files=await list_files(session, number))
            self._volumes[number] = volume
        return volume

    async def newest(self) -> tuple[Volume, ...]:
        """The newest releases, as many as are kept in process; the newest first."""
        last = await self._latest_number()
        numbers = [] if last is None else range(last, max(0, last - KEPT), -1)
        return tuple([await self.get(str(number)) for number in numbers])

    async def lines(
        self, named: tuple[str, str], cohorts: Sequence[str], figure: str
    ) -> dict[str, Line]:
        """By cohort, a figure in each release that has it, oldest first."""
        wanted = (
            select(ReleaseCell.cohort, Release.manifest, ReleaseCell.body)
            .where(
                Release.number == ReleaseCell.release_number,
                ReleaseCell.instrument == named[0],
                ReleaseCell.version == named[1],
                col(ReleaseCell.cohort).in_(cohorts),
                ReleaseCell.figure == figure,
            )
            .order_by(col(Release.number))
        )
        async with AsyncSession(self._engine) as session:
            found = await session.exec(wanted)
            lines: dict[str, Line] = {cohort: [] for cohort in cohorts}
            for cohort, manifest, body in found:
                lines[cohort].append((manifest, Cell.from_dict(body)))
        return lines

    async def file(self, volume: Volume, name: str) -> tuple[Listed, bytes]:
        """A file of a release, and what is known of it.

        Raises:
            NotFound: the release has no such file.
        """
        if name not in volume.files:
            raise NotFound("The release has no such file")
        key = (volume.number, name)
        if key not in self._bodies:
            async with AsyncSession(self._engine) as session:
                self._bodies[key] = await read_file(session, volume.number, name)
            while sum(map(len, self._bodies.values())) > KEPT_BYTES and len(self._bodies) > 1:
                self._bodies.popitem(last=False)
        return volume.files[name], self._bodies[key]

    async def _latest_number(self) -> int | None:
        asked, number = self._latest
        if number is None or time.monotonic() - asked > LATEST_SECONDS:
            async with AsyncSession(self._engine) as session:
                number = (await session.exec(select(func.max(Release.number)))).one()
            self._latest = (time.monotonic(), number)
        return number


LONGEST_NUMBER = 8
"""Digits; more than any service will ever publish, fewer than an integer column takes."""


def _number(reference: str) -> int | None:
    """A release number; what is none, or too long to be one, is not found."""
    plain = reference.isascii() and reference.isdigit() and len(reference) <= LONGEST_NUMBER
    return int(reference) if plain and not reference.startswith("0") else None
