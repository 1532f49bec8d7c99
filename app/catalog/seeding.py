"""Loading the catalog's files: each is checked as a request's body would be."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from sqlmodel.ext.asyncio.session import AsyncSession

from app.catalog import places, service, versions
from app.catalog.documents import FOLDERS, KINDS
from app.catalog.schemas import InstrumentIn
from app.catalog.service import Published
from app.files import folder
from app.problems import Invalid
from app.validation import validation_error


def read_document(file: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """A YAML or JSON file as data.

    Raises:
        ValueError: it is neither; says where.
    """
    content = file.read_text(encoding="utf-8")
    try:
        if file.suffix == ".json":
            return json.loads(content)
        places.check_depth(content)
        return yaml.load(content, places.LOADER)  # noqa: S506 - safe
    except yaml.YAMLError as exc:
        raise ValueError(f"{file.name} is not YAML: {exc}") from None
    except RecursionError:
        raise ValueError(f"{file.name} is nested too deep") from None


def parse_instrument(document: object) -> InstrumentIn:
    """An instrument from data.

    Raises:
        Invalid: with everything that is wrong with it.
    """
    try:
        return InstrumentIn.model_validate(document)
    except ValidationError as exc:
        errors = exc.errors(include_url=False)
        raise Invalid(
            [validation_error({**one, "loc": ("body", *one["loc"])}) for one in errors]
        ) from None


async def load_instrument(
    session: AsyncSession, file: Path, *, now: datetime
) -> tuple[Published, bool]:
    """Publish an instrument from a file; whether it is new."""
    definition = parse_instrument(read_document(file))
    return await service.publish_instrument(session, definition, now=now)


async def seed(session: AsyncSession, *, now: datetime) -> Sequence[tuple[str, bool]]:
    """Publish all that is in ``seed/``; each name with whether it is new."""
    done = []
    for kind, file in files():
        document = KINDS[kind].model_validate(read_document(file))
        is_new = await versions.publish_document(session, document, now=now)
        done.append((" ".join((kind, *document.key)), is_new))
    for file in sorted((folder("seed") / "instruments").glob("*.yaml")):
        found, is_new = await load_instrument(session, file, now=now)
        done.append((f"instrument {found.form.instrument} version {found.form.version}", is_new))
    await versions.settle(session, now=now)
    return done


def files() -> Iterator[tuple[str, Path]]:
    """The files of all documents but instruments, each with its kind."""
    for kind, name in FOLDERS.items():
        for file in sorted((folder("seed") / name).glob("*.yaml")):
            yield kind, file
