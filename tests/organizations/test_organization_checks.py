"""What is wrong with an organization: each field is named, and nothing breaks."""

from uuid import uuid4

import pytest

from tests.conftest import Service


def hospital(**more: object) -> dict[str, object]:
    return {"external_id": f"X-{uuid4().hex[:10]}", "name": "St. Elm", **more}


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        pytest.param({"external_id": ""}, "/external_id", "pattern-mismatch", id="an empty name"),
        pytest.param({"external_id": "a b"}, "/external_id", "pattern-mismatch", id="a space"),
        pytest.param({"external_id": "a\n"}, "/external_id", "pattern-mismatch", id="a line end"),
        pytest.param({"external_id": 7}, "/external_id", "string-type", id="a number"),
        pytest.param({"name": "x" * 201}, "/name", "string-too-long", id="a name without end"),
        pytest.param({"name": "a\0"}, "/name", "value-error", id="a name with NUL"),
        pytest.param({"network": "x" * 65}, "/network", "string-too-long", id="a long network"),
        pytest.param(
            {"attributes": {"Big": "x"}},
            "/attributes/Big/[key]",
            "pattern-mismatch",
            id="an attribute of another alphabet",
        ),
        pytest.param(
            {"attributes": {"size": "a b"}},
            "/attributes/size",
            "pattern-mismatch",
            id="a value of another alphabet",
        ),
        pytest.param({"id": str(uuid4())}, "/id", "unknown-field", id="an id of one's own"),
        pytest.param(
            {"network_id": str(uuid4())}, "/network_id", "unknown-field", id="a field of the reply"
        ),
    ],
)
def test_a_wrong_field_is_named(
    service: Service, change: dict[str, object], pointer: str, code: str
) -> None:
    reply = service.operator.post("/v1/organizations", json=hospital() | change)

    assert reply.status_code == 422
    assert [(one["pointer"], one["code"]) for one in reply.json()["errors"]] == [(pointer, code)]


def test_a_text_that_cannot_be_stored_is_refused(service: Service) -> None:
    reply = service.operator.post("/v1/organizations", json=hospital(network="a\0b"))

    assert reply.status_code == 422
