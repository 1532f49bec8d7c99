"""The verbs of queries: ask one, list them, see what is left.

Whether a query is answered hangs on its form, the ledger and the budget, never on the data.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any

import orjson
from sqlmodel.ext.asyncio.session import AsyncSession

from app.access.callers import Caller
from app.access.models import Kind
from app.benchmarks import frozen
from app.benchmarks.frozen import Frozen
from app.catalog import service as catalog
from app.db import enter
from app.problems import Invalid, NotFound, QueryBudgetSpent, error
from app.queries import ledger, views
from app.queries.budget import WHOLE, Left, Limits
from app.queries.canonical import METHOD, cohorts_of, errors_of, filters_of, sha256_of
from app.queries.laplace import Below
from app.queries.mechanisms import Plan, measure, on_grid
from app.queries.models import QueryAnswer
from app.queries.schemas import QueryIn


@dataclass(frozen=True, slots=True)
class Rules:
    """By what the service answers queries."""

    limits: Limits
    below: Below
    """The randomness."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query in its one spelling, and what it is asked of."""

    release: Frozen
    query: dict[str, Any]
    plan: Plan

    @property
    def sha256(self) -> bytes:
        """By what its answer is found."""
        return sha256_of(self.query)

    @property
    def cost(self) -> int:
        """Thousandths of epsilon."""
        return int(self.plan.epsilon * WHOLE)


async def ask(
    session: AsyncSession, caller: Caller, given: QueryIn, rules: Rules, *, now: datetime
) -> QueryAnswer:
    """The answer that the query has, or else a new one, which is paid for and kept.

    Args:
        session: the request's transaction: nobody hears of the answer before it is committed.
        caller: a researcher.
        given: the query.
        rules: of the service.
        now: when.

    Raises:
        NotFound: no such release, or it has no such instrument version.
        Invalid: no such figure, attribute or category, or more than one query may cost.
        QueryBudgetSpent: the researcher's own budget, or that of all together, is too small.
        Unavailable: another query is being answered, a release built, an organization erased.
    """
    asked = await _understand(session, given, rules.limits)
    # Sees the ledger, and which organizations there are; a result only where that one is named.
    await enter(session, replace(caller.scope, operator=True))
    found = await ledger.find(session, asked.sha256)
    if found is None:
        await ledger.take_turn(session)
        # Whose turn was before may have asked the same.
        found = await ledger.find(session, asked.sha256)
    if found is None:
        await _check_budget(session, caller, asked, rules.limits, now)
        found = await _answer(session, caller, asked, rules, now)
    await enter(session, caller.scope)
    return found


async def _understand(session: AsyncSession, given: QueryIn, limits: Limits) -> Asked:
    """The query in its one spelling, from what is public of the release."""
    release = await frozen.find(session, given.release)
    figures = release.figures.get((given.instrument, given.version))
    if figures is None:
        raise NotFound("The release has no such instrument version")
    errors = errors_of(given.filters, release.attributes)
    if given.figure not in figures:
        detail = "The instrument has no such figure"
        errors.append(error("/figure", "unknown", detail, received=given.figure, expected=figures))
    if given.epsilon_thousandths > limits.query:
        errors.append(
            error(
                "/epsilon_thousandths",
                "too-much",
                "More than one query may cost",
                received=given.epsilon_thousandths,
                expected={"at_most": limits.query},
            )
        )
    if errors:
        raise Invalid(errors)
    query = {
        "method": METHOD,
        **given.model_dump(mode="json"),
        "filters": filters_of(given.filters, release.attributes),
    }
    epsilon = Fraction(given.epsilon_thousandths, WHOLE)
    return Asked(release, query, Plan(given.statistic, epsilon, given.bin_width))


async def _check_budget(
    session: AsyncSession, caller: Caller, asked: Asked, limits: Limits, now: datetime
) -> None:
    by_client = await ledger.spent_by_client(session, now.year)
    left = Left.of(limits, ledger.spent_of(by_client, caller.client_id))
    if not left.affords(asked.cost):
        raise QueryBudgetSpent(
            f"It costs {asked.cost} thousandths of epsilon; what is left of {now.year} is less",
            left={"own": left.own, "everybody": left.everybody},
            renewed_on=f"{now.year + 1}-01-01",
        )


async def _scores(session: AsyncSession, caller: Caller, asked: Asked) -> list[int]:
    """The scores on the grid; from here to the commit nobody in them is erased."""
    query, release = asked.query, asked.release
    instrument = await catalog.get_instrument(session, query["instrument"], query["version"])
    await frozen.hold(session)
    found = await frozen.scores(
        session,
        replace(caller.scope, operator=True),
        release,
        instrument_version_id=instrument.id,
        place=instrument.figures.index(query["figure"]),
        cohorts=cohorts_of(query["filters"]),
    )
    return [on_grid(score) for score in found]


async def _answer(
    session: AsyncSession, caller: Caller, asked: Asked, rules: Rules, now: datetime
) -> QueryAnswer:
    """Measure, and keep what it cost with the answer."""
    measured = measure(asked.plan, await _scores(session, caller, asked), rules.below)
    least = rules.limits.organizations
    body = views.answer(asked.plan, asked.query, measured, least=least, now=now)
    made = QueryAnswer(
        client_id=caller.client_id,
        asked_at=now,
        year=now.year,
        release_number=asked.release.number,
        query=asked.query,
        query_sha256=asked.sha256,
        epsilon_thousandths=asked.cost,
        answer=orjson.dumps(body),
    )
    session.add(made)
    await session.flush()
    return made


async def budget(
    session: AsyncSession, caller: Caller, limits: Limits, *, now: datetime
) -> dict[str, Any]:
    """What is left of this year: the caller's own, or for an operator everybody's."""
    await enter(session, replace(caller.scope, operator=True))
    by_client = await ledger.spent_by_client(session, now.year)
    await enter(session, caller.scope)
    shown = [*by_client] if caller.kind is Kind.OPERATOR else [caller.client_id]
    return views.budget(now.year, limits, by_client, shown)
