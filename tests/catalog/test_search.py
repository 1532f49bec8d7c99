"""What leaders type, and what they expect: in either language, with and without typing errors."""

import pytest

from tests.conftest import Service

POINTS, ELEMENTS = "seven-leverage-points", "leadership-for-improvement"

ENGLISH = [
    ("how do I plan for improvement", {"BW1"}),
    ("cfo waste", {"LP5", "LP5.2"}),
    ("review and guide key initiatives", {"EC2"}),
    ("how do I engage doctors", {"LP6", "LP6.1"}),
    ("oversight by the board", {"LP1.3", "LP2.6"}),
    ("spread ideas to other wards", {"EC3"}),
    ("sustain results", {"EC5"}),
    ("patients on the improvement team", {"LP4"}),
    ("stop projects", {"LP2.7"}),
    ("calendar of the chief executive", {"LP3.1"}),
    ("improvement advisers", {"LP7.3"}),
    ("readmissions", {"WSM06"}),
    ("standardized mortality", {"WSM03"}),
    ("psychological safety", {"SRE.C1"}),
    ("health equity", {"AIM5", "WSM13"}),
    ("big dots", {"LP1.1"}),
    ("transparncy", {"LP3.6", "LP3.7", "LP3"}),
    ("improvment capabilty", {"LP7", "EF2"}),
    ("engage phisicians", {"LP6", "LP6.1"}),
    ("finacial linkages", {"BW5"}),
]
SPANISH = [
    ("medicos", {"LP6"}),
    ("cómo planifico la mejora", {"BW1"}),
    ("director financiero", {"LP5"}),
    ("desperdicio", {"LP5.1", "LP5.2", "LP5.3"}),
    ("junta directiva objetivos", {"LP1.3", "LP1"}),
    ("transparencia", {"LP3.6", "LP3.7", "LP3"}),
    ("pacientes y familias en el equipo de mejora", {"LP4"}),
    ("agenda de la dirección general", {"LP3.1"}),
    ("difundir ideas", {"EC3"}),
    ("sostener los resultados", {"EC5"}),
    ("comunicar resultados", {"EC4"}),
    ("futuros líderes", {"EF6"}),
    ("mortalidad hospitalaria", {"WSM03", "WSM04"}),
    ("reingresos", {"WSM06"}),
    ("equidad", {"AIM5", "WSM13"}),
    ("escuchar a los clientes", {"GI3"}),
    ("transparensia", {"LP3.6", "LP3.7", "LP3"}),
    ("capasidad de mejora", {"LP7", "EF2"}),
    ("desperdisio", {"LP5.1", "LP5.2", "LP5.3"}),
    ("relasiones", {"EF5"}),
]


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        pytest.param(language, question, expected, id=question)
        for language, asked in (("en", ENGLISH), ("es-419", SPANISH))
        for question, expected in asked
    ],
)
def test_the_expected_element_is_among_the_first_three(
    service: Service, language: str, question: str, expected: set[str]
) -> None:
    reply = service.http.get("/v1/search", params={"q": question, "lang": language, "limit": 3})

    assert reply.status_code == 200
    found = [one["code"] for one in reply.json()["data"]]
    assert expected & set(found), (found, reply.json()["corrected"])


def test_a_hit_says_where_it_is_and_why_it_was_found(service: Service) -> None:
    reply = service.http.get("/v1/search", params={"q": "how do I plan for improvement"})

    [first, *_] = reply.json()["data"]
    assert first["framework"] == ELEMENTS
    assert first["matched"] == ["plan", "improvement"]
    assert first["matched_in"] == "title"
    assert "**" in first["snippet"]
    assert service.http.get(first["href"]).json()["code"] == first["code"]


def test_a_word_that_nothing_has_is_read_as_the_nearest_and_said(service: Service) -> None:
    reply = service.http.get("/v1/search", params={"q": "transparncy of the board"})

    assert reply.json()["corrected"] == {"transparncy": "transparency"}


@pytest.mark.parametrize("code", ["LP1.1", "lp1.1", "LP5", "WSM06", "SRE.C1"])
def test_a_code_finds_what_has_it(service: Service, code: str) -> None:
    reply = service.http.get("/v1/search", params={"q": code, "kind": "element"})

    assert reply.json()["data"][0]["code"] == code.upper()


def test_only_the_first_words_that_nothing_has_are_read_as_others(service: Service) -> None:
    """Each costs a look at every word there is, and anybody may ask."""
    wrong = "transparncy phisicians finacial capabilty readmisions mortalty calender"
    reply = service.http.get("/v1/search", params={"q": f"xqzwv {wrong}"})

    assert list(reply.json()["corrected"]) == wrong.split()[:4]
    for digits in ("9" * 200, " ".join(str(one) for one in range(100, 150))):
        reply = service.http.get("/v1/search", params={"q": digits})
        assert (reply.status_code, reply.json()["corrected"]) == (200, {})


def test_questions_of_instruments_are_found_too(service: Service) -> None:
    reply = service.http.get("/v1/search", params={"q": "calendar", "kind": "item"})

    [first, *_] = reply.json()["data"]
    assert (first["instrument"], first["code"]) == (POINTS, "LP3.1")
    assert service.http.get(first["href"]).status_code == 200


@pytest.mark.parametrize("q", ["the of and", "¿¡!?", "xqzwv", "'); DROP TABLE x; --", "a" * 200])
def test_what_says_nothing_finds_nothing_and_breaks_nothing(service: Service, q: str) -> None:
    reply = service.http.get("/v1/search", params={"q": q})

    assert reply.status_code == 200
    assert isinstance(reply.json()["data"], list)


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": "a" * 201}, {"q": "a", "limit": "0"}])
def test_a_question_is_one_to_two_hundred_characters(
    service: Service, params: dict[str, str]
) -> None:
    assert service.http.get("/v1/search", params=params).status_code == 422


def test_a_language_that_there_is_not_is_english(service: Service) -> None:
    french = service.http.get("/v1/search", params={"q": "board", "lang": "fr"})

    assert french.headers["content-language"] == "en"
    english = service.http.get("/v1/search", params={"q": "board", "lang": "en"})
    assert french.json() == english.json()
