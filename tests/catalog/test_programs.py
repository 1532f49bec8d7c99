"""Leadership development programs: deterministic, ordered by a stated rule, from the guidance."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.catalog import seeding
from app.catalog.documents import KINDS
from app.catalog.library import Document, Library
from app.catalog.program_pages import markdown
from app.catalog.programs import Wanted, program
from tests.conftest import Service

FRAMEWORK = "leadership-for-improvement"


def make(service: Service, **asked: Any) -> Any:
    reply = service.http.post("/v1/programs", json={"framework": FRAMEWORK} | asked)
    assert reply.status_code == 200, reply.text
    return reply.json()


def guidance(service: Service, code: str) -> Any:
    return service.http.get(f"/v1/frameworks/{FRAMEWORK}/elements/{code}").json()["guidance"]


def test_the_lowest_score_comes_first_and_says_so(service: Service) -> None:
    made = make(service, scores={"EF1": 50, "BW2": 25, "BW1": 75})

    assert [one["code"] for one in made["modules"]] == ["BW2", "EF1", "BW1"]
    assert [one["reason"] for one in made["modules"]] == [
        "Its score, 25 out of 100, is the lowest.",
        "With 50 out of 100, it is number 2 counting from the lowest.",
        "With 75 out of 100, it is number 3 counting from the lowest.",
    ]


def reasons(service: Service, **asked: Any) -> dict[str, str]:
    return {one["code"]: one["reason"] for one in make(service, **asked)["modules"]}


def test_lowest_is_only_what_is_lowest_of_all_scores(service: Service) -> None:
    assert reasons(service, elements=["BW1"], scores={"BW1": 50, "EF1": 20}) == {
        "BW1": "With 50 out of 100, it is number 2 counting from the lowest."
    }
    alike = reasons(service, scores={"BW1": 50, "EF1": 50, "EF2": 60.04})
    assert alike["BW1"] == alike["EF1"] == "No score is lower than its 50 out of 100."
    assert alike["EF2"] == "With 60 out of 100, it is number 3 counting from the lowest."
    assert reasons(service, scores={"EF1": -0.0}) == {
        "EF1": "Its score, 0 out of 100, is the lowest."
    }


def test_who_is_named_twice_takes_part_once(service: Service) -> None:
    [one] = make(service, elements=["BW1", "BW1"], roles=["cfo", "cno", "cfo"])["modules"]
    assert [role["code"] for role in one["roles"]] == ["cfo", "cno"]


def test_everything_that_is_wrong_is_said_at_once(service: Service) -> None:
    asked = {"elements": ["EF1", "XX"], "scores": {"YY": 1}, "roles": ["king", "cfo", "queen"]}
    reply = service.http.post("/v1/programs", json={"framework": FRAMEWORK} | asked)

    pointers = [one["pointer"] for one in reply.json()["errors"]]
    assert pointers == ["/elements/1", "/scores/YY", "/roles/0", "/roles/2"]


def test_it_says_in_which_language_it_is(service: Service) -> None:
    def language(query: str, **headers: str) -> str | None:
        body = {"framework": FRAMEWORK, "elements": ["BW1"]}
        reply = service.http.post(f"/v1/programs?{query}", json=body, headers=headers)
        return str(reply.headers.get("content-language"))

    spanish = {"accept-language": "es-MX"}
    assert language("lang=fr") == "en"
    assert language("", **spanish) == "es-419"
    assert language("lang=*", **spanish) == "None"
    assert language("markdown=true&lang=*", **spanish) == "es-419", "a page is in one"


def test_what_was_chosen_comes_in_the_order_of_the_framework(service: Service) -> None:
    made = make(service, elements=["BW2", "EF3", "BW1"])
    assert [one["code"] for one in made["modules"]] == ["EF3", "BW1", "BW2"]

    mixed = make(service, elements=["BW2", "EF3", "BW1"], scores={"BW2": 90, "EF1": 1})
    assert [one["code"] for one in mixed["modules"]] == ["BW2", "EF3", "BW1"]
    assert "no score" in mixed["modules"][1]["reason"]


def test_a_module_is_made_of_the_guidance(service: Service) -> None:
    [one] = make(service, elements=["BW1"])["modules"]
    told = guidance(service, "BW1")

    assert one["questions"] == told["questions"]
    assert one["why"] == told["why"]
    work = one["field_work"]
    steps = [work["plan"]["text"], *(step["text"] for step in work["do"])]
    assert steps == told["first_30_days"]
    assert [step["text"] for step in work["act"]] == told["first_90_days"]
    assert told["measures"][0] in work["predict"]["text"]
    assert one["success"]["text"] == told["measures"][0]
    actions = len(told["first_30_days"]), len(told["first_90_days"])
    assert one["hours"] == 1 + len(told["questions"]) / 2 + 2 * actions[0] + 3 * actions[1]
    assert all(service.http.get(one["href"]).status_code == 200 for one in one["references"])


def test_roles_say_who_leads_who_does_a_part_and_who_joins(service: Service) -> None:
    leading = [one["code"] for one in guidance(service, "BW1")["led_by"]]
    [other] = {"patient_adviser", "cio"} - set(leading) - {"cio"} or {"cio"}
    asked = [other, leading[0], leading[1]]

    [one] = make(service, elements=["BW1"], roles=asked)["modules"]

    assert [(role["code"], role["part"]) for role in one["roles"]] == [
        (other, "joins"),
        (leading[0], "leads"),
        (leading[1], "does"),
    ]
    [alone] = make(service, elements=["BW1"])["modules"]
    assert [role["code"] for role in alone["roles"]] == leading


def test_only_so_many_modules_and_what_is_left_out_is_said(service: Service) -> None:
    made = make(service, scores={"EF1": 1, "EF2": 2, "EF3": 3}, most=2)

    assert [one["code"] for one in made["modules"]] == ["EF1", "EF2"]
    assert made["left_out"] == ["EF3"]
    assert made["hours"] == sum(one["hours"] for one in made["modules"])


@settings(max_examples=15, deadline=None)
@given(
    scores=st.dictionaries(
        st.sampled_from(["EF1", "EF2", "BW1", "BW7"]), st.integers(0, 100), min_size=1
    ),
    order=st.randoms(),
)
def test_the_same_question_gives_the_same_program(
    service: Service, scores: dict[str, int], order: Any
) -> None:
    shuffled = list(scores.items())
    order.shuffle(shuffled)

    made = make(service, scores=scores)

    assert make(service, scores=dict(shuffled)) == made
    found = [scores[one["code"]] for one in made["modules"]]
    assert found == sorted(found)


def test_it_is_also_a_page_in_either_language(service: Service) -> None:
    reply = service.http.post(
        "/v1/programs?markdown=true&lang=es-419",
        json={"framework": FRAMEWORK, "scores": {"BW1": 40}},
    )

    assert reply.headers["content-type"] == "text/markdown; charset=utf-8"
    assert reply.headers["content-language"] == "es-419"
    text = reply.text
    assert text.startswith("# Programa de desarrollo de liderazgo: Liderazgo para la Mejora\n")
    assert "*Por qué aquí:* Su puntaje, 40 de 100, es el más bajo." in text
    for part in ("Planificar", "Predecir", "Hacer", "Estudiar", "Actuar"):
        assert f"- **{part}.**" in text
    assert "{" not in text


@pytest.mark.parametrize(
    ("asked", "pointer", "code"),
    [
        pytest.param({}, "", "required", id="of nothing"),
        pytest.param({"elements": ["EF1", "EF99"]}, "/elements/1", "unknown", id="no such element"),
        pytest.param({"scores": {"EF99": 1}}, "/scores/EF99", "unknown", id="no such score"),
        pytest.param(
            {"elements": ["EF1"], "roles": ["king"]}, "/roles/0", "unknown", id="no such role"
        ),
        pytest.param(
            {"framework": "boards-on-board", "elements": ["BOB1"]},
            "/elements/0",
            "unknown",
            id="nothing is said of how",
        ),
        pytest.param({"scores": {"EF1": True}}, "/scores/EF1", "float-type", id="yes is no score"),
        pytest.param({"scores": {"EF1": "35"}}, "/scores/EF1", "float-type", id="nor is a text"),
        pytest.param({"scores": {"EF1": 101}}, "/scores/EF1", "less-than-equal", id="a score"),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_place(
    service: Service, asked: dict[str, Any], pointer: str, code: str
) -> None:
    reply = service.http.post("/v1/programs", json={"framework": FRAMEWORK} | asked)

    assert reply.status_code == 422
    [found] = reply.json()["errors"]
    assert (found["pointer"], found["code"]) == (pointer, code)


def only_spanish(node: Any) -> Any:
    """A document without its English."""
    if isinstance(node, list):
        return [only_spanish(one) for one in node]
    if isinstance(node, dict):
        return {name: only_spanish(one) for name, one in node.items() if name != "en"}
    return node


def test_a_framework_needs_no_english() -> None:
    documents = []
    for kind, file in seeding.files():
        given = KINDS[kind].model_validate(seeding.read_document(file))
        content = only_spanish(given.model_dump(mode="json", exclude_none=True))
        documents.append(Document(kind, *given.key, 1, content, ""))
    library = Library(1, documents)
    framework = library.framework(FRAMEWORK)
    assert framework is not None

    made = program(library, Wanted(framework, ["BW1"], {}, ["cfo"]))

    assert "Liderazgo para la Mejora" in made["title"]["en"], "what there is"
    assert markdown(made, "es-419").startswith("# Programa de desarrollo de liderazgo")
