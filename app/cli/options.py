"""Options that several commands take, and the settings they make."""

from pathlib import Path
from typing import Annotated

import typer

from app.settings import Settings

DataDir = Annotated[
    Path | None,
    typer.Option(
        help="Folder of the embedded database; else PALANCA_DATA_DIR, else the user's own."
    ),
]


def settings(data_dir: Path | None) -> Settings:
    """The settings of the environment, with the data folder of the command line."""
    return Settings() if data_dir is None else Settings(data_dir=data_dir.expanduser().resolve())


def reached_at(chosen: Settings, url: str) -> Settings:
    """The settings of a service that listens there, unless the operator says how it is reached."""
    if "public_url" in chosen.model_fields_set:
        return chosen
    return chosen.model_copy(update={"public_url": url})
