"""``palanca verify``: a receipt recomputed offline."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.scoring.receipt import verify


def install(app: typer.Typer) -> None:
    """Add the command."""
    app.command("verify")(verify_receipt)


def verify_receipt(
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="A receipt, as served.")
    ],
    sha256: Annotated[
        str | None, typer.Option(help="The hash that the submission was answered with.")
    ] = None,
) -> None:
    """Recompute a score receipt without the server and without a network.

    The file must be byte for byte what `.../receipt` served. Exit code 0: every score follows from
    the answers in it; 1: it does not, and what differs is said.
    """
    verdict = verify(file.read_bytes(), sha256=sha256 and sha256.lower())
    for finding in verdict.findings:
        typer.echo(finding, err=True)
    typer.echo("verified" if verdict.ok else "NOT verified", err=not verdict.ok)
    if verdict.ok and sha256 is None:
        typer.echo("Pass --sha256 to prove that it is the receipt of that submission.", err=True)
    sys.exit(0 if verdict.ok else 1)
