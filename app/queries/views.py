"""Answers, the ledger and budgets as the wire shows them. Pure."""

from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction
from math import ceil
from typing import Any
from uuid import UUID

import orjson

from app.queries.budget import Left, Limits, Spent
from app.queries.canonical import sha256_of
from app.queries.mechanisms import (
    POINT,
    Measured,
    Noise,
    Plan,
    Statistic,
    mean_margin,
    mean_of,
    quantiles_of,
)
from app.queries.models import QueryAnswer

RISK = 0.05
UNIT = "one organization: its one result that the release counted"
NEIGHBOURS = "two sets of results, one of which has one organization's result more"
NETWORK_UNIT = "a network with m organizations in the release is hidden by m times the epsilon"
FIGURES = ("organizations", "mean", "mean_margin_95", "histogram", "quantiles")


def answer(
    plan: Plan, query: Mapping[str, Any], measured: Measured, *, least: int, now: datetime
) -> dict[str, Any]:
    """The body of an answer; without any figure where too few were counted, noise included."""
    is_shown = measured.organizations >= least
    figures = _figures(plan, measured) if is_shown else {}
    return {
        "query": query,
        "query_sha256": sha256_of(query).hex(),
        "answered_at": now.isoformat().replace("+00:00", "Z"),
        "outcome": "answered" if is_shown else "too_few",
        **{name: figures.get(name) for name in FIGURES},
        "least_organizations": least,
        "noise": _noises(plan),
        "unit": UNIT,
        "neighbours": NEIGHBOURS,
        "network_unit": NETWORK_UNIT,
    }


def _figures(plan: Plan, measured: Measured) -> dict[str, Any]:
    figures: dict[str, Any] = {"organizations": measured.organizations}
    match plan.statistic:
        case Statistic.MEAN:
            margin = mean_margin(plan, measured, RISK)
            figures["mean"] = round(float(mean_of(measured) / POINT), 1)
            # Up to a full step: the mean is rounded too.
            figures["mean_margin_95"] = None if margin is None else (ceil(margin) + 1) / POINT
        case Statistic.HISTOGRAM:
            figures["histogram"] = {"edges": plan.edges, "counts": list(measured.values)}
        case Statistic.QUANTILES:
            found = quantiles_of(plan, measured)
            figures["quantiles"] = found and {f"p{rank}": at for rank, at in found.items()}
    return figures


def _noises(plan: Plan) -> list[dict[str, Any]]:
    noises = [_noise("organizations", plan.count_noise, 1)]
    if plan.figure_noise is not None:
        steps = POINT if plan.statistic is Statistic.MEAN else 1
        noises.append(_noise(plan.statistic, plan.figure_noise, steps))
    return noises


def _noise(of: str, noise: Noise, steps: int) -> dict[str, Any]:
    return {
        "of": of,
        "epsilon": str(noise.epsilon),
        "sensitivity": str(Fraction(noise.sensitivity, steps)),
        "scale": str(noise.scale / steps),
        "margin_95": ceil(noise.margin(RISK) / steps),
    }


def row(found: QueryAnswer) -> dict[str, Any]:
    """A row of the ledger."""
    names = ("id", "client_id", "asked_at", "epsilon_thousandths")
    return {name: getattr(found, name) for name in names} | {"answer": orjson.loads(found.answer)}


def budget(
    year: int, limits: Limits, by_client: Mapping[UUID, int], shown: list[UUID]
) -> dict[str, Any]:
    """What is spent and left of a year, by all and by each of the clients that are shown."""
    everybody = sum(by_client.values())
    left = {one: Left.of(limits, Spent(by_client.get(one, 0), everybody)) for one in shown}
    return {
        "year": year,
        "query": limits.query,
        "everybody": {
            "limit": limits.everybody,
            "spent": everybody,
            "left": max(0, limits.everybody - everybody),
        },
        "researchers": [
            {
                "client_id": one,
                "limit": limits.researcher,
                "spent": by_client.get(one, 0),
                "left": left[one].own,
            }
            for one in shown
        ],
    }
