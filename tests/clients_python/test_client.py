"""What the client asks for and reads, waiting and on asyncio, against the real service."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from palanca_client import (
    AsyncClient,
    Client,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    PalancaError,
    Unauthenticated,
    Unreachable,
    verify_receipt,
)

from app.access.models import Kind
from tests.clients_python.conftest import DEFAULTS, QUICK, TABLE, Place
from tests.conftest import Service
from tests.faults.proxy import losing_replies
from tests.imports.asking import PLAIN, line


def test_lists_are_read_to_their_end(service: Service, place: Place) -> None:
    network = service.network()
    names = {service.organization(network=network["external_id"]).id for _ in range(3)}
    key = service.key(Kind.NETWORK, network["id"])

    with Client(place.url, key) as client:
        assert {one["id"] for one in client.organizations()} == names
        assert "small" in {one["instrument"] for one in client.instruments()}


def test_a_list_of_more_than_a_page_is_one_list(place: Place) -> None:
    with place.client() as client:
        done = client.push(line(f"p-{number}") for number in range(450))
        assert done.counts["accepted"] == 450

        found = [one["external_id"] for one in client.submissions(place.organization.id)]

        assert sorted(found) == sorted(f"p-{number}" for number in range(450))
        some = client.submissions(place.organization.id, external_id="p-7", standing=True)
        assert [one["external_id"] for one in some] == ["p-7"]


async def test_the_same_on_asyncio(place: Place) -> None:
    async with AsyncClient(place.url, place.key, retry=QUICK) as client:
        done = await client.push([line(f"p-{number}") for number in range(450)])
        assert done.counts["accepted"] == 450

        listed = client.submissions(place.organization.id)
        found = [one["external_id"] async for one in listed]

        assert len(set(found)) == 450
        with pytest.raises(NotFound):
            await client.receipt(place.organization.id, "00000000-0000-0000-0000-000000000000")
        lines = [one async for one in client.report(done, status="accepted")]
        assert [one.line for one in lines] == list(range(1, 451))
        assert await client.wait(done) is done


def test_a_submission_gets_its_scores_and_a_receipt_that_holds(place: Place) -> None:
    body = {**PLAIN, "external_id": "s-1"}
    with place.client() as client:
        made = client.submit(place.organization.id, body)
        receipt = client.receipt(place.organization.id, made["id"])

    assert verify_receipt(receipt, sha256=made["receipt"]["sha256"]).ok
    assert [one["id"] for one in place.rows()] == [made["id"]]


async def test_a_submission_and_its_receipt_on_asyncio(place: Place) -> None:
    async with AsyncClient(place.url, place.key) as client:
        made = await client.submit(place.organization.id, PLAIN, idempotency_key="mine")
        again = await client.submit(place.organization.id, PLAIN, idempotency_key="mine")
        receipt = await client.receipt(place.organization.id, made["id"])

    assert again["id"] == made["id"]
    assert verify_receipt(receipt).ok


def test_the_result_of_a_locked_round(place: Place) -> None:
    with place.client() as client:
        client.submit(place.organization.id, PLAIN)
        with pytest.raises(Conflict) as refused:
            client.result(place.organization.id, "2025-H2")
        assert refused.value.slug == "assessment-open"
        path = f"{place.organization.path}/assessments/2025-H2/lock"
        assert place.organization.client.post(path).status_code == 201

        assert client.result(place.organization.id, "2025-H2", instrument="small")["result"]


def test_a_file_a_stream_and_an_iterable_come_to_the_same(
    place: Place, file: Callable[..., Path]
) -> None:
    lines = [line("x-1"), line("x-2", role="board")]
    path = file(*lines)
    with place.client() as client:
        first = client.push(path)
        with path.open("rb") as stream:
            second = client.push(stream)
        third = client.push(iter(lines), idempotency_key="third")
        fourth = client.push(str(path), atomicity="all")

    assert first.counts == {"accepted": 2, "unchanged": 0, "superseded": 0, "rejected": 0}
    for again in (second, third, fourth):
        assert again.counts["unchanged"] == 2
    assert (first.mode, first.atomicity, first.status) == ("commit", "row", "succeeded")
    assert fourth.atomicity == "all"


def test_a_push_whose_answer_was_lost_is_answered_by_its_key(place: Place) -> None:
    with (
        losing_replies(place.url) as lossy,
        Client(lossy, place.key, retry=QUICK) as client,
        pytest.raises(Unreachable),
    ):
        client.push([line("lost")], idempotency_key="mine")
    with place.client() as client:
        again = client.push([line("lost")], idempotency_key="mine")
        other = client.push([line("lost")], idempotency_key="another")

    assert (again.counts["accepted"], other.counts["unchanged"]) == (1, 1)


def test_trying_a_table_keeps_nothing_and_tells_each_line(place: Place) -> None:
    with place.client() as client:
        stream = io.BytesIO(TABLE.encode())
        tried = client.validate(stream, format="csv", **DEFAULTS)
        told = list(client.report(tried, status=["rejected"]))
        by_code = list(client.report(tried, code=told[0].problems[0].code, severity="error"))

    assert tried.mode == "validate"
    assert (tried.lines, tried.done, tried.rejected) == (3, 3, 1)
    assert [(one.line, one.external_id, one.status) for one in told] == [(3, "c-2", "rejected")]
    assert [one.pointer for one in told[0].problems] == ["/answers/A1"]
    assert by_code == told
    assert list(csv.reader(io.StringIO(TABLE)))[2][0] == told[0].external_id
    assert place.rows() == []


def test_many_bytes_that_pack_too_well_are_taken_too(place: Place) -> None:
    lines = [line(f"z-{number}", answers={"A1": 1}) for number in range(900)]
    for one in lines:
        one["notes"] = {"A1": {"evidence": "a" * 2000}}
    with place.client() as client:
        done = client.push(lines)

    assert done.counts["accepted"] == 900


def test_problems_are_exceptions(service: Service, place: Place) -> None:
    with place.client() as client:
        with pytest.raises(NotFound) as absent:
            list(client.submissions("no-such-hospital"))
        with pytest.raises(Invalid) as wrong:
            client.submit(place.organization.id, {"period": "2025-H2"})
        with pytest.raises(Invalid) as refused:
            client.push(io.BytesIO(b"x,y\n1,2\n"), format="csv")
    with Client(place.url, "plco_test_none") as stranger, pytest.raises(Unauthenticated) as who:
        list(stranger.organizations())
    unsigned = service.organization(agree=False)
    key = service.key(Kind.ORGANIZATION, unsigned.id)
    with Client(place.url, key) as client, pytest.raises(Forbidden) as forbidden:
        client.submit(unsigned.id, PLAIN)

    assert (absent.value.status, absent.value.slug) == (404, "not-found")
    assert {one["pointer"] for one in wrong.value.errors} >= {"/instrument", "/answers"}
    assert refused.value.errors[0]["code"] == "missing-column"
    assert who.value.title == "A valid key is needed"
    assert forbidden.value.slug == "agreement-needed"
    assert isinstance(forbidden.value, PalancaError)
    assert forbidden.value.detail in str(forbidden.value)


@pytest.mark.parametrize("key", ["", "two words", "plco_live_ä", "line\nbreak"])
def test_what_is_no_key_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="no key") as refused:
        Client("http://127.0.0.1:1", key)

    assert not key or key not in str(refused.value)


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://somewhere", "http://[::1"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"://|port"):
        Client(url)


def test_a_format_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "answers.dat"
    path.write_bytes(b"")
    with Client("http://127.0.0.1:1") as client:
        with pytest.raises(ValueError, match="say its format"):
            client.push(path)
        with pytest.raises(ValueError, match="ndjson"):
            client.push([], format="csv")
