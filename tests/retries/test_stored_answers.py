"""Every POST with a key happens once: a retry gets the stored answer, whatever the operation."""

import json
import uuid
from typing import Any

import pytest

from tests.assessments.asking import refused
from tests.conftest import Service
from tests.effects import effect, rows
from tests.writes import KEYED, OPERATIONS, WRITES, Write

SUBMIT = "POST /v1/organizations/{org}/submissions"
"""Its row is the stored answer."""

REPEATABLE = {
    "POST /v1/organizations/{org}/exports",
    "POST /v1/organizations/{org}/submissions/{submission_id}/withdrawal",
}
"""Their answers are not kept; asked again they come to the same (``test_who_may``)."""

IMPORT = "POST /v1/imports"
"""So is its; and of its body every byte counts."""

BULK = "POST /v1/organizations/bulk"
"""It is on the trail of each organization too."""

ONCE = [one for one in KEYED if one not in REPEATABLE]
every_post = pytest.mark.parametrize("operation", ONCE)
every_post_with_a_body = pytest.mark.parametrize(
    "operation", [one for one in ONCE if "requestBody" in OPERATIONS[one] and one != IMPORT]
)
every_post_with_a_stored_answer = pytest.mark.parametrize(
    "operation", [one for one in ONCE if one not in {SUBMIT, IMPORT}]
)


def turned(value: Any) -> Any:
    """The same JSON with its keys in another order."""
    match value:
        case dict():
            return {key: turned(value[key]) for key in reversed(value)}
        case list():
            return [turned(one) for one in value]
    return value


def key() -> str:
    return str(uuid.uuid4())


def made(operation: str, service: Service) -> Write:
    return WRITES[operation](service)


def spoiled(body: Any) -> Any:
    """One that no operation takes."""
    return {**(body if isinstance(body, dict) else {}), "no_such_field": 1}


def test_every_operation_that_writes_is_tried() -> None:
    assert set(WRITES) == set(OPERATIONS)
    posts = {one for one in OPERATIONS if one.startswith("POST ")}
    keyless = {one for one in posts if one.startswith("POST /oauth/")} | {"POST /v1/programs"}
    assert set(KEYED) == posts - keyless


@every_post
def test_a_retry_gets_the_same_answer_and_changes_nothing(operation: str, service: Service) -> None:
    write = made(operation, service).keyed(key())
    before = rows(service)

    first = write.send()
    done = rows(service)
    again = write.send()

    assert first.is_success, first.text
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content)
    for name in ("content-type", "location", "content-language"):
        assert again.headers.get(name) == first.headers.get(name)
    assert effect(done, rows(service)) == {}
    happened = effect(before, done)
    trails = 1 + (happened["organization"].new if operation == BULK else 0)
    assert happened.pop("audit_event") == (trails, 0)
    assert happened.pop("audit_head").new == trails
    if operation not in {SUBMIT, IMPORT}:
        assert happened.pop("answered_request") == (1, 0)
    assert happened


@every_post_with_a_body
def test_keys_of_the_body_may_come_in_another_order(operation: str, service: Service) -> None:
    write = made(operation, service).keyed(key())
    first = write.send()
    headers = {**write.headers, "Content-Type": "application/json; charset=utf-8"}
    text = json.dumps(turned(write.body), indent=2)

    again = write.client.post(write.path, content=text, headers=headers)

    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.content == first.content


@every_post
def test_another_body_is_refused_and_changes_nothing(operation: str, service: Service) -> None:
    write = made(operation, service).keyed(key())
    assert write.send().is_success
    before = rows(service)

    reply = write.client.post(write.path, json=write.other, headers=write.headers)

    assert refused(reply) == (422, "idempotency-key-reused")
    assert effect(before, rows(service)) == {}


@every_post
def test_another_clients_same_key_is_another_key(operation: str, service: Service) -> None:
    name = key()
    assert made(operation, service).keyed(name).send().is_success
    other = made(operation, service).keyed(name)
    before = rows(service)

    reply = other.send()

    assert reply.is_success, reply.text
    assert "Idempotent-Replayed" not in reply.headers
    assert effect(before, rows(service))


def test_a_key_is_not_that_of_another_operation(service: Service) -> None:
    name = key()
    network = made("POST /v1/networks", service).keyed(name)
    agreement = made("POST /v1/agreements", service).keyed(name).by(network.client)

    replies = [network.send(), agreement.send()]

    assert [one.status_code for one in replies] == [201, 201]
    assert not any("Idempotent-Replayed" in one.headers for one in replies)


@every_post_with_a_body
def test_a_refused_request_stores_nothing_and_may_be_mended(
    operation: str, service: Service
) -> None:
    write = made(operation, service).keyed(key())
    before = rows(service)

    wrong = write.client.post(write.path, json=spoiled(write.body), headers=write.headers)

    assert refused(wrong) == (422, "invalid")
    assert effect(before, rows(service)) == {}
    mended = write.send()
    assert mended.is_success, mended.text
    assert "Idempotent-Replayed" not in mended.headers


@pytest.mark.parametrize("length", [0, 256])
@pytest.mark.parametrize("operation", ["POST /v1/networks", SUBMIT])
def test_a_key_of_no_or_of_endless_length_is_refused(
    operation: str, length: int, service: Service
) -> None:
    write = made(operation, service)
    before = rows(service)

    reply = write.keyed("k" * length).send()

    assert refused(reply) == (422, "invalid")
    [wrong] = reply.json()["errors"]
    assert wrong["pointer"] == "header:/idempotency-key"
    assert effect(before, rows(service)) == {}
    assert write.keyed("k" * 255).send().is_success


@every_post_with_a_stored_answer
def test_the_database_does_not_tell_what_was_answered(operation: str, service: Service) -> None:
    name = key()
    answer = made(operation, service).keyed(name).send().content

    with service.superuser() as connection:
        found = connection.execute(
            "SELECT body, name || fingerprint, headers::text FROM answered_request"
            " ORDER BY answered_at DESC LIMIT 1"
        ).fetchone()

    assert found is not None
    body, names, headers = found
    assert len(body) == len(answer) + 28, "a nonce before it, a tag after it"
    assert not any(answer[at : at + 8] in body for at in range(len(answer) - 7))
    assert name.encode() not in body + names + headers.encode()


def test_what_does_much_at_once_needs_a_key(service: Service) -> None:
    needing = [
        one
        for one in KEYED
        if "idempotency-key-missing" in json.dumps(OPERATIONS[one]["responses"])
    ]
    assert sorted(needing) == ["POST /v1/imports", "POST /v1/organizations/bulk"]
    write = made(BULK, service)
    before = rows(service)

    reply = write.send()

    assert refused(reply) == (400, "idempotency-key-missing")
    assert effect(before, rows(service)) == {}
