"""What contributors to the catalog do: have its files checked."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from app.catalog import checking
from app.files import folder

catalog = typer.Typer(help="The catalog's files: frameworks, guidance, crosswalks, instruments.")


def install(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(catalog, name="catalog")


@catalog.command("check")
def check(
    path: Annotated[
        Path | None,
        typer.Argument(exists=True, file_okay=False, help="The catalog's folder; ours by default."),
    ] = None,
    remember: Annotated[
        bool, typer.Option(help="Write down what is right as published: it must not change then.")
    ] = False,
) -> None:
    """Check the catalog's files: each fault with its file, its line, and what to do about it."""
    wanted = path or folder("seed")
    found = checking.check(wanted)
    console = Console(soft_wrap=True, highlight=False)
    for name, fault in found.faults:
        at = name if fault.line is None else f"{name}:{fault.line}"
        console.print(f"[bold]{escape(at)}[/bold]  {escape(fault.what)}. {escape(fault.fix)}.")
    if found.faults:
        console.print(f"[red]{len(found.faults)} to mend[/red]")
        raise typer.Exit(1)
    console.print(f"{len(found.hashes)} documents are right")
    if remember:
        console.print(f"{checking.remember(wanted, found)} of them are new in {checking.PUBLISHED}")
