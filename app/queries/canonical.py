"""One spelling for each query, so that whoever asks the same gets the same answer. Pure.

Two spellings are one where they certainly ask for the same set: the order of attributes and of
categories, a category named twice, an attribute of which every category is named.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from app.problems import error

METHOD = "palanca-query/1"
"""By which rules a query is answered; a change of rules is a new one, and another query."""

Filters = Mapping[str, Collection[str]]
"""By attribute, the categories of which an organization has one."""


def errors_of(filters: Mapping[str, Sequence[str]], known: Filters) -> list[dict[str, object]]:
    """What is no attribute, or no category, of the release's lattice.

    Args:
        filters: as they came.
        known: by attribute, all its categories.
    """
    errors = []
    for name, categories in filters.items():
        if name not in known:
            detail = "No attribute that cohorts of the release are made of"
            errors.append(
                error(f"/filters/{name}", "unknown", detail, received=name, expected=sorted(known))
            )
            continue
        errors += [
            error(
                f"/filters/{name}/{place}",
                "unknown",
                "No such category",
                received=one,
                expected=sorted(known[name]),
            )
            for place, one in enumerate(categories)
            if one not in known[name]
        ]
    return errors


def filters_of(filters: Filters, known: Filters) -> dict[str, list[str]]:
    """The one spelling of filters.

    An attribute with all its categories is no filter, so that organizations of which nothing is
    recorded are in.
    """
    return {
        name: sorted(set(filters[name]))
        for name in sorted(filters)
        if set(filters[name]) != set(known[name])
    }


def cohorts_of(filters: Filters) -> list[list[str]]:
    """By attribute, ids of the one-way cohorts of which an organization is in one."""
    return [[f"{name}:{one}" for one in categories] for name, categories in filters.items()]


def sha256_of(query: Mapping[str, Any]) -> bytes:
    """By what a query in its one spelling is found."""
    return hashlib.sha256(orjson.dumps(query, option=orjson.OPT_SORT_KEYS)).digest()
