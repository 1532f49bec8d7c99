"""Filling a database with the demo world, through the same verbs that requests use."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import service as access
from app.access.callers import Caller
from app.access.client_keys import MAX_DAYS
from app.access.models import DataUse, Kind
from app.assessments import push
from app.assessments import service as assessments
from app.assessments.incoming import Push
from app.assessments.periods import period_end
from app.benchmarks import service as benchmarks
from app.catalog import seeding
from app.catalog import service as catalog
from app.catalog.service import Published
from app.db import Scope, enter, transaction
from app.demo.world import Hospital, World, make_world, submissions
from app.files import folder
from app.migrate import is_empty, recreate
from app.organizations import agreements
from app.organizations import service as organizations
from app.organizations.agreement_schemas import ParticipationIn
from app.organizations.models import Organization
from app.organizations.schemas import NetworkIn, OrganizationIn
from app.settings import Settings

SEED = 7
PERIODS = 3
INSTRUMENT = ("seven-leverage-points", "1")
STATE = "demo.json"
"""The demo's keys and names, kept beside the database so that a second start can show them."""

UNFINISHED = "demo.unfinished"
"""There while a demo is being built, so that a killed build can be begun again."""

AT_ONCE = 4
"""Teams that submit at the same time: while one waits for the database, another is scored."""

Progress = Callable[[str, int], Callable[[], None]]
"""Called with a title and a total; gives a function to call after each step."""


@dataclass(frozen=True, slots=True)
class Demo:
    """What a user needs to go on."""

    keys: dict[str, str]
    organization: str
    network: str
    period: str
    release: int

    def save(self, data_dir: Path) -> None:
        """Keep it, readable by the owner alone."""
        file = data_dir / STATE
        fresh = file.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps({name: getattr(self, name) for name in self.__slots__}))
        fresh.replace(file)
        (data_dir / UNFINISHED).unlink()

    @classmethod
    def find(cls, data_dir: Path) -> "Demo | None":
        """The demo that was built in this folder, if one was built to its end."""
        file = data_dir / STATE
        return cls(**json.loads(file.read_text())) if file.exists() else None


def start_over(settings: Settings) -> None:
    """Make room for a new demo: an unfinished one is dropped, anything else is left alone.

    Raises:
        ValueError: the database holds data that no demo left behind.
    """
    marker = settings.data_dir / UNFINISHED
    if marker.exists():
        recreate(settings)
    elif not is_empty(settings):
        raise ValueError(
            f"{settings.data_dir} holds data that is no demo: choose another --data-dir"
        )
    marker.touch(mode=0o600)


def half_years(today: date) -> list[str]:
    """The last three half-years that ended 92 days ago or more, oldest first."""
    found: list[str] = []
    year, half = today.year, 2
    while len(found) < PERIODS:
        period = f"{year}-H{half}"
        if period_end(period) + timedelta(days=92) <= today:
            found.append(period)
        year, half = (year, 1) if half == 2 else (year - 1, 2)  # noqa: PLR2004 - halves
    return found[::-1]


async def build(
    engine: AsyncEngine, settings: Settings, pepper: bytes, now: datetime, progress: Progress
) -> Demo:
    """Make the world, three rounds of assessments and a release after each."""
    material = yaml.safe_load((folder("seed") / "demo.yaml").read_text(encoding="utf-8"))
    async with transaction(engine) as session:
        await seeding.seed(session, now=now)
        await agreements.seed(session, now=now)
        instrument = await catalog.get_instrument(session, *INSTRUMENT)
    world = make_world(material, SEED)
    maker = Maker(engine, settings, pepper, world, material, instrument)
    await maker.register(now, progress)
    release, period = 0, ""
    for number, period in enumerate(half_years(now.date())):
        await maker.play(number, period, progress)
        release = await maker.publish(period, now, progress)
    keys = await maker.keys(now)
    demo = Demo(keys, str(maker.registered[0].id), str(maker.network_ids[0]), period, release)
    demo.save(settings.data_dir)
    return demo


class Maker:
    """The world while it is being filled in."""

    def __init__(
        self,
        engine: AsyncEngine,
        settings: Settings,
        pepper: bytes,
        world: World,
        material: dict[str, Any],
        instrument: Published,
    ) -> None:
        self.engine = engine
        self.settings = settings
        self.pepper = pepper
        self.world = world
        self.material = material
        self.instrument = instrument
        self.items = {code: code in instrument.may_not_apply for code in instrument.form.items}
        self.registered: list[Organization] = []
        self.network_ids: list[UUID] = []

    async def register(self, now: datetime, progress: Progress) -> None:
        """Networks, hospitals, and the client that pushes for them."""
        step = progress("Registering hospitals", len(self.world.hospitals))
        async with transaction(self.engine, Scope(operator=True)) as session:
            _, row = await access.create_key(
                session,
                kind=Kind.OPERATOR,
                name="demo builder",
                environment=self.settings.key_environment,
                pepper=self.pepper,
                now=now,
                days=1,
            )
            self.operator = Caller(row.client_id, Kind.OPERATOR, None, None, frozenset())
            for number, name in enumerate(self.world.networks):
                given = NetworkIn(external_id=f"N{number + 1:02d}", name=name)
                made = await organizations.create_network(session, self.operator, given, now=now)
                self.network_ids.append(made.id)
            for hospital in self.world.hospitals:
                given_organization = OrganizationIn(
                    external_id=hospital.external_id,
                    name=hospital.name,
                    network=str(self.network_ids[hospital.network]),
                    attributes=dict(hospital.attributes),
                )
                made_organization = await organizations.create(
                    session, self.operator, given_organization, now=now
                )
                self.registered.append(made_organization)
                await self._agree(session, made_organization, hospital, now)
                step()

    async def _agree(
        self, session: AsyncSession, organization: Organization, hospital: Hospital, now: datetime
    ) -> None:
        """The hospital signs the agreement, and lets its network see what it lets it see."""
        context = Scope(organizations=(organization.id,), operator=True)
        await enter(session, context)
        [newest, *_] = await agreements.list_(session)
        signed = ParticipationIn(
            agreement_version=newest.version,
            text_sha256=newest.text_sha256,
            signed_by="Chief executive's office",
            signed_on=now.date(),
            benchmark=True,
            research=True,
            partner=True,
            share_with_network=hospital.shares,
        )
        await agreements.sign(
            session, organization.id, signed, client_id=self.operator.client_id, now=now
        )

    async def play(self, number: int, period: str, progress: Progress) -> None:
        """One half-year: every team submits, and its assessment is locked."""
        step = progress(f"Assessments of {period}", len(self.registered))
        turns = asyncio.Semaphore(AT_ONCE)

        async def turn(hospital: Hospital, organization: Organization) -> None:
            async with turns:
                await self._assess(hospital, organization, number, period)
            step()

        async with asyncio.TaskGroup() as group:
            for pair in zip(self.world.hospitals, self.registered, strict=True):
                group.create_task(turn(*pair))

    async def _assess(
        self, hospital: Hospital, organization: Organization, number: int, period: str
    ) -> None:
        end = datetime.combine(period_end(period), datetime.min.time(), UTC)
        bodies = list(self._bodies(hospital, number))
        if not bodies:
            return
        async with transaction(self.engine, Scope(organizations=(organization.id,))) as session:
            for place, body in enumerate(bodies):
                given = {
                    "instrument": INSTRUMENT[0],
                    "version": INSTRUMENT[1],
                    "period": period,
                    "external_id": f"{period}-{place + 1:02d}",
                    **body,
                }
                pushed = Push(
                    organization_id=organization.id,
                    client_id=self.operator.client_id,
                    idempotency_key=None,
                    pepper=self.pepper,
                    now=end - timedelta(days=20) + timedelta(minutes=7 * place),
                )
                await push.submit(session, pushed, given)
            await assessments.lock(
                session,
                organization.id,
                period,
                instrument=None,
                min_group=self.settings.min_team,
                now=end + timedelta(days=5),
            )

    def _bodies(self, hospital: Hospital, number: int) -> Iterator[dict[str, Any]]:
        return submissions(self.world, hospital, number, self.items, self.material, SEED)

    async def publish(self, period: str, now: datetime, progress: Progress) -> int:
        """The release that follows the half-year, 92 days after its end."""
        step = progress(f"Release after {period}", 1)
        day = period_end(period) + timedelta(days=92)
        # A sample, for invented scores: the full one takes half a minute a release.
        plan = replace(benchmarks.plan(self.settings, as_of=day, now=now), joint_targets=12)
        async with transaction(self.engine, Scope(operator=True)) as session:
            release = await benchmarks.build(session, self.operator, plan)
        step()
        return release.number

    async def keys(self, now: datetime) -> dict[str, str]:
        """One key for each kind of user."""
        tenants: dict[Kind, UUID | None] = {
            Kind.OPERATOR: None,
            Kind.NETWORK: self.network_ids[0],
            Kind.ORGANIZATION: self.registered[0].id,
            Kind.RESEARCHER: None,
        }
        ends_on = now.date() + timedelta(days=MAX_DAYS)
        data_use = DataUse("An invented institute", "Trying Palanca out", ends_on)
        made = {}
        async with transaction(self.engine, Scope(operator=True)) as session:
            for kind, tenant_id in tenants.items():
                key, _ = await access.create_key(
                    session,
                    kind=kind,
                    name=f"demo {kind}",
                    environment=self.settings.key_environment,
                    pepper=self.pepper,
                    now=now,
                    tenant_id=tenant_id,
                    data_use=data_use if kind is Kind.RESEARCHER else None,
                    days=MAX_DAYS,
                )
                made[kind.value] = key.text
        return made
