"""Wire shapes that every domain uses."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL, and UTF-8 no lone surrogates."""
    if "\x00" in text or any("\ud800" <= one <= "\udfff" for one in text):
        raise ValueError("text must not hold NUL or lone surrogates")
    return text


NO_NUL = r"^[^\u0000]*$"
"""The same for schemas; half a surrogate cannot be said in a document."""

_STORED = (AfterValidator(_storable), Field(json_schema_extra={"pattern": NO_NUL}))
Name = Annotated[str, StringConstraints(min_length=1, max_length=200), *_STORED]
Note = Annotated[str, StringConstraints(min_length=1, max_length=2000), *_STORED]
Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"),
    Field(examples=["LP1.2"]),
]
"""Codes of elements, items, instruments, and the names that partners give their records."""


class In(BaseModel):
    """What comes in: nothing unknown, nothing infinite."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Page(BaseModel):
    """Where a list goes on."""

    next_cursor: str | None
    limit: int


class FieldError(BaseModel):
    """One thing that is wrong, and where."""

    pointer: str = Field(description="JSON Pointer into the body, or `query:/name`.")
    code: str
    detail: str
    received: Any
    expected: Any


class ProblemOut(BaseModel):
    """A failure in the words of RFC 9457."""

    model_config = ConfigDict(title="Problem", extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default=[])
