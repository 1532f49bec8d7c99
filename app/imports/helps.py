"""What problems of lines mean, and what to do about them: ``seed/line_problems.yaml``."""

from functools import cache

import yaml
from pydantic import BaseModel, TypeAdapter

from app.files import folder


class Meaning(BaseModel):
    """One problem."""

    title: str
    meaning: str


@cache
def meanings() -> dict[str, Meaning]:
    """By code."""
    text = (folder("seed") / "line_problems.yaml").read_text(encoding="utf-8")
    return TypeAdapter(dict[str, Meaning]).validate_python(yaml.safe_load(text))


def link(code: object) -> str | None:
    """Where it says what a problem means; some that Pydantic alone knows are nowhere."""
    return f"/problems/{code}" if code in meanings() else None
