"""Who may do what with an organization's submissions and assessments."""

from collections.abc import Callable
from uuid import uuid4

import httpx
import pytest

from app.access.models import Kind
from tests.assessments.asking import BODY, refusal, refused, rows
from tests.conftest import Caller, Organization, Service, steady

NETWORK = "N-1"
Ask = Callable[[Caller, Organization, str, str], httpx.Response]
"""A request of a caller about an organization, a submission's id and an assessment's."""


def get(path: str) -> Ask:
    return lambda caller, org, s, a: caller.get(org.path + path.format(s=s, a=a))


def post(path: str) -> Ask:
    return lambda caller, org, s, a: caller.post(org.path + path.format(s=s, a=a))


def submit(**changes: str) -> Ask:
    return lambda caller, org, s, a: caller.post(
        f"{org.path}/submissions",
        json={**BODY, **{name: text.format(s=s, a=a) for name, text in changes.items()}},
    )


SUBMIT = {"submit": submit()}
OF_A_SUBMISSION = {
    "get a submission": get("/submissions/{s}"),
    "get its receipt": get("/submissions/{s}/receipt"),
    "withdraw it": post("/submissions/{s}/withdrawal"),
}
OF_AN_ASSESSMENT = {
    "get an assessment": get("/assessments/{a}"),
    "get its result": get("/assessments/{a}/result"),
    "get its agenda": get("/assessments/{a}/agenda"),
    "lock it": post("/assessments/{a}/lock"),
}
LISTS = {"list submissions": get("/submissions"), "list assessments": get("/assessments")}
SHOWS = OF_A_SUBMISSION | OF_AN_ASSESSMENT | LISTS
"""What shows an organization's identified figures."""
MORE = {"submit what is wrong": submit(role="boss"), "replace one": submit(supersedes="{s}")}
ALL = SUBMIT | SHOWS | MORE


def missing(like: Organization) -> Organization:
    """An organization that is not there."""
    return Organization({"id": str(uuid4())}, like.client)


def same(one: httpx.Response, other: httpx.Response, *ids: str) -> bool:
    """Whether two replies are the same bytes, once the id that each was asked with is out."""
    texts = [
        (reply.status_code, steady(reply), reply.text.replace(id_, "?"))
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
@pytest.mark.parametrize("what", ALL)
def test_a_foreign_organization_is_as_absent_as_none(
    service: Service, owner: Organization, strangers: dict[str, Caller], what: str, who: str
) -> None:
    about = ids(owner)
    before = rows(service)

    foreign = ALL[what](strangers[who], owner, *about)
    absent = ALL[what](strangers[who], missing(owner), *about)

    assert refusal(foreign) == {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "No such organization",
    }
    assert same(foreign, absent)
    assert rows(service) == before


@pytest.mark.parametrize("what", [*OF_A_SUBMISSION, "replace one"])
def test_a_foreign_submission_is_as_absent_as_none(
    service: Service, owner: Organization, what: str
) -> None:
    mine = service.organization()
    theirs, never = ids(owner)[0], str(uuid4())

    foreign = ALL[what](mine.client, mine, theirs, "")
    absent = ALL[what](mine.client, mine, never, "")

    assert foreign.status_code in {404, 422}
    assert same(foreign, absent, theirs, never)


@pytest.mark.parametrize("what", OF_AN_ASSESSMENT)
def test_a_foreign_assessment_is_as_absent_as_none(
    service: Service, owner: Organization, what: str
) -> None:
    mine = service.organization()

    foreign = ALL[what](mine.client, mine, "", ids(owner)[1])
    absent = ALL[what](mine.client, mine, "", str(uuid4()))

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


@pytest.mark.parametrize("what", [*OF_AN_ASSESSMENT, "list assessments"])
def test_a_network_sees_no_figures_of_a_member_that_does_not_share(
    unshared: tuple[Organization, Caller], what: str
) -> None:
    organization, network = unshared
    before = organization.client.get(f"{organization.path}/submissions").content

    reply = SHOWS[what](network, organization, *ids(organization))

    assert refusal(reply) == {
        "type": "/problems/not-shared",
        "title": "Not shared with the network",
        "status": 403,
        "detail": "This organization does not share identified figures with its network",
    }
    assert organization.client.get(f"{organization.path}/submissions").content == before


@pytest.mark.parametrize("share", [True, False])
def test_of_submissions_a_network_sees_what_it_pushed_itself(
    service: Service, *, share: bool
) -> None:
    organization, network = member(service, share=share)
    theirs, assessment = ids(organization)
    pushed = network.post(f"{organization.path}/submissions", json=BODY).json()["id"]

    for what, ask in OF_A_SUBMISSION.items():
        foreign = ask(network, organization, theirs, assessment)
        absent = ask(network, organization, str(uuid4()), assessment)
        assert refused(foreign) == (404, "not-found"), what
        assert same(foreign, absent), what
        assert ask(network, organization, pushed, assessment).status_code in {200, 201}, what
    listed = network.get(f"{organization.path}/submissions").json()["data"]
    assert [one["id"] for one in listed] == [pushed]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"external_id": "rec"}, id="its name for a record"),
        pytest.param({"respondent": "ann"}, id="its respondent"),
        pytest.param({"mode": "consensus"}, id="its consensus"),
    ],
)
def test_a_network_replaces_nothing_that_the_member_submitted(
    service: Service, body: dict[str, str]
) -> None:
    organization, network = member(service, share=True)
    organization.submit(respondent="ann")
    organization.submit(mode="consensus")
    path = f"{organization.path}/submissions"
    before = organization.client.get(path).content

    reply = network.post(path, json={**BODY, "answers": {"A1": 0, "B1": 0}, **body})

    assert refused(reply) == (409, "already-exists")
    assert "submissions" not in reply.json()
    assert organization.client.get(path).content == before


def test_a_network_sees_the_results_of_a_sharing_member(service: Service) -> None:
    organization, network = member(service, share=True)
    submission, assessment = ids(organization)

    locked = SHOWS["lock it"](network, organization, submission, assessment)

    assert locked.status_code == 201
    for what in (OF_AN_ASSESSMENT.keys() | {"list assessments"}) - {"lock it"}:
        theirs = SHOWS[what](network, organization, submission, assessment)
        own = SHOWS[what](organization.client, organization, submission, assessment)
        assert (theirs.status_code, theirs.content) == (200, own.content), what


@pytest.mark.parametrize("kind", [Kind.OPERATOR, Kind.RESEARCHER])
def test_operators_and_researchers_have_no_business_with_submissions(
    service: Service, owner: Organization, kind: Kind
) -> None:
    caller, about = service.as_(service.key(kind)), ids(owner)

    for what, ask in ALL.items():
        assert refused(ask(caller, owner, *about)) == (403, "insufficient-scope"), what


def test_nothing_goes_without_a_key(owner: Organization) -> None:
    nobody, about = Caller(owner.client.http, {}), ids(owner)

    for what, ask in ALL.items():
        assert refused(ask(nobody, owner, *about)) == (401, "unauthenticated"), what


SCOPES = {
    "submissions:write": {"submit", "submit what is wrong", "replace one", "withdraw it"},
    "submissions:read": {"get a submission", "get its receipt", "list submissions"},
    "assessments:write": {"lock it"},
    "assessments:read": {
        "get an assessment",
        "get its result",
        "get its agenda",
        "list assessments",
    },
}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_key_does_what_its_scope_says_and_no_more(service: Service, scope: str) -> None:
    organization = service.organization()
    organization.submit()
    about = ids(organization)
    caller = service.as_(service.key(Kind.ORGANIZATION, organization.id, permissions=[scope]))

    replies = {what: ask(caller, organization, *about) for what, ask in ALL.items()}

    assert set().union(*SCOPES.values()) == set(ALL)
    assert {what for what, reply in replies.items() if reply.status_code != 403} == SCOPES[scope]
    for what in ALL.keys() - SCOPES[scope]:
        assert refused(replies[what]) == (403, "insufficient-scope"), what
