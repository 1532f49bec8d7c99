"""Many submissions in, and one line of a report out for every one of them."""

import json

import pytest

from app.access.models import Kind
from tests.assessments.asking import refused, rows, standing
from tests.conftest import Organization, Service
from tests.effects import effect
from tests.effects import rows as every_row
from tests.imports.asking import codes, line, push, report, some, statuses, written
from tests.imports.faults import FAULTS


@pytest.fixture
def organization(service: Service) -> Organization:
    return service.organization()


def test_every_line_has_its_outcome(service: Service, organization: Organization) -> None:
    organization.submit(external_id="there")
    organization.submit(external_id="changed")
    lines = [
        line("new"),
        line("there"),
        line("changed", role="board"),
        line("wrong", answers={"A1": 9}),
    ]

    reply = push(organization.client, lines)

    assert [(one["line"], one["external_id"], one["status"]) for one in report(reply)] == [
        (1, "new", "accepted"),
        (2, "there", "unchanged"),
        (3, "changed", "superseded"),
        (4, "wrong", "rejected"),
    ]
    [wrong] = report(reply)[3]["problems"]
    assert wrong.pop("detail")
    assert wrong == {
        "severity": "error",
        "pointer": "/answers/A1",
        "code": "level-out-of-range",
        "received": 9,
        "expected": {"minimum": 0, "maximum": 4, "special": ["dont_know"]},
        "help": "/problems/level-out-of-range",
    }
    assert reply.json()["counts"] == {
        "accepted": 1,
        "unchanged": 1,
        "superseded": 1,
        "rejected": 1,
    }
    assert standing(service, organization.id) == 3
    assert rows(service, organization.id)["submission"] == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_in_its_line_and_in_no_other(
    service: Service, organization: Organization, fault: str
) -> None:
    wrong, expected = FAULTS[fault]

    told = report(push(organization.client, [line("before"), wrong, line("after")]))

    assert [one["status"] for one in told] == ["accepted", "rejected", "accepted"]
    assert expected <= codes(told[1])
    assert all(one["severity"] == "error" for one in told[1]["problems"])
    for one in told[1]["problems"]:
        page = service.http.get(one["help"]).json()
        assert page["slug"] == one["code"]
        assert page["title"]
        assert page["meaning"]
    assert standing(service, organization.id) == 2


@pytest.mark.parametrize("atomicity", ["row", "organization", "all"])
def test_trying_it_tells_what_doing_it_tells_and_keeps_nothing(
    service: Service, organization: Organization, atomicity: str
) -> None:
    push(organization.client, some(1))
    lines = [*some(2), line("y"), line("z", role="board")]
    before = every_row(service)

    tried = push(organization.client, lines, "validate", atomicity=atomicity)
    # The request itself is on the trail.
    assert {*effect(before, every_row(service))} == {"audit_event", "audit_head"}
    done = push(organization.client, lines, atomicity=atomicity)

    assert json.dumps(report(tried)) == json.dumps(report(done))
    assert ("accepted" in statuses(done)) is (atomicity == "row")


def test_a_file_pushed_again_changes_nothing(service: Service, organization: Organization) -> None:
    first = push(organization.client, some(3))
    before = rows(service, organization.id)

    again = push(organization.client, some(3))

    assert {*statuses(again)} == {"unchanged", "rejected"}
    assert statuses(again).count("rejected") == statuses(first).count("rejected")
    assert rows(service, organization.id) == before


def test_what_goes_together_is_rejected_together(service: Service) -> None:
    network = service.network()
    here, there = (service.organization(network=network["id"]) for _ in range(2))
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    lines = [
        line("a", organization=here.id),
        line("b", organization=here.row["external_id"], answers={"A1": 9}),
        line("c", organization=there.id),
    ]

    assert statuses(push(client, lines, "validate")) == ["accepted", "rejected", "accepted"]
    assert statuses(push(client, lines, "validate", atomicity="all")) == ["rejected"] * 3
    told = report(push(client, lines, atomicity="organization"))

    assert [one["status"] for one in told] == ["rejected", "rejected", "accepted"]
    assert codes(told[0]) == {("", "not-alone")}
    assert (standing(service, here.id), standing(service, there.id)) == (0, 1)


def test_a_network_pushes_for_its_own_and_it_is_on_their_trails(service: Service) -> None:
    network = service.network()
    mine = [service.organization(network=network["id"]) for _ in range(3)]
    unsigned = service.organization(network=network["id"], agree=False)
    stranger = service.organization()
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    about = [*(one.id for one in mine), unsigned.id, stranger.id, None, "H-missing"]

    told = report(push(client, [line(f"x{n}", organization=one) for n, one in enumerate(about)]))

    assert [one["status"] for one in told] == ["accepted"] * 3 + ["rejected"] * 4
    assert [codes(one) for one in told[3:]] == [
        {("/organization", "agreement-needed")},
        {("/organization", "not-found")},
        {("/organization", "required")},
        {("/organization", "not-found")},
    ]
    both = line("y", answers={"A1": 9})
    for whose in ({}, {"organization": "H-missing"}, {"organization": stranger.id}):
        [wrong] = report(push(client, [both | whose], "validate"))
        assert ("/answers/A1", "level-out-of-range") in codes(wrong)
        assert len(wrong["problems"]) == 2
    foreign, missing = told[4]["problems"][0], told[6]["problems"][0]
    assert {**foreign, "received": None} == {**missing, "received": None}
    for one in mine:
        events = one.client.get(f"{one.path}/audit").json()["data"]
        assert [event["operation"] for event in events].count("POST /v1/imports") == 1
    events = stranger.client.get(f"{stranger.path}/audit").json()["data"]
    assert "POST /v1/imports" not in {event["operation"] for event in events}


def test_what_another_pushed_is_not_replaced(service: Service) -> None:
    network = service.network()
    organization = service.organization(network=network["id"])
    client = service.as_(service.key(Kind.NETWORK, network["id"]))
    organization.submit(external_id="theirs")

    told = report(
        push(
            client,
            [
                line("theirs", organization=organization.id, role="board"),
                line("mine", organization=organization.id),
            ],
        )
    )

    assert [one["status"] for one in told] == ["rejected", "accepted"]
    assert codes(told[0]) == {("", "already-exists")}
    assert rows(service, organization.id)["submission"] == 2


@pytest.mark.parametrize(
    ("content", "media_type", "status", "slug"),
    [
        pytest.param(written([line("a")]), "text/plain", 415, "unsupported-media-type", id="text"),
        pytest.param(b'{"a": 1}', "application/json", 422, "invalid", id="no array"),
        pytest.param(b"[1,", "application/json", 400, "malformed-json", id="no JSON"),
        pytest.param(b"a,a\n1,2\n", "text/csv", 422, "invalid", id="a column twice"),
        pytest.param(b"period;role\n2025;nursing\n", "text/csv", 422, "invalid", id="no name"),
        pytest.param(b"a\n\xe9\n", "text/csv", 422, "invalid", id="not UTF-8"),
        pytest.param(b"", "text/csv", 422, "invalid", id="an empty table"),
    ],
)
def test_what_is_no_import_is_refused_as_a_whole(
    organization: Organization, content: bytes, media_type: str, status: int, slug: str
) -> None:
    reply = push(organization.client, content, headers={"Content-Type": media_type})

    assert refused(reply) == (status, slug)
