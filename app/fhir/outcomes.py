"""Failures, and what was found right, as OperationOutcome."""

import json
import re
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from app.failures import headers_of
from app.fhir.replies import MEDIA_TYPE
from app.problems import Problem
from app.r4.names import Names

Outcome = dict[str, Any]

BY_STATUS = {
    400: "invalid",
    401: "login",
    403: "forbidden",
    404: "not-found",
    405: "not-supported",
    406: "not-supported",
    408: "timeout",
    409: "conflict",
    413: "too-costly",
    415: "not-supported",
    422: "invalid",
    429: "throttled",
    503: "transient",
}
"""Issue types of HTTP's refusals."""

BY_CODE = {
    "required": "required",
    "empty": "required",
    "unknown-field": "structure",
    "item-misplaced": "structure",
    "group-answered": "structure",
    "too-many-answers": "structure",
    "value-not-one": "structure",
    "repeated": "duplicate",
    "already-exists": "duplicate",
    "not-found": "not-found",
    "item-unknown": "code-invalid",
    "system-unknown": "code-invalid",
    "answer-unknown": "code-invalid",
    "extension-unknown": "extension",
    "questionnaire-unknown": "not-found",
    "instrument-version-unknown": "not-found",
    "agreement-needed": "business-rule",
    "assessment-closed": "business-rule",
    "in-the-future": "business-rule",
    "status-not-final": "business-rule",
}
"""Issue types of what is wrong with a resource; anything else is a wrong value."""


def outcome_of(problem: Problem, names: Names, root: str = "Resource") -> Outcome:
    """A failure: an issue for each thing that is wrong.

    Args:
        problem: what went wrong; its errors have JSON Pointers.
        names: of the service.
        root: kind of the resource that they point into.
    """
    errors = problem.extra.get("errors")
    if not isinstance(errors, list) or not errors:
        kind = BY_CODE.get(problem.slug) or BY_STATUS.get(problem.status, "exception")
        return _outcome([_issue("error", kind, problem.slug, problem.detail, names)])
    return _outcome([_error(one, names, root) for one in errors])


def all_right(detail: str, names: Names) -> Outcome:
    """Nothing is wrong."""
    return _outcome([_issue("information", "informational", "ok", detail, names)])


def render(problem: Problem, request: Request) -> Response:
    """A failure as a reply."""
    names = Names(request.app.state.settings.public_url)
    root = getattr(request.state, "root", "Resource")
    content = orjson.dumps(outcome_of(problem, names, root))
    return Response(content, problem.status, headers_of(problem), MEDIA_TYPE)


def _outcome(issues: list[dict[str, Any]]) -> Outcome:
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(severity: str, kind: str, code: str, detail: str, names: Names) -> dict[str, Any]:
    details = {"coding": [{"system": names.problems, "code": code}], "text": detail}
    return {"severity": severity, "code": kind, "details": details}


def _error(given: dict[str, Any], names: Names, root: str) -> dict[str, Any]:
    code, detail = given["code"], given["detail"]
    made = _issue("error", BY_CODE.get(code, "value"), code, detail, names)
    known = {name: given[name] for name in ("received", "expected") if given[name] is not None}
    if known:
        said = json.dumps(known, ensure_ascii=False, default=str)
        made["diagnostics"] = said.encode("utf-8", "replace").decode()
    where, _, rest = str(given["pointer"]).partition(":/")
    if where in {"query", "header", "path"}:
        made["location"] = [f"http.{rest}"]
    else:
        made["expression"] = [expression(given["pointer"], root)]
    return made


def expression(pointer: str, root: str) -> str:
    """A JSON Pointer as FHIRPath, as far as a path of elements goes.

    >>> expression("/item/0/answer/0/valueCoding/code", "QuestionnaireResponse")
    'QuestionnaireResponse.item[0].answer[0].value.code'
    """
    path = root
    for part in pointer.split("/")[1:]:
        if part.isdecimal():
            path += f"[{part}]"
        elif part == "resource":
            path += ".resource"
        else:
            name = re.sub(r"^value[A-Z]\w*$", "value", part)
            plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)
            escaped = name.replace("\\", "\\\\").replace("`", "\\`")
            path += f".{name}" if plain else f".`{escaped}`"
    return path
