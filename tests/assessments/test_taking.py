"""Many submissions at once come to the same as one after the other."""

import random
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import pytest

from app.access.models import Kind
from app.assessments import push
from app.assessments.incoming import Push
from app.assessments.related import ask
from app.assessments.submissions import Stored
from app.assessments.taking import take
from app.db import Scope, transaction
from app.problems import Problem
from tests.conftest import PEPPER, Organization, Service
from tests.inputs import INSTRUMENT

Done = TypeVar("Done")
Body = dict[str, Any]
NOW = datetime(2026, 11, 1, tzinfo=UTC)

KEPT = """
    SELECT a.period, s.mode, s.role, s.external_id, s.idempotency_key, s.answers, s.overall,
      s.withdrawn_at, s.superseded_at IS NULL AS stands, before.answers, count(*)
    FROM submission s JOIN assessment a ON a.id = s.assessment_id
    LEFT JOIN submission before ON before.id = s.supersedes_id
    WHERE s.organization_id = %s GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
    ORDER BY 1, 2, 3, 4, 5, 6, 7, 9, 10
"""


def run(service: Service, work: Callable[[], Awaitable[Done]]) -> Done:
    assert service.http.portal is not None
    return service.http.portal.call(work)


def engine(service: Service) -> Any:
    return service.http.app.state.engine  # type: ignore[attr-defined]


def senders(service: Service, organization: Organization, key: str | None = None) -> list[Push]:
    """Each of an organization's clients, with the same idempotency key."""
    with service.superuser() as database:
        found = database.execute(
            "SELECT id FROM client WHERE organization_id = %s ORDER BY id", [organization.id]
        ).fetchall()
    return [Push(UUID(organization.id), one, key, PEPPER.encode(), NOW) for (one,) in found]


def sender(service: Service, organization: Organization, key: str | None = None) -> Push:
    return senders(service, organization, key)[0]


def some(seed: int, count: int = 40) -> list[tuple[str | None, Body]]:
    """Submissions of a few people with a few names, many of which clash; and their keys."""
    any_of = random.Random(seed).choice  # noqa: S311 - not a secret
    made: list[tuple[str | None, Body]] = []
    while len(made) < count:
        body = {
            "instrument": INSTRUMENT["instrument"],
            "version": INSTRUMENT["version"],
            "period": any_of(["2025-H1", "2025-H2"]),
            "mode": any_of(["individual", "individual", "consensus"]),
            "role": any_of(["nursing", "board"]),
            "external_id": any_of([None, "x", "y", "z"]),
            "respondent": any_of([None, "p", "q", "r"]),
            "answers": {"A1": any_of([0, 4]), "B1": 2, "B2": any_of([1, 3])},
        }
        made.append((any_of([None, None, "key 1", "key 2"]), body))
        made += [any_of(made)] * any_of([0, 0, 1])
    return made


def said(outcome: Stored | Problem) -> str:
    if isinstance(outcome, Problem):
        return outcome.slug
    return "replayed" if outcome.replayed else "new"


async def each_alone(service: Service, given: list[tuple[Push, Body]]) -> list[str]:
    found = []
    for one, body in given:
        try:
            async with transaction(engine(service), Scope((one.organization_id,))) as session:
                found.append(said(await push.submit(session, one, body)))
        except Problem as problem:
            found.append(problem.slug)
    return found


async def all_at_once(service: Service, given: list[tuple[Push, Body]]) -> list[str]:
    organizations = tuple({one.organization_id for one, _ in given})
    async with transaction(engine(service), Scope(organizations)) as session:
        incoming = [
            push.read(one, body, await push.find_instrument(session, body)) for one, body in given
        ]
        return [said(one) for one in await take(session, incoming)]


def kept(service: Service, organization: Organization) -> list[tuple[Any, ...]]:
    with service.superuser() as database:
        return database.execute(KEPT.encode(), [organization.id]).fetchall()


@pytest.mark.parametrize("seed", range(12))
def test_at_once_is_as_one_after_the_other(service: Service, seed: int) -> None:
    alone, together = service.organization(), service.organization()
    bodies = some(seed)

    def sent(organization: Organization) -> list[tuple[Push, Body]]:
        return [(sender(service, organization, key), body) for key, body in bodies]

    expected = run(service, lambda: each_alone(service, sent(alone)))
    found = run(service, lambda: all_at_once(service, sent(together)))

    assert found == expected
    assert {"new", "replayed", "idempotency-key-reused", "already-exists"} <= set(expected)
    assert kept(service, together) == kept(service, alone) != []


def test_of_many_organizations_each_gets_its_own(service: Service) -> None:
    organizations = [service.organization() for _ in range(3)]
    bodies = [{**body, "external_id": "x"} for _, body in some(99, 30)]

    def sent(of: list[Organization]) -> list[tuple[Push, Body]]:
        return [
            (sender(service, organizations[number % 3]), body)
            for number, body in enumerate(bodies)
            if organizations[number % 3] in of
        ]

    run(service, lambda: all_at_once(service, sent(organizations)))

    for one in organizations:
        alone = service.organization()
        mine = [(sender(service, alone), body) for _, body in sent([one])]
        run(service, partial(each_alone, service, mine))
        assert kept(service, one) == kept(service, alone) != []


def test_two_that_replace_the_same_one_do_not_both(service: Service) -> None:
    organization = service.organization()
    before = organization.submit(external_id="x").json()["id"]
    [(_, body), *_] = some(1)
    plain = {**body, "mode": "individual", "respondent": None, "period": "2025-H2"}
    me = sender(service, organization)

    found = run(
        service,
        lambda: all_at_once(
            service,
            [
                (me, {**plain, "external_id": None, "supersedes": before}),
                (me, {**plain, "external_id": "x"}),
            ],
        ),
    )

    assert found == ["new", "new"]
    assert [row[8] for row in kept(service, organization)].count(True) == 2


def test_the_same_key_of_another_client_is_another_key(service: Service) -> None:
    organization = service.organization()
    service.key(Kind.ORGANIZATION, organization.id)
    plain = {"mode": "individual", "external_id": None, "respondent": None}
    bodies = [{**body, **plain} for _, body in some(2, 2)]
    given = [*zip(senders(service, organization, "k"), bodies, strict=False)]

    async def related() -> set[UUID]:
        """Clients of whose submissions the second has to know."""
        async with transaction(engine(service), Scope((UUID(organization.id),))) as session:
            me, body = given[1]
            one = push.read(me, body, await push.find_instrument(session, body))
            found = await (await ask(session, {0: one})).answer()
            return {row.client_id for row in found.submissions[0]}

    assert run(service, partial(all_at_once, service, given)) == ["new", "new"]
    assert run(service, related) == {given[1][0].client_id}
