"""``palanca push``: the client's command, where the client is installed."""

import sys

import typer


def install(app: typer.Typer) -> None:
    """Add the command."""
    as_they_are = {"ignore_unknown_options": True, "allow_extra_args": True}
    app.command("push", add_help_option=False, context_settings=as_they_are)(push)


def push(context: typer.Context) -> None:
    """Push a file of submissions to a service. See `palanca push --help`, and `docs/push.md`."""
    try:
        from palanca_client.command import main  # noqa: PLC0415 - of a package of its own
    except ModuleNotFoundError as exc:
        typer.echo(f"`palanca push` needs {exc.name}: pip install ./clients/python", err=True)
        sys.exit(2)
    main(context.args, "palanca push")
