"""The public attributes of organizations: those that cohorts are made of, and no others.

The list is data, ``attributes`` in ``seed/cohorts.yaml``. A word that is not on it would leave a
hospital out of its cohort without anybody noticing, so it is refused; whoever needs another
attribute adds it there, with or without a table of cohorts.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, GetPydanticSchema
from typing_extensions import TypedDict

from app.files import folder


def _known() -> Mapping[str, tuple[str, ...]]:
    """Each attribute with the values that it may have."""
    file = folder("seed") / "cohorts.yaml"
    definition = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {name: tuple(body["categories"]) for name, body in definition["attributes"].items()}


KNOWN = _known()


def _shape(name: str, *, removable: bool) -> GetPydanticSchema:
    """A dictionary of these attributes as Pydantic checks it, each with its place and values."""
    fields: dict[str, Any] = {
        attribute: Literal[values] | None if removable else Literal[values]
        for attribute, values in KNOWN.items()
    }
    made_of: Any = TypedDict  # whose fields a type checker wants to read, and these are data
    made = made_of(name, fields, total=False)
    made.__pydantic_config__ = ConfigDict(extra="forbid")
    return GetPydanticSchema(lambda _, handler: handler.generate_schema(made))


Attributes = Annotated[dict[str, str], _shape("Attributes", removable=False)]
AttributeChanges = Annotated[dict[str, str | None], _shape("AttributeChanges", removable=True)]
