"""Submissions that wait at the same moment share a transaction, and nothing else."""

import asyncio
import json
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import httpx
import pytest

from app.assessments import together
from tests.assessments.asking import BODY, refused, standing, wait_until_somebody_waits
from tests.conftest import Organization, Service

MANY = 12
ORDINARY = {"Content-Type": "application/json; charset=utf-8"}
"""What is not plain, and so goes through the routing."""

Asked = tuple[Organization, dict[str, Any]]


@pytest.fixture
def mine(service: Service) -> Organization:
    made = service.organization()
    made.submit()  # the process knows the instrument from here on
    return made


@pytest.fixture
def theirs(service: Service) -> Organization:
    return service.organization()


def at_once(service: Service, asked: Sequence[Asked], path: str = "") -> list[httpx.Response]:
    """Ask all in one moment, by one process; each in its organization's name."""

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(service.http.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await asyncio.gather(
                *(
                    client.post(
                        f"{path or one.path}/submissions",
                        json={**BODY, **more},
                        headers={"Authorization": one.client.headers["Authorization"]},
                    )
                    for one, more in asked
                )
            )

    assert service.http.portal is not None
    return service.http.portal.call(ask)


def transactions(service: Service, *organizations: Organization) -> int:
    """How many transactions wrote their submissions."""
    with service.superuser() as database:
        [[found]] = database.execute(
            "SELECT count(DISTINCT xmin::text) FROM submission WHERE organization_id = ANY (%s)",
            [[one.id for one in organizations]],
        ).fetchall()
    return int(found)


def submissions_told_of(organization: Organization) -> list[str]:
    """What the audit trail says was submitted."""
    events = organization.client.get(f"{organization.path}/audit?limit=200").json()["data"]
    return [one["target"] for one in events if one["operation"].endswith("/submissions")]


def test_those_of_one_moment_share_transactions_and_each_is_on_its_own_trail(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    asked = [(one, {"external_id": str(n)}) for n in range(MANY) for one in (mine, theirs)]

    replies = at_once(service, asked)

    assert [one.status_code for one in replies] == [201] * len(asked)
    assert transactions(service, mine, theirs) < MANY
    for organization, before in ((mine, 1), (theirs, 0)):
        here = [
            reply for (one, _), reply in zip(asked, replies, strict=True) if one is organization
        ]
        assert {one.json()["organization_id"] for one in here} == {organization.id}
        assert standing(service, organization.id) == MANY + before
        told = submissions_told_of(organization)
        assert {one.headers["location"] for one in here} <= set(told)
        assert len(told) == MANY + before


def test_each_gets_its_own_answer(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    unsigned = service.organization(agree=False)
    asked: list[Asked] = [
        (mine, {}),
        (theirs, {"answers": {"A1": 99}}),
        (mine, {"supersedes": mine.id}),
        (unsigned, {}),
        (mine, {}),
    ]

    good, wrong, not_standing, not_agreed, again = at_once(service, asked)
    [foreign] = at_once(service, [(mine, {})], theirs.path)

    assert (good.status_code, again.status_code) == (201, 201)
    assert refused(wrong)[0] == refused(not_standing)[0] == 422
    assert refused(not_agreed)[1] == "agreement-needed"
    assert refused(foreign)[0] == 404
    assert standing(service, theirs.id) == standing(service, unsigned.id) == 0


def test_of_two_alike_in_one_moment_one_is_kept(service: Service, mine: Organization) -> None:
    replies = at_once(service, [(mine, {"external_id": "x"})] * MANY)

    assert sorted(one.status_code for one in replies) == [200] * (MANY - 1) + [201]
    assert len({one.json()["id"] for one in replies}) == 1


def test_who_comes_with_one_that_cannot_be_kept_is_carried_out_alone(
    service: Service, mine: Organization, theirs: Organization
) -> None:
    old = mine.submit(external_id="old").json()["id"]
    asked: list[Asked] = [(mine, {"supersedes": old}), (theirs, {}), (mine, {})]

    with ThreadPoolExecutor(1) as pool, service.superuser() as first:
        first.execute("UPDATE submission SET withdrawn_at = now() WHERE id = %s", [old])
        waiting = pool.submit(partial(at_once, service, asked))
        wait_until_somebody_waits(service)
        [meanwhile] = at_once(service, [(theirs, {"external_id": "meanwhile"})])
        first.commit()
        late, other, same = waiting.result()

    assert meanwhile.status_code == 201, "nobody waits for another's lock"
    assert refused(late)[0] in {409, 422}
    assert (other.status_code, same.status_code) == (201, 201)
    assert len(submissions_told_of(theirs)) == standing(service, theirs.id) == 2


def test_who_waits_long_for_a_connection_is_taken_in_all_the_same(
    service: Service, mine: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(together, "OVERTAKEN_SECONDS", 0)

    replies = at_once(service, [(mine, {"external_id": str(n)}) for n in range(MANY)])

    assert [one.status_code for one in replies] == [201] * MANY


def test_an_organization_is_meant_by_any_of_its_names(service: Service, mine: Organization) -> None:
    value = mine.id[:8]
    named = service.organization(identifiers={"cms": value})
    names = [named.id, named.id.upper(), named.row["external_id"], f"cms:{value}"]
    wrong = [f"cms:{value}0", f"npi:{value}", "cms:", value, mine.id]

    def ask(name: str) -> int:
        [reply] = at_once(service, [(named, {})], f"/v1/organizations/{name}")
        return reply.status_code

    assert [ask(name) for name in names] == [201] * len(names)
    assert [ask(name) for name in wrong] == [404] * len(wrong)


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"notes": {"A1": {"evidence": "seen"}}},
        {"answers": {"A1": "dont_know", "B1": 2}},
        {"answers": {"A1": 7}},
        {"period": "2999"},
    ],
    ids=["plain", "with notes", "few", "wrong", "in the future"],
)
def test_both_ways_answer_alike(mine: Organization, more: dict[str, Any]) -> None:
    body = json.dumps({**BODY, **more})
    path = f"{mine.path}/submissions"

    straight = mine.client.post(path, content=body, headers={"Content-Type": "application/json"})
    ordinary = mine.client.post(path, content=body, headers=ORDINARY)

    assert plain(straight) == plain(ordinary)


def plain(reply: httpx.Response) -> tuple[int, dict[str, str], str]:
    """A reply without what each has of its own."""
    new = re.compile(r"[0-9a-f-]{36}|\d{4}-\d\d-\d\dT[0-9:.]+Z")
    # Which origin asks makes no difference to what nobody may store.
    passing = {"ratelimit", "content-length", "date", "vary"}
    headers = {
        name: new.sub("new", one) for name, one in reply.headers.items() if name not in passing
    }
    return reply.status_code, headers, new.sub("new", reply.text)
