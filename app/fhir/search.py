"""FHIR's searches: parameters with prefixes and modifiers, and the Bundle that answers."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Request

from app.fhir.replies import names_of
from app.problems import BadCursor, Invalid, UnsupportedMediaType, error
from app.r4.dates import bounds

Resource = dict[str, Any]
Found = TypeVar("Found")

MOST, USUAL = 200, 50
"""Entries of a page at most, and where nobody says."""

FORM = "application/x-www-form-urlencoded"
ALWAYS = frozenset({"_format", "_pretty"})
PAGING = frozenset({"_count", "_summary", "_total", "_totalMethod", "page"})
"""The total is always told, and exact."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks for."""

    request: Request
    values: dict[str, list[str]]
    count: int
    only_count: bool

    def one(self, name: str) -> str | None:
        """The value of a parameter that stands once."""
        return self.values.get(name, [None])[0]

    @property
    def page(self) -> str | None:
        """Where the page begins, as a link said."""
        return self.one("page")


async def form(request: Request) -> None:
    """Read the parameters of a search that is posted, to be seen beside those of the address.

    Raises:
        UnsupportedMediaType: it is no form.
        Invalid: not one that can be read.
    """
    sent = request.headers.get("content-type", "nothing").partition(";")[0].strip().lower()
    if sent != FORM:
        raise UnsupportedMediaType(f"Send {FORM}, not {sent[:64]}")
    raw = await request.body()
    try:
        request.state.form = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, max_num_fields=MOST
        )
    except ValueError:
        raise Invalid([error("", "not-a-form", "Not a form, or too long a one")]) from None


Posted = Depends(form)


def read(request: Request, known: Collection[str], *, repeatable: Collection[str] = ()) -> Asked:
    """The parameters of a search.

    Args:
        request: with a query.
        known: names, with their modifiers.
        repeatable: those that may stand twice, which is both.

    Raises:
        Invalid: with one entry for each that is not known, or not right.
    """
    values: dict[str, list[str]] = {}
    for name, value in (*request.query_params.multi_items(), *getattr(request.state, "form", ())):
        values.setdefault(name, []).append(value)
    errors = [*_unknown(values, {*known, *ALWAYS}, repeatable)]
    count = values.get("_count", [str(USUAL)])[0]
    if not re.fullmatch(r"[0-9]{1,9}", count):
        errors.append(_error("_count", "int-parsing", "A number of entries"))
    summary = values.get("_summary", ["false"])[0]
    if summary not in {"false", "count"}:
        detail = "Resources are given whole, or counted"
        errors.append(_error("_summary", "not-one-of", detail, ["count", "false"]))
    if errors:
        raise Invalid(errors)
    return Asked(request, values, min(int(count), MOST), summary == "count" or int(count) == 0)


def _unknown(
    values: dict[str, list[str]], allowed: Collection[str], repeatable: Collection[str]
) -> Iterator[dict[str, object]]:
    for name, given in values.items():
        if name not in allowed:
            yield _error(name, "unknown-parameter", "No such search parameter", sorted(allowed))
        elif len(given) > 1 and name not in repeatable:
            yield _error(name, "repeated-parameter", "A parameter stands once")
        elif any("\0" in one for one in given):
            yield _error(name, "value-error", "NUL is no text")


def _error(
    name: str, code: str, detail: str, expected: Sequence[str] | None = None
) -> dict[str, object]:
    return error(f"query:/{name[:64]}", code, detail, expected=expected)


def instants(asked: Asked, name: str) -> tuple[datetime | None, datetime | None]:
    """From when on, and until before when, by all that is said of a date.

    Raises:
        Invalid: no date, or a prefix that we do not have.
    """
    since: list[datetime] = []
    until: list[datetime] = []
    for given in asked.values.get(name, []):
        prefix, when = re.fullmatch(r"([a-z]{2})?(.*)", given, re.DOTALL).groups()  # type: ignore[union-attr]
        found = bounds(when.replace(" ", "+"))  # a plus that nobody escaped
        if found is None or prefix not in {None, "eq", "ge", "gt", "le", "lt"}:
            detail = "A date, or eq, ge, gt, le, lt and a date"
            raise Invalid([_error(name, "date-parsing", detail)])
        first, after = found
        since += {"ge": [first], "gt": [after], "le": [], "lt": []}.get(prefix or "eq", [first])
        until += {"ge": [], "gt": [], "le": [after], "lt": [first]}.get(prefix or "eq", [after])
    return max(since, default=None), min(until, default=None)


def cut(asked: Asked, every: Sequence[Found]) -> tuple[Sequence[Found], str | None]:
    """The page of what is in memory, and where the next one begins.

    Raises:
        BadCursor: a page that no link led to.
    """
    page = asked.page or "0"
    if not re.fullmatch(r"[0-9]{1,6}", page):
        raise BadCursor("Follow the link of the page before, as it is")
    start = int(page)
    end = start + asked.count
    return every[start:end], str(end) if end < len(every) else None


def bundle(
    asked: Asked, resources: Sequence[Resource], total: int, next_page: str | None
) -> Resource:
    """A page of what was found, with links to itself and to the next."""
    names = names_of(asked.request)
    path = asked.request.url.path.removesuffix("/_search").rpartition("/")[2]
    made: Resource = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": total,
        "link": [{"relation": "self", "url": _link(names.base, path, asked.values)}],
    }
    if asked.only_count:
        return made
    if next_page is not None:
        values = {**asked.values, "page": [next_page]}
        made["link"].append({"relation": "next", "url": _link(names.base, path, values)})
    entries = [
        {
            "fullUrl": f"{names.base}/{one['resourceType']}/{one['id']}",
            "resource": one,
            "search": {"mode": "match"},
        }
        for one in resources
    ]
    return {**made, "entry": entries} if entries else made


def _link(base: str, path: str, values: dict[str, list[str]]) -> str:
    query = urlencode(values, doseq=True)
    return f"{base}/{path}?{query}" if query else f"{base}/{path}"
