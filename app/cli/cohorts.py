"""``palanca cohorts list | accept | decline``: what becomes of wishes for cohorts."""

import json
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from app.benchmarks import service as benchmarks
from app.benchmarks import wishes
from app.cli.admin import OPERATOR, tell
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.db import Scope, transaction

AT_ONCE = 1000
cohorts = typer.Typer(help="Wishes for cohorts.", no_args_is_help=True)
Id = Annotated[UUID, typer.Argument(help="Of the wish, as `palanca cohorts list` has it.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(cohorts, name="cohorts")


@cohorts.command("list")
def list_(data_dir: DataDir = None) -> None:
    """Show wishes as lines of JSON, the oldest first, with how many wish the same."""
    chosen = settings(data_dir)
    plan = benchmarks.plan(chosen, as_of=None, now=datetime.now(UTC))

    async def work(engine: AsyncEngine) -> list[wishes.Wish]:
        async with transaction(engine, Scope(operator=True)) as session:
            found: list[wishes.Wish] = []
            while True:
                after = found[-1].row.id if found else None
                some = await wishes.list_(session, OPERATOR, plan, after=after, limit=AT_ONCE)
                found += some[:AT_ONCE]
                if len(some) <= AT_ONCE:
                    return found

    found = run(chosen, work)
    wished_by: dict[tuple[object, ...], set[UUID]] = {}
    for one in found:
        wished_by.setdefault(_same(one), set()).add(one.row.client_id)
    for one in found:
        told = {
            "id": str(one.row.id),
            "attributes": one.row.attributes,
            "status": str(one.row.status) if one.release is None else "published",
            "adds": one.adds,
            "room": one.room.cohorts,
            "wished_by": len(wished_by[_same(one)]),
        }
        typer.echo(json.dumps(told))


def _same(one: wishes.Wish) -> tuple[object, ...]:
    return (*one.row.attributes, one.row.status)


@cohorts.command()
def accept(wish: Id, data_dir: DataDir = None) -> None:
    """Publish these cohorts from the next release on, for everybody; it cannot be taken back."""
    _decide(wish, data_dir, accept=True)


@cohorts.command()
def decline(wish: Id, data_dir: DataDir = None) -> None:
    """Do not publish these cohorts."""
    _decide(wish, data_dir, accept=False)


def _decide(wish: UUID, data_dir: DataDir, *, accept: bool) -> None:
    chosen = settings(data_dir)
    plan = benchmarks.plan(chosen, as_of=None, now=datetime.now(UTC))

    async def work(engine: AsyncEngine) -> str:
        async with transaction(engine, Scope(operator=True)) as session:
            row = await wishes.decide(session, wish, plan, accept=accept)
            word = "accept" if accept else "decline"
            await tell(session, chosen, f"palanca cohorts {word}", f"/v1/cohort-requests#{wish}")
            since = f": in lattice {row.lattice_version}" if accept else ""
            return f"{row.status} {' and '.join(row.attributes)}{since}"

    typer.echo(run(chosen, work))
