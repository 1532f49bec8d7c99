"""``palanca keys``: made, rotated, revoked, each on the audit trail of those it concerns."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access import client_keys
from app.access import service as access
from app.access.callers import SERVICE
from app.access.client_keys import DEFAULT_DAYS, MAX_DAYS, MAX_OVERLAP_HOURS, Issue
from app.access.models import Client, DataUse, Kind
from app.access.permissions import ALLOWED, ONLY_IF_SAID, Permission
from app.audit import service as audit
from app.audit.chain import Signer
from app.audit.service import Actor
from app.cli.admin import OPERATOR
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.db import Scope, enter, transaction
from app.organizations import service as organizations
from app.settings import Settings

keys = typer.Typer(help="API keys.", no_args_is_help=True)

COLUMNS = ("key id", "ends in", "kind", "name", "scopes", "expires", "last used", "revoked")
WRAPPED = {"name", "scopes"}
"""What may take several lines in a narrow terminal."""

KeyId = Annotated[str, typer.Argument(help="The eight characters after plco_live_.")]


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(keys, name="keys")


class Work:
    """One transaction of a command, and what it puts on the audit trail."""

    def __init__(self, session: AsyncSession, chosen: Settings) -> None:
        self.session = session
        self.issue = Issue(chosen.key_environment, chosen.pepper(), datetime.now(UTC))

    async def record(self, operation: str, client: Client, key_id: str) -> None:
        """Put what was done with a key on the trail of those for whom it calls; call it last."""
        chain = client.organization_id or client.network_id or client.id
        if client.kind is Kind.OPERATOR:
            chain = SERVICE
        await enter(self.session, Scope(operator=True, organizations=(chain,)))
        await audit.append(
            self.session,
            chain=chain,
            at=self.issue.now,
            operation=f"palanca keys {operation}",
            target=f"/v1/clients/{client.id}/keys/{key_id}",
            actor=Actor(Kind.OPERATOR.value),
            status=None,
            signer=Signer(self.issue.pepper),
        )


@asynccontextmanager
async def working(engine: AsyncEngine, chosen: Settings) -> AsyncIterator[Work]:
    """One transaction in which all keys are seen."""
    async with transaction(engine, Scope(operator=True)) as session:
        yield Work(session, chosen)


@keys.command("create")
def keys_create(  # noqa: PLR0917 - the options of the command
    kind: Annotated[Kind, typer.Argument(help="What the client is.")],
    name: Annotated[str, typer.Option(help="Whose it is, for the list.")],
    tenant: Annotated[
        str, typer.Option("--for", help="Network or organization: id or external id.")
    ] = "",
    scope: Annotated[
        list[Permission] | None,
        typer.Option(help="Scopes; default: all that the kind may have, but queries:write."),
    ] = None,
    days: Annotated[
        int, typer.Option(min=1, max=MAX_DAYS, help="Days it is good for.")
    ] = DEFAULT_DAYS,
    institution: Annotated[str, typer.Option(help="Of a researcher's agreement.")] = "",
    purpose: Annotated[str, typer.Option(help="Of a researcher's agreement.")] = "",
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Last day of a researcher's agreement."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Register a client, make its first key and show it once: only a hash of it is kept.

    Example: `palanca keys create organization --name "St. Elm app" --for H001`

    A researcher works under a data use agreement: `--institution`, `--purpose` and `--until`.
    """
    chosen = settings(data_dir)
    data_use = _data_use(institution, purpose, until)
    if tenant and kind not in {Kind.ORGANIZATION, Kind.NETWORK}:
        raise ValueError(f"--for is for keys of organizations and networks, not {kind}")
    scopes = frozenset(scope or ALLOWED[kind] - ONLY_IF_SAID)
    client_keys.check(kind, scopes, days)

    async def work(engine: AsyncEngine) -> str:
        async with working(engine, chosen) as at:
            tenant_id = None
            if kind is Kind.ORGANIZATION:
                tenant_id = (await organizations.get(at.session, OPERATOR, tenant)).id
            elif kind is Kind.NETWORK:
                tenant_id = (await organizations.get_network(at.session, OPERATOR, tenant)).id
            client = await access.create_client(
                at.session,
                kind=kind,
                name=name,
                now=at.issue.now,
                tenant_id=tenant_id,
                data_use=data_use,
            )
            key, _ = await client_keys.create(at.session, client, scopes, days=days, issue=at.issue)
            await at.record("create", client, key.key_id)
            return key.text

    typer.echo(run(chosen, work))


def _data_use(institution: str, purpose: str, until: datetime | None) -> DataUse | None:
    """The agreement that the options describe, all of them or none.

    Raises:
        ValueError: some of them.
    """
    if not (institution or purpose or until):
        return None
    if not (institution and purpose and until):
        raise ValueError("An agreement needs --institution, --purpose and --until")
    return DataUse(institution, purpose, until.date())


@keys.command("rotate")
def keys_rotate(
    key_id: KeyId,
    overlap_hours: Annotated[
        int,
        typer.Option(min=0, max=MAX_OVERLAP_HOURS, help="How long the old key works; 0: no more."),
    ] = MAX_OVERLAP_HOURS,
    data_dir: DataDir = None,
) -> None:
    """Make a new key like an old one and show it once; the old one ends after the overlap."""
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> str:
        async with working(engine, chosen) as at:
            client, old = await client_keys.find(at.session, key_id)
            overlap = timedelta(hours=overlap_hours)
            key, _ = await client_keys.rotate(
                at.session, client, old, overlap=overlap, issue=at.issue
            )
            await at.record("rotate", client, key.key_id)
            return key.text

    typer.echo(run(chosen, work))


@keys.command("revoke")
def keys_revoke(key_id: KeyId, data_dir: DataDir = None) -> None:
    """End a key at once, and the tokens asked for with it."""
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> None:
        async with working(engine, chosen) as at:
            client, key = await client_keys.find(at.session, key_id)
            await client_keys.revoke(at.session, key, now=at.issue.now)
            await at.record("revoke", client, key_id)

    run(chosen, work)
    typer.echo(f"revoked {key_id}")


@keys.command("list")
def keys_list(data_dir: DataDir = None) -> None:
    """All keys: whose, for what, until when. Never the keys themselves."""
    chosen = settings(data_dir)

    async def work(engine: AsyncEngine) -> Table:
        table = Table(*(Column(name, no_wrap=name not in WRAPPED) for name in COLUMNS))
        async with working(engine, chosen) as at:
            for client, key in await client_keys.list_all(at.session):
                table.add_row(
                    key.key_id,
                    key.last_four,
                    client.kind,
                    client.name,
                    " ".join(key.scopes),
                    *map(_day, (key.expires_at, key.last_used_at, key.revoked_at)),
                )
        return table

    Console().print(run(chosen, work))


def _day(instant: datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d}"
