"""Who may do what with an organization's submissions and assessments."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from app.access.models import Kind
from tests.assessments.asking import BODY, refusal, refused, rows
from tests.conftest import Caller, Organization, Service

NETWORK = "N-1"
Ask = Callable[[Caller, Organization, str, str], httpx.Response]
"""A request of a caller about an organization, a submission's id and an assessment's."""


def get(path: str) -> Ask:
    return lambda caller, org, s, a: caller.get(org.path + path.format(s=s, a=a))


def post(path: str, **more: Any) -> Ask:
    return lambda caller, org, s, a: caller.post(org.path + path.format(s=s, a=a), **more)


SUBMIT = pytest.param(post("/submissions", json=BODY), id="submit")
ALL_WRONG = pytest.param(post("/submissions", json={}), id="submit what is wrong")
OF_A_SUBMISSION = [
    pytest.param(get("/submissions/{s}"), id="get a submission"),
    pytest.param(get("/submissions/{s}/receipt"), id="get its receipt"),
    pytest.param(post("/submissions/{s}/withdrawal"), id="withdraw it"),
    pytest.param(
        lambda caller, org, s, a: caller.post(  # noqa: ARG005 - as every request here
            f"{org.path}/submissions", json={**BODY, "supersedes": s}
        ),
        id="replace it",
    ),
]
OF_AN_ASSESSMENT = [
    pytest.param(get("/assessments/{a}"), id="get an assessment"),
    pytest.param(get("/assessments/{a}/result"), id="get its result"),
    pytest.param(get("/assessments/{a}/agenda"), id="get its agenda"),
    pytest.param(post("/assessments/{a}/lock"), id="lock it"),
]
LISTS = [
    pytest.param(get("/submissions"), id="list submissions"),
    pytest.param(get("/assessments"), id="list assessments"),
]
SHOWS = [*OF_A_SUBMISSION[:3], *OF_AN_ASSESSMENT, *LISTS]
"""What shows an organization's identified figures."""


def missing(like: Organization) -> Organization:
    """An organization that is not there."""
    return Organization({"id": str(uuid4())}, like.client)


def same(one: httpx.Response, other: httpx.Response, *ids: str) -> bool:
    """Whether two replies are the same bytes, once the id that each was asked with is out."""
    texts = [
        (reply.status_code, dict(reply.headers), reply.text.replace(id_, "?"))
        for reply, id_ in zip((one, other), ids or ("?", "?"), strict=True)
    ]
    return texts[0] == texts[1]


@pytest.fixture(scope="module")
def owner(service: Service) -> Organization:
    """A network's member with one submission, which nobody here can change."""
    network = {"external_id": NETWORK, "name": "A network"}
    assert service.operator.post("/v1/networks", json=network).status_code == 201
    organization = service.organization(network=NETWORK, share_with_network=True)
    organization.submit(external_id="rec")
    return organization


def ids(organization: Organization) -> tuple[str, str]:
    """Ids of its first submission and of that one's assessment."""
    first = organization.client.get(f"{organization.path}/submissions").json()["data"][0]
    return first["id"], first["assessment_id"]


@pytest.fixture(scope="module")
def strangers(service: Service) -> dict[str, Caller]:
    """Clients of another organization, another network, and a sibling in the owner's network."""
    return {
        "organization": service.organization().client,
        "network": service.as_(service.key(Kind.NETWORK, service.network()["id"])),
        "sibling": service.organization(network=NETWORK, share_with_network=True).client,
    }


@pytest.mark.parametrize("who", ["organization", "network", "sibling"])
@pytest.mark.parametrize("ask", [SUBMIT, ALL_WRONG, *OF_A_SUBMISSION, *OF_AN_ASSESSMENT, *LISTS])
def test_a_foreign_organization_is_as_absent_as_none(
    service: Service, owner: Organization, strangers: dict[str, Caller], ask: Ask, who: str
) -> None:
    about = ids(owner)
    before = rows(service)

    foreign = ask(strangers[who], owner, *about)
    absent = ask(strangers[who], missing(owner), *about)

    assert refusal(foreign) == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "No such organization",
    }
    assert same(foreign, absent)
    assert rows(service) == before


@pytest.mark.parametrize("ask", OF_A_SUBMISSION)
def test_a_foreign_submission_is_as_absent_as_none(
    service: Service, owner: Organization, ask: Ask
) -> None:
    mine = service.organization()
    theirs, never = ids(owner)[0], str(uuid4())

    foreign = ask(mine.client, mine, theirs, "")
    absent = ask(mine.client, mine, never, "")

    assert foreign.status_code in {404, 422}
    assert same(foreign, absent, theirs, never)


@pytest.mark.parametrize("ask", OF_AN_ASSESSMENT)
def test_a_foreign_assessment_is_as_absent_as_none(
    service: Service, owner: Organization, ask: Ask
) -> None:
    mine = service.organization()

    foreign = ask(mine.client, mine, "", ids(owner)[1])
    absent = ask(mine.client, mine, "", str(uuid4()))

    assert refused(foreign) == (404, "not-found")
    assert same(foreign, absent)


def member(service: Service, *, share: bool) -> tuple[Organization, Caller]:
    """A member of a network with one submission, and the network's client."""
    network = service.network()
    organization = service.organization(network=network["external_id"], share_with_network=share)
    assert organization.submit(external_id="rec").status_code == 201
    return organization, service.as_(service.key(Kind.NETWORK, network["id"]))


def test_a_network_may_submit_for_a_member_that_shares_nothing(service: Service) -> None:
    organization, network = member(service, share=False)

    reply = network.post(f"{organization.path}/submissions", json=BODY)

    assert reply.status_code == 201
    listed = organization.client.get(f"{organization.path}/submissions").json()["data"]
    assert reply.json() in listed


@pytest.fixture(scope="module")
def unshared(service: Service) -> tuple[Organization, Caller]:
    """A member that does not share, and its network's client."""
    return member(service, share=False)


@pytest.mark.parametrize("ask", SHOWS)
def test_a_network_sees_no_figures_of_a_member_that_does_not_share(
    unshared: tuple[Organization, Caller], ask: Ask
) -> None:
    organization, network = unshared
    before = organization.client.get(f"{organization.path}/submissions").content

    reply = ask(network, organization, *ids(organization))

    assert refusal(reply) == {
        "type": "/problems/not-shared",
        "title": "Not shared with the network",
        "status": 403,
        "detail": "This organization does not share identified figures with its network",
    }
    assert organization.client.get(f"{organization.path}/submissions").content == before


def test_a_conflict_tells_the_network_no_figures_either(service: Service) -> None:
    organization, network = member(service, share=False)
    submission, _ = ids(organization)
    body = {**BODY, "external_id": "rec", "period": "2025-H1"}

    reply = network.post(f"{organization.path}/submissions", json=body)

    assert set(refusal(reply)) == {"type", "title", "status", "detail", "submissions"}
    path = f"{organization.path}/submissions/{submission}/withdrawal"
    assert refused(network.post(path)) == (403, "not-shared")


def test_a_network_sees_what_a_sharing_member_sees(service: Service) -> None:
    organization, network = member(service, share=True)
    second = organization.submit().json()["id"]
    submission, assessment = ids(organization)

    locked = post("/assessments/{a}/lock")(network, organization, submission, assessment)
    withdrawn = post("/submissions/{s}/withdrawal")(network, organization, second, assessment)

    assert locked.status_code == 201
    assert refused(withdrawn) == (409, "assessment-closed")
    for one in (*OF_A_SUBMISSION[:2], *OF_AN_ASSESSMENT[:3], *LISTS):
        ask = one.values[0]
        theirs = ask(network, organization, submission, assessment)
        own = ask(organization.client, organization, submission, assessment)
        assert (theirs.status_code, theirs.content) == (200, own.content), one.id


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.RESEARCHER])
def test_operators_and_researchers_have_no_business_with_submissions(
    service: Service, owner: Organization, kind: Kind
) -> None:
    caller, about = service.as_(service.key(kind)), ids(owner)

    for one in (SUBMIT, *SHOWS):
        reply = one.values[0](caller, owner, *about)
        assert refused(reply) == (403, "insufficient-scope"), one.id


def test_nothing_goes_without_a_key(owner: Organization) -> None:
    nobody, about = Caller(owner.client.http, {}), ids(owner)

    for one in (SUBMIT, *SHOWS):
        reply = one.values[0](nobody, owner, *about)
        assert refused(reply) == (401, "unauthenticated"), one.id


@pytest.mark.parametrize(
    ("scope", "works", "refused_ones"),
    [
        ("submissions:write", SUBMIT, SHOWS[:2] + SHOWS[3:]),
        ("submissions:read", LISTS[0], [SUBMIT, *SHOWS[2:7]]),
        ("assessments:read", LISTS[1], [SUBMIT, *SHOWS[:3], SHOWS[6]]),
        ("assessments:write", OF_AN_ASSESSMENT[3], [SUBMIT, *SHOWS[:6]]),
    ],
)
def test_a_key_does_what_its_scope_says_and_no_more(
    service: Service, scope: str, works: Any, refused_ones: list[Any]
) -> None:
    organization = service.organization()
    organization.submit()
    about = ids(organization)
    caller = service.as_(service.key(Kind.ORGANIZATION, organization.id, permissions=[scope]))

    assert works.values[0](caller, organization, *about).is_success
    for one in refused_ones:
        reply = one.values[0](caller, organization, *about)
        assert refused(reply) == (403, "insufficient-scope"), one.id
