"""The command line: what operators and users of Palanca do from a terminal."""

import sys

import typer
from rich.console import Console
from rich.markup import escape
from sqlalchemy.exc import OperationalError

from app.cli import (
    admin,
    auditing,
    catalogs,
    cohorts,
    erasing,
    keys,
    organizations,
    pushing,
    releases,
    serving,
    verifying,
    working,
)
from app.db import UnsafeRoleError
from app.migrate import OldSchemaError
from app.postgres import EmbeddedPostgresError
from app.problems import Invalid, Problem

app = typer.Typer(
    name="palanca",
    help="Palanca: self-assessment, scoring and benchmarks for health-care leadership.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
PARTS = (
    *(
        serving,
        admin,
        catalogs,
        releases,
        cohorts,
        keys,
        organizations,
        pushing,
        verifying,
        auditing,
        erasing,
    ),
    working,
)
for part in PARTS:
    part.install(app)


def main() -> None:
    """Run a command; expected failures are one clear message and exit code 1."""
    console = Console(stderr=True, soft_wrap=True)
    try:
        app()
    except Invalid as exc:
        console.print(f"[red]{exc.detail}[/red]")
        for one in exc.extra["errors"]:  # type: ignore[attr-defined]
            console.print(f"  {one['pointer'] or '/'}: {one['detail']}", markup=False)
        sys.exit(1)
    except Problem as exc:
        console.print(f"[red]{exc.title}[/red]: {escape(exc.detail)}")
        for finding in exc.extra.get("findings", []):  # type: ignore[attr-defined]
            console.print_json(data=finding)
        sys.exit(1)
    except OperationalError as exc:
        console.print(f"[red]The database does not answer[/red]: {escape(str(exc.orig))}")
        console.print("If it is new, run `palanca db upgrade` first.")
        sys.exit(1)
    except (EmbeddedPostgresError, UnsafeRoleError, OldSchemaError, ValueError, OSError) as exc:
        console.print(f"[red]{type(exc).__name__}[/red]: {escape(str(exc))}")
        sys.exit(1)
