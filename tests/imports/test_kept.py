"""Imports that are too long to be answered at once: a worker carries them out, part by part."""

import csv
import io
import random
import uuid
from collections import Counter
from typing import Any

import pytest

from tests.assessments.asking import refused, standing
from tests.conftest import Organization, Service
from tests.imports.asking import Line, codes, line, push, report, some
from tests.imports.faults import FAULTS
from tests.imports.stepwise import PART, begun, carried_out, carry_out, lines_of


@pytest.fixture
def organization(stepwise: Service) -> Organization:
    return stepwise.organization()


def filled(service: Service) -> Organization:
    """An organization with rows that lines have to do with."""
    made = service.organization()
    for number in range(1, 30):
        made.submit(external_id=f"x{number}")
    made.submit(external_id="x30", respondent="p")
    return made


def kept(service: Service, organization: Organization) -> list[Any]:
    with service.superuser() as database:
        return database.execute(
            "SELECT external_id, answers, superseded_at IS NULL FROM submission"
            " WHERE organization_id = %s ORDER BY 1, 2, 3",
            [organization.id],
        ).fetchall()


@pytest.mark.parametrize("atomicity", ["row", "organization"])
@pytest.mark.parametrize("seed", range(3))
def test_part_by_part_it_comes_to_what_it_comes_to_at_once(
    service: Service, stepwise: Service, seed: int, atomicity: str
) -> None:
    lines = some(seed)
    at_once, later = filled(service), filled(stepwise)

    expected = report(push(at_once.client, lines, atomicity=atomicity))
    tried = push(later.client, lines, "validate", atomicity=atomicity)

    assert carried_out(stepwise, later.client, tried) == expected
    done = push(later.client, lines, atomicity=atomicity)
    assert carried_out(stepwise, later.client, done) == expected
    assert kept(stepwise, later) == kept(service, at_once)
    assert ("accepted" in {one["status"] for one in expected}) is (atomicity == "row")


def test_wrong_lines_are_told_later_what_they_are_told_at_once(
    service: Service, stepwise: Service
) -> None:
    lines = [one for fault, _ in FAULTS.values() for one in (fault, line(uuid.uuid4().hex))]
    at_once, later = service.organization(), stepwise.organization()

    told = carried_out(stepwise, later.client, push(later.client, lines))

    assert told == report(push(at_once.client, lines))
    assert standing(stepwise, later.id) == len(FAULTS)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_lines_changes_nothing(stepwise: Service, seed: int) -> None:
    lines = some(seed)
    shuffled = random.Random(seed).sample(lines, len(lines))  # noqa: S311 - not a secret
    outcomes = []
    for given in (lines, shuffled):
        organization = filled(stepwise)
        told = carried_out(stepwise, organization.client, push(organization.client, given))
        counted = Counter(
            (repr(said), one["status"], *sorted(code for _, code in codes(one)))
            for said, one in zip(given, told, strict=True)
        )
        outcomes.append((counted, kept(stepwise, organization)))

    assert outcomes[0] == outcomes[1]


def test_lines_far_apart_that_meet_in_one_submission_clash(
    stepwise: Service, organization: Organization
) -> None:
    organization.submit(external_id="there", respondent="p")
    between = [line(f"b{n}") for n in range(2 * PART)]
    lines = [line("there", role="board"), *between, line("other", respondent="p")]

    told = carried_out(stepwise, organization.client, push(organization.client, lines))

    assert [one["status"] for one in told] == ["rejected", *["accepted"] * 14, "rejected"]
    assert codes(told[0]) == codes(told[-1]) == {("/external_id", "repeated")}


def test_it_can_be_watched_listed_and_read(stepwise: Service, organization: Organization) -> None:
    lines = [line(f"x{n}", answers={"A1": 9 if n % 5 == 0 else 1}) for n in range(20)]

    path = begun(push(organization.client, lines))
    before = organization.client.get(path).json()
    carry_out(stepwise)
    after = organization.client.get(path).json()

    assert (before["status"], before["lines"], before["done"]) == ("queued", 20, 0)
    assert (after["status"], after["lines"], after["done"]) == ("succeeded", 20, 20)
    assert after["counts"] == {"accepted": 16, "unchanged": 0, "superseded": 0, "rejected": 4}
    [listed] = organization.client.get("/v1/imports").json()["data"]
    assert listed == after
    events = organization.client.get(f"{path}/events").text
    assert events.startswith("event: progress\ndata: ")
    assert events.count("event: ") == 1
    assert '"status":"succeeded"' in events


def test_a_report_is_read_in_pages_as_lines_and_as_a_table(
    stepwise: Service, organization: Organization
) -> None:
    lines = [
        line(f"=x{n}" if n == 5 else f"x{n}", answers={"A1": 9 if n % 5 == 0 else 1})
        for n in range(20)
    ]
    path = begun(push(organization.client, lines))
    carry_out(stepwise)
    whole = lines_of(organization.client, path)

    pages: list[Line] = []
    page = f"{path}/report?limit=6"
    while page:
        reply = organization.client.get(page)
        pages += reply.json()["data"]
        page = reply.links.get("next", {}).get("url", "")
    table = list(csv.DictReader(io.StringIO(organization.client.get(f"{path}/report.csv").text)))

    assert pages == whole
    assert [one["line"] for one in whole] == list(range(1, 21))
    wrong = [one for one in whole if one["status"] == "rejected"]
    assert len(wrong) == 4
    for filters in ({"status": "rejected"}, {"severity": "error"}):
        assert lines_of(organization.client, path, **filters) == wrong
        assert organization.client.get(f"{path}/report", params=filters).json()["data"] == wrong
    assert len(lines_of(organization.client, path, code="level-out-of-range")) == 4
    assert lines_of(organization.client, path, severity="warning") == []
    assert [row["line"] for row in table if row["severity"] == "error"] == [
        str(one["line"]) for one in wrong for _ in one["problems"]
    ]
    assert not [row for row in table if row["external_id"].startswith("=")]


def test_the_same_key_and_the_same_bytes_are_the_same_import(
    stepwise: Service, organization: Organization
) -> None:
    lines = [line(f"x{n}") for n in range(10)]
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    path = begun(push(organization.client, lines, headers=headers))

    again = push(organization.client, lines, headers=headers)

    assert begun(again) == path
    assert again.headers["idempotent-replayed"] == "true"
    other = push(organization.client, lines[1:], headers=headers)
    assert refused(other) == (422, "idempotency-key-reused")
    tried = push(organization.client, lines, "validate", headers=headers)
    assert refused(tried) == (422, "idempotency-key-reused")
    carry_out(stepwise)
    assert begun(push(organization.client, lines, headers=headers)) == path
    assert standing(stepwise, organization.id) == 10


def test_a_short_one_is_kept_too(organization: Organization) -> None:
    headers = {"Idempotency-Key": uuid.uuid4().hex}
    first = push(organization.client, [line("a"), line("b", role="chef")], headers=headers)

    again = push(organization.client, [line("a"), line("b", role="chef")], headers=headers)

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    path = f"/v1/imports/{first.json()['id']}"
    assert lines_of(organization.client, path) == first.json()["lines"]
    assert organization.client.get(path).json()["status"] == "succeeded"


def test_another_clients_import_is_not_there(stepwise: Service, organization: Organization) -> None:
    path = begun(push(organization.client, [line(f"x{n}") for n in range(10)]))
    stranger = stepwise.organization().client

    missing = f"/v1/imports/{uuid.uuid4()}"
    for tail in ("", "/report", "/report.csv", "/report.ndjson", "/events"):
        assert stranger.get(path + tail).json() == stranger.get(missing + tail).json()
        assert stranger.get(path + tail).status_code == 404
    assert refused(stranger.post(f"{path}/cancel")) == (404, "not-found")
    assert stranger.get("/v1/imports").json()["data"] == []


def test_a_revoked_key_takes_nothing_more_in(stepwise: Service, organization: Organization) -> None:
    path = begun(push(organization.client, [line(f"x{n}") for n in range(10)]))
    with stepwise.superuser() as database:
        database.execute(
            "UPDATE client_key SET revoked_at = now() FROM client"
            " WHERE client.id = client_id AND organization_id = %s RETURNING key_id",
            [organization.id],
        )

    carry_out(stepwise)

    with stepwise.superuser() as database:
        status, problem = database.execute(
            "SELECT status, problem FROM import_run WHERE id = %s", [path.rpartition("/")[2]]
        ).fetchone() or ("", {"type": ""})
    assert (status, problem["type"]) == ("failed", "/problems/unauthenticated")
    assert standing(stepwise, organization.id) == 0


def test_what_was_carried_out_is_on_the_trails(stepwise: Service) -> None:
    organization = stepwise.organization()
    carried_out(
        stepwise,
        organization.client,
        push(organization.client, [line(f"x{n}") for n in range(2 * PART)]),
    )

    events = organization.client.get(f"{organization.path}/audit").json()["data"]
    mine = [one for one in events if one["operation"] == "POST /v1/imports"]
    assert [one["status"] for one in mine] == [202, None, None]
