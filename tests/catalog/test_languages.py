"""Which language is answered in, and what a document is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.languages import choose, localize

BOTH = ["en", "es-419"]


@pytest.mark.parametrize(
    ("available", "wanted", "accept", "expected"),
    [
        pytest.param(BOTH, None, None, "en", id="English unless something else is asked"),
        pytest.param(BOTH, "es-419", None, "es-419", id="the language asked for"),
        pytest.param(BOTH, "ES-419", None, "es-419", id="tags are read in any case"),
        pytest.param(
            BOTH, "es-MX", None, "es-419", id="Mexican Spanish is served by Latin America"
        ),
        pytest.param(BOTH, "es", None, "es-419", id="a language without a region"),
        pytest.param(["es-419", "es", "en"], "es", None, "es", id="exact before related"),
        pytest.param(
            ["es-ES", "es-419"], "es-419", None, "es-419", id="exact, though listed later"
        ),
        pytest.param(BOTH, "en-GB", None, "en", id="British English is served by English"),
        pytest.param(BOTH, "fr", None, "en", id="a language that is not there falls back"),
        pytest.param(["de", "fr"], "it", None, "de", id="to the first, where there is no English"),
        pytest.param(BOTH, "e", None, "en", id="part of a tag is no tag"),
        pytest.param(BOTH, "est", None, "en", id="a longer tag is another language"),
        pytest.param(BOTH, "*", "es-419", "*", id="all languages at once"),
        pytest.param(BOTH, None, "es-419", "es-419", id="the header"),
        pytest.param(BOTH, "en", "es-419", "en", id="the parameter wins over the header"),
        pytest.param(BOTH, "fr", "es-419", "en", id="even if it names what is not there"),
        pytest.param(BOTH, "", "es-419", "es-419", id="an empty parameter is none"),
        pytest.param(BOTH, None, "en;q=0.5, es;q=0.8", "es-419", id="the heavier wish"),
        pytest.param(BOTH, None, "es, en", "es-419", id="the first of equal wishes"),
        pytest.param(BOTH, None, "es;q=0.9, en", "en", id="no weight is 1"),
        pytest.param(BOTH, None, "fr, de;q=0.9, es;q=0.1", "es-419", id="the best that there is"),
        pytest.param(BOTH, None, "es;q=0", "en", id="weight 0 is a refusal"),
        pytest.param(BOTH, None, "es;q=much, fr", "en", id="a weight that is no number"),
        pytest.param(BOTH, None, "*", "en", id="a header that takes anything"),
        pytest.param(BOTH, None, ", ,;q=1,", "en", id="a header that says nothing"),
    ],
)
def test_choose(
    available: list[str], wanted: str | None, accept: str | None, expected: str
) -> None:
    assert choose(available, wanted, accept) == expected


TAGS = st.from_regex(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})?", fullmatch=True)


@given(
    st.lists(TAGS, min_size=1, max_size=5, unique=True),
    st.none() | TAGS | st.text(max_size=35),
    st.none() | st.text(max_size=60) | st.text(alphabet="esn*-;q=0.1, ", max_size=40),
)
def test_there_is_always_an_answer(
    available: list[str], wanted: str | None, accept: str | None
) -> None:
    assert choose(available, wanted, accept) in {*available, *(["*"] if wanted == "*" else [])}


@given(st.lists(TAGS, min_size=1, max_size=5, unique_by=str.lower), st.data())
def test_what_is_there_is_served_when_asked_for(available: list[str], data: st.DataObject) -> None:
    tag = data.draw(st.sampled_from(available))

    assert choose(available, tag, None) == tag
    assert choose(available, None, f"xx;q=0.9, {tag}") == tag


@pytest.mark.parametrize(
    ("node", "language", "expected"),
    [
        pytest.param(
            {"title": {"en": "lever", "es": "palanca"}},
            "es",
            {"title": "palanca"},
            id="one text for one a language",
        ),
        pytest.param(
            {"sections": [{"items": [{"text": {"en": "a", "es": "b"}}]}]},
            "es",
            {"sections": [{"items": [{"text": "b"}]}]},
            id="at any depth",
        ),
        pytest.param(
            {"title": {"en": "lever"}}, "es", {"title": "lever"}, id="English where it is missing"
        ),
        pytest.param(
            {"title": {"de": "Hebel"}}, "es", {"title": "Hebel"}, id="anything before nothing"
        ),
        pytest.param(
            {"title": {"en": "lever", "es": "palanca"}},
            "*",
            {"title": {"en": "lever", "es": "palanca"}},
            id="all of them for the star",
        ),
        pytest.param(
            {"attributes": {"en": "no text"}, "title": "plain"},
            "en",
            {"attributes": {"en": "no text"}, "title": "plain"},
            id="what is no text stays",
        ),
        pytest.param(
            {"not_applicable": True}, "en", {"not_applicable": True}, id="a yes or no stays"
        ),
        pytest.param(
            {"not_applicable": {"en": "Does not apply"}, "dont_know": {"en": "I don't know"}},
            "en",
            {"not_applicable": "Does not apply", "dont_know": "I don't know"},
            id="the words for it are texts",
        ),
        pytest.param(
            {"translation_status": {"en": "original", "es": "unofficial"}},
            "es",
            {"translation_status": "unofficial"},
            id="how good the translation is",
        ),
        pytest.param(
            {"translation_status": {}},
            "en",
            {"translation_status": "original"},
            id="English is the original unless said",
        ),
    ],
)
def test_localize(node: object, language: str, expected: object) -> None:
    assert localize(node, language) == expected
