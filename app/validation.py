"""What is wrong with an input, in the words of ``errors``: pointer, code, received, expected."""

from typing import Any

from app.problems import error
from app.redaction import without_keys


def validation_error(raised: Any) -> dict[str, object]:  # noqa: ANN401 - Pydantic's own shape
    """One of Pydantic's errors in our words: where, what, received, expected."""
    context = raised.get("ctx") or {}
    # What a document's parts say to each other knows where it is wrong.
    within = getattr(context.get("error"), "where", ())
    where = [str(part).replace("~", "~0").replace("/", "~1") for part in (*raised["loc"], *within)]
    if where and where[0] in {"query", "path", "header"}:
        pointer = f"{where[0]}:/" + "/".join(where[1:])
    else:
        pointer = "".join(f"/{part}" for part in where[1:])
    code = CODES.get(raised["type"], raised["type"].replace("_", "-"))
    expected = {
        name: value[:LONGEST] if isinstance(value, str) else value
        for name, value in context.items()
        if isinstance(value, str | int | float) and name != "class_name"
    }
    silent = code in {"required", "unknown-field"} or not SILENT.isdisjoint(where)
    received = None if silent else shown(raised.get("input"))
    detail = without_keys(raised["msg"])[:LONGEST]
    return error(pointer, code, detail, received=received, expected=expected or None)


LONGEST = 300
"""Characters of what Pydantic says, which repeats what came where that chooses between models."""


SILENT = frozenset({"idempotency-key", "invitation", "notes", "respondent", "signed_by"})
"""Whose value is not said back, nor that of a field that nobody knows: a problem is put into logs
and tickets, where what opens something, and what people say or are called, does not belong."""

CODES = {
    "missing": "required",
    "extra_forbidden": "unknown-field",
    "finite_number": "not-finite",
    "string_pattern_mismatch": "pattern-mismatch",
    "literal_error": "not-one-of",
    "enum": "not-one-of",
}
"""Our names for what Pydantic reports; the rest keep theirs with hyphens."""


BIG = 2**63
"""Integers from here on are shown as text, cut like any other."""


def shown(value: object) -> object:
    """What was received, small enough and valid in JSON; of what has parts, only that it has."""
    if isinstance(value, dict | list):
        full, empty = ("{...}", "{}") if isinstance(value, dict) else ("[...]", "[]")
        return full if value else empty
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) < BIG):
        return value
    text = without_keys(value if isinstance(value, str) else str(value))
    return text.encode("utf-8", "replace").decode()[:100]
