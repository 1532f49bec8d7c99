"""What is wrong with rows in bulk: each is named by its line, and nothing is half done."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.organizations.sheets import MAX_ROWS
from tests.conftest import Service
from tests.organizations.hospitals import hospital, name, network_of
from tests.organizations.test_bulk import PATH, count, send, statuses


@pytest.mark.parametrize(
    ("row", "errors"),
    [
        pytest.param(7, [("", "model-type")], id="a number"),
        pytest.param(None, [("", "model-type")], id="nothing"),
        pytest.param([], [("", "model-type")], id="a list"),
        pytest.param(
            {}, [("/external_id", "required"), ("/name", "required")], id="an empty object"
        ),
        pytest.param(
            hospital(external_id=10001), [("/external_id", "string-type")], id="a lost zero"
        ),
        pytest.param(
            hospital(external_id="a b", name="", extra=1),
            [
                ("/external_id", "pattern-mismatch"),
                ("/name", "string-too-short"),
                ("/extra", "unknown-field"),
            ],
            id="all that is wrong at once",
        ),
        pytest.param(hospital(name="a\0"), [("/name", "value-error")], id="NUL in a name"),
        pytest.param(hospital(name="\ud800"), [("/name", "string-unicode")], id="half a letter"),
        pytest.param(hospital(network="a\0"), [("/network", "pattern-mismatch")], id="and here"),
        pytest.param(hospital(network="none"), [("/network", "unknown")], id="no such network"),
        pytest.param(
            hospital(attributes={"teaching": "maybe", "beds": "9"}),
            [("/attributes/teaching", "not-one-of"), ("/attributes/beds", "unknown-field")],
            id="attributes that no cohort is made of",
        ),
        pytest.param(hospital(benchmark=True), [("/benchmark", "unknown-field")], id="a consent"),
    ],
)
def test_a_wrong_row_is_named_and_the_others_are_registered(
    service: Service, row: object, errors: list[tuple[str, str]]
) -> None:
    _, client = network_of(service)

    reply = send(client, [hospital(), row, hospital()])

    assert statuses(reply) == ["created", "rejected", "created"]
    wrong = reply.json()["outcomes"][1]
    assert [(one["pointer"], one["code"]) for one in wrong["errors"]] == errors
    assert (wrong["line"], wrong["id"]) == (2, None)
    assert len(client.get("/v1/organizations").json()["data"]) == 2


def test_a_wrong_line_of_a_table_is_named(service: Service) -> None:
    _, client = network_of(service)
    text = f"external_id,name,teaching\n{name()},Elm,yes\n{name()},Oak\n,Ash,yes\n{name()},Fir,x\n"

    reply = send(client, text)

    assert statuses(reply) == ["created", "rejected", "rejected", "rejected"]
    assert [
        (one["line"], one["external_id"] is None, [each["code"] for each in one["errors"]])
        for one in reply.json()["outcomes"][1:]
    ] == [
        (3, True, ["wrong-number-of-cells"]),
        (4, True, ["required"]),
        (5, False, ["not-one-of"]),
    ]


def test_of_rows_about_one_organization_none_is_right(service: Service) -> None:
    _, client = network_of(service)
    row = hospital()

    reply = send(client, [row, hospital(), row | {"name": "Other"}, row])

    assert statuses(reply) == ["rejected", "created", "rejected", "rejected"]
    wrong = [one["errors"][0] for one in reply.json()["outcomes"] if one["errors"]]
    assert {one["code"] for one in wrong} == {"repeated"}
    assert [one["detail"] for one in wrong] == [
        f"Line {line} is about the same organization" for line in (3, 1, 1)
    ]


def test_too_many_identifiers_together_are_refused(service: Service) -> None:
    _, client = network_of(service)
    row = hospital(identifiers={f"r{number}": "1" for number in range(10)})
    send(client, [row])

    reply = send(client, [row | {"identifiers": {"cms": "1"}}])

    assert statuses(reply) == ["rejected"]
    assert reply.json()["outcomes"][0]["errors"][0]["code"] == "too-long"


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        pytest.param({"json": {}}, 422, "invalid", id="an object"),
        pytest.param({"json": hospital()}, 422, "invalid", id="one alone"),
        pytest.param({"json": "text"}, 422, "invalid", id="a text"),
        pytest.param({"json": [{}] * (MAX_ROWS + 1)}, 413, "payload-too-large", id="too many rows"),
        pytest.param(
            {"content": "external_id\n" + "x\n" * (MAX_ROWS + 1), "type": "text/csv"},
            413,
            "payload-too-large",
            id="too many lines",
        ),
        pytest.param(
            {"content": "[", "type": "application/json"}, 400, "malformed-json", id="half a body"
        ),
        pytest.param({"content": "", "type": "text/csv"}, 422, "invalid", id="nothing"),
        pytest.param({"content": "a,b\n", "type": "text/csv"}, 422, "invalid", id="other columns"),
        pytest.param(
            {"content": "x", "type": "text/plain"}, 415, "unsupported-media-type", id="a text file"
        ),
        pytest.param({"content": "[]"}, 415, "unsupported-media-type", id="no type"),
    ],
)
def test_a_body_that_holds_no_rows_is_refused_as_a_whole(
    service: Service, body: dict[str, Any], status: int, slug: str
) -> None:
    before = count(service)
    headers = {"Idempotency-Key": name()}
    if "type" in body:
        body = {**body}
        headers["Content-Type"] = body.pop("type")

    reply = service.operator.post(f"{PATH}?mode=commit", headers=headers, **body)

    assert (reply.status_code, reply.json()["type"]) == (status, f"/problems/{slug}")
    assert count(service) == before


@pytest.mark.parametrize("query", ["", "?mode=", "?mode=try", "?mode=commit&mode=validate"])
def test_it_must_be_said_whether_to_try_or_to_do_it(service: Service, query: str) -> None:
    reply = service.operator.post(PATH + query, json=[])

    assert reply.status_code == 422
    assert [one["pointer"] for one in reply.json()["errors"]] == ["query:/mode"]


def test_no_rows_are_no_error(service: Service) -> None:
    nothing: list[object] = [[], "external_id,name\n"]
    for rows in nothing:
        body = send(service.operator, rows).json()
        assert (body["outcomes"], body["likely_duplicates"]) == ([], [])


def test_two_who_register_the_same_at_once_leave_one_of_each(service: Service) -> None:
    _, client = network_of(service)
    rows = [hospital() for _ in range(50)]

    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: send(client, rows), range(2)))

    assert {one.status_code for one in replies} <= {200, 409}
    assert 200 in {one.status_code for one in replies}
    listed = client.get("/v1/organizations?limit=200").json()["data"]
    assert sorted(one["external_id"] for one in listed) == sorted(
        str(one["external_id"]) for one in rows
    )
