"""What is wrong with an organization: each field is named, and nothing breaks."""

from uuid import uuid4

import pytest
import yaml

from app.benchmarks.lattice import Lattice
from app.files import folder
from app.organizations.attributes import KNOWN
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
        pytest.param({"network": "x" * 65}, "/network", "pattern-mismatch", id="a long network"),
        pytest.param({"network": "a\0b"}, "/network", "pattern-mismatch", id="a network with NUL"),
        pytest.param(
            {"attributes": {"beds": "300_plus"}},
            "/attributes/beds",
            "unknown-field",
            id="an attribute that no cohort is made of",
        ),
        pytest.param(
            {"attributes": {"teaching": "maybe"}},
            "/attributes/teaching",
            "not-one-of",
            id="a value that no cohort is made of",
        ),
        pytest.param(
            {"attributes": {"teaching": None}},
            "/attributes/teaching",
            "not-one-of",
            id="an attribute without a value",
        ),
        pytest.param(
            {"attributes": {"teaching": ["yes"]}},
            "/attributes/teaching",
            "not-one-of",
            id="a list of values",
        ),
        pytest.param(
            {"identifiers": {"CMS": "1"}},
            "/identifiers/CMS/[key]",
            "pattern-mismatch",
            id="a register in capitals",
        ),
        pytest.param(
            {"identifiers": {"cms": 10001}},
            "/identifiers/cms",
            "string-type",
            id="a number that has lost its zero",
        ),
        pytest.param(
            {"identifiers": {f"r{number}": "1" for number in range(11)}},
            "/identifiers",
            "too-long",
            id="eleven registers",
        ),
        pytest.param(
            {"share_with_network": True},
            "/share_with_network",
            "unknown-field",
            id="a consent, which is signed for",
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


def test_an_attributes_values_are_named(service: Service) -> None:
    given = hospital(attributes={"ownership": "church", "teaching": "yes"})

    reply = service.operator.post("/v1/organizations", json=given)

    [found] = reply.json()["errors"]
    assert found["received"] == "church"
    assert found["expected"] == {"expected": "'public', 'nonprofit' or 'for_profit'"}


def test_the_attributes_are_those_of_the_published_cohorts() -> None:
    definition = yaml.safe_load((folder("seed") / "cohorts.yaml").read_text("utf-8"))
    lattice = Lattice.load(definition)

    assert {name: set(values) for name, values in KNOWN.items()} == {
        name: set(attribute.categories) for name, attribute in lattice.attributes.items()
    }
