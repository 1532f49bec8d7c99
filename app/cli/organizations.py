"""``palanca organizations``: hospitals registered from a table, whatever its columns are called."""

import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncEngine

from app.access.callers import SERVICE
from app.access.models import Kind
from app.audit import service as audit
from app.audit.chain import Signer
from app.audit.service import Actor, Event
from app.cli.admin import OPERATOR
from app.cli.options import DataDir, settings
from app.cli.session import run
from app.db import Scope, transaction
from app.files import folder
from app.organizations import bulk, views
from app.organizations.bulk_schemas import BulkMode, BulkOut
from app.organizations.rows import Row, read
from app.organizations.sheets import ColumnMapping, Sheet, own_columns
from app.problems import Invalid
from app.settings import Settings
from app.validation import validation_error

organizations = typer.Typer(help="Hospitals, many at once.", no_args_is_help=True)

MOST_SHOWN = 20
"""Lines of each kind in the terminal; ``--report`` has all."""


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(organizations, name="organizations")


@organizations.command("load")
def organizations_load(  # noqa: PLR0917 - the options of the command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV in UTF-8.")],
    network: Annotated[
        str, typer.Option(help="Network of lines that name none; default: independents.")
    ] = "",
    mapping: Annotated[
        str, typer.Option(help="YAML file, or the name of one that comes with Palanca.")
    ] = "",
    column: Annotated[
        list[str] | None,
        typer.Option("--map", help='FIELD=COLUMN, such as external_id="Facility ID".'),
    ] = None,
    value: Annotated[
        list[str] | None,
        typer.Option(help='FIELD=THEIRS=OURS, such as type="Acute Care Hospitals=acute".'),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would happen, and do nothing.")
    ] = False,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Write the whole report here, as JSON.")
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Register hospitals from a table, or change those that are there; report likely duplicates.

    Without a mapping the columns are `external_id`, `name`, `network`, `state`, `city`, the
    attributes (`country`, `region`, `type`, `ownership`, `size_band`, `teaching`), and identifiers
    as `id:cms`. Exit code 1: some lines are wrong and were not registered; the others were.

    Example: `palanca organizations load hospitals.csv --mapping cms-hospital-general-information`
    """
    sheet = Sheet.read(file.read_bytes())
    rows = read(_mapping(sheet, mapping, column or [], value or [], network).lines(sheet))
    mode = BulkMode.VALIDATE if dry_run else BulkMode.COMMIT
    chosen = settings(data_dir)
    done = BulkOut.model_validate(run(chosen, lambda engine: _load(engine, chosen, rows, mode)))
    if report is not None:
        report.write_text(done.model_dump_json(indent=1), encoding="utf-8")
    _say(done)
    sys.exit(1 if done.counts["rejected"] else 0)


async def _load(
    engine: AsyncEngine, chosen: Settings, rows: list[Row], mode: BulkMode
) -> dict[str, object]:
    """One transaction, on the trail of everybody whom it concerns."""
    now, commit = datetime.now(UTC), mode is BulkMode.COMMIT
    async with transaction(engine, Scope(operator=True)) as session:
        done = await bulk.register(session, OPERATOR, rows, commit=commit, now=now)
        if commit:
            signer = Signer(chosen.pepper())
            event = Event(now, "palanca organizations load", Actor(Kind.OPERATOR.value), None)
            await bulk.tell_each(session, OPERATOR, done, event, signer=signer)
            own = {SERVICE: "/v1/organizations/bulk"}
            await audit.append_to_each(session, own, event, signer=signer)
    return views.bulk_report(done, mode)


def _mapping(
    sheet: Sheet, name: str, columns: list[str], values: list[str], network: str
) -> ColumnMapping:
    """The mapping that the options describe.

    Raises:
        ValueError: an option without its ``=``, or a file that is no mapping.
    """
    document = _read_mapping(name) if name else {"columns": {}}
    try:
        made = ColumnMapping.model_validate(document)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        wrong = [validation_error({**one, "loc": ("file", *one["loc"])}) for one in errors]
        raise Invalid(wrong) from None
    for option in columns:
        field, theirs = _parts(option, 2)
        made.columns[field] = theirs
    if not made.columns:
        made = own_columns(sheet)
    for option in values:
        field, theirs, ours = _parts(option, 3)
        made.values.setdefault(field, {})[theirs] = ours
    if network:
        made.constants["network"] = network
    return made


def _read_mapping(name: str) -> object:
    """A mapping by the path of its file, or by the name of one in ``seed/mappings``.

    Raises:
        ValueError: no such file, or no YAML in it.
    """
    file, ours = Path(name), folder("seed") / "mappings" / f"{name}.yaml"
    if not file.is_file() and not ours.is_file():
        known = ", ".join(sorted(one.stem for one in ours.parent.glob("*.yaml")))
        raise ValueError(f"No mapping {name}; there are {known}")
    try:
        text = (file if file.is_file() else ours).read_text(encoding="utf-8")
        return yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise ValueError(f"{name} is not YAML: {exc}") from None


def _parts(option: str, count: int) -> list[str]:
    """An option's parts between ``=``; theirs, in the middle or at the end, may hold more of it.

    Raises:
        ValueError: there are too few.
    """
    first, _, rest = option.partition("=")
    theirs, _, ours = rest.rpartition("=")
    parts = [first, rest] if count == 2 else [first, theirs, ours]  # noqa: PLR2004 - or three
    if not all(parts):
        raise ValueError(f"{option}: write FIELD=COLUMN, or FIELD=THEIRS=OURS")
    return parts


def _say(done: BulkOut) -> None:
    """The report in short: wrong lines to the one side, all else to the other."""
    counts = ", ".join(f"{count} {status}" for status, count in done.counts.items())
    typer.echo(
        f"{counts}{' (dry run: nothing was kept)' if done.mode is BulkMode.VALIDATE else ''}"
    )
    reasons = Counter(group.reason.value for group in done.likely_duplicates)
    for reason, count in reasons.items():
        typer.echo(f"likely duplicates, {reason}: {count}")
    for group in done.likely_duplicates[:MOST_SHOWN]:
        members = (f"{one.external_id} (line {one.line or '-'})" for one in group.members)
        typer.echo(f"  {group.reason}, {group.shared}: {', '.join(members)}")
    typer.echo(f"namesakes elsewhere: {done.namesakes_elsewhere}")
    wrong = [one for one in done.outcomes if one.errors]
    for one in wrong[:MOST_SHOWN]:
        said = "; ".join(f"{each.pointer or '/'}: {each.detail}" for each in one.errors)
        typer.echo(f"line {one.line}: {said}", err=True)
    if len(wrong) > MOST_SHOWN:
        typer.echo(f"and {len(wrong) - MOST_SHOWN} more: --report FILE has all", err=True)
