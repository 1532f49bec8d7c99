"""What whoever pushes wants done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.access.callers import Caller
from app.imports.schemas import Atomicity
from app.r4.names import Names


@dataclass(frozen=True, slots=True)
class Order:
    """Who pushes, and how far it goes."""

    caller: Caller
    commit: bool
    atomicity: Atomicity
    defaults: Mapping[str, str]
    """Instrument and version of lines that name none."""
    pepper: bytes
    now: datetime
    resources: Names | None = None
    """By what names lines are FHIR's resources, where they are."""
