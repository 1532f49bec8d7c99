"""What an anonymous practice must not say."""

import pytest

from app.practices.screening import look_at, refused, telling
from tests.conftest import Service
from tests.practices.writing import write

NAMES = ("Hospital General San Lázaro de Quetzal", "QZ-014", "030241")

TELLING = {
    "the name": "At Hospital General San Lázaro de Quetzal we began with one ward.",
    "its rare word, without accents": "In Lazaro the rounds took a week.",
    "in capitals": "QUETZAL is where it began.",
    "an identifier": "Our number is 030241.",
    "an external id": "See QZ 014 for the form.",
    "an e-mail address": "Write to ann@example.org.",
    "a web address": "See www.example.org/rounds.",
    "another web address": "See https://example.org.",
    "a telephone number": "Call +502 2333-4455.",
}
SILENT = {
    "words that many names have": "A general hospital with a network of care, in the north.",
    "a part of a word": "The lazarette is far away.",
    "counts and dates": "From 2024 to 2025 it fell from 34 to 12 in 1,000 bed days.",
    "another's name": "We read of it in a paper from Boston.",
}


@pytest.mark.parametrize("case", TELLING)
def test_what_tells_is_found(case: str) -> None:
    assert list(refused({"/what": TELLING[case]}, NAMES))


@pytest.mark.parametrize("case", SILENT)
def test_what_tells_nothing_is_let_through(case: str) -> None:
    assert list(refused({"/what": SILENT[case]}, NAMES)) == []


def test_common_words_are_no_names() -> None:
    assert telling(["Hospital General San Lázaro"]) == {"hospital general san lazaro", "lazaro"}


def test_a_curator_is_shown_names_within_sentences() -> None:
    told = look_at({"/what": "Our sister ward in Huehuetenango, and Doctor Ana López, did it too."})

    assert told == [("/what", ["Huehuetenango", "Doctor Ana López"])]


def test_an_anonymous_one_that_tells_is_not_handed_in(service: Service) -> None:
    organization = service.organization(name="Hospital Quetzal")
    telling_one = write(service, organization, anonymous=True, what="Quetzal did it first")
    named = write(service, organization, what="Quetzal did it first")

    refused_one, taken = telling_one.hand_in(), named.hand_in()

    [wrong] = refused_one.json()["errors"]
    assert (wrong["pointer"], wrong["code"]) == ("/practice/what", "tells-who")
    assert telling_one.seen()["status"] == "draft"
    assert taken.status_code == 201


def test_the_networks_name_is_found_when_it_is_to_be_accepted(service: Service) -> None:
    body = {"external_id": "red-zunil", "name": "Red Zunil"}
    network = service.operator.post("/v1/networks", json=body).json()["id"]
    organization = service.organization(network=network)
    written = write(service, organization, anonymous=True, what="All of Zunil did it")

    assert written.hand_in().status_code == 201
    reply = written.decide()

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["received"] == "zunil"
    assert written.seen()["status"] == "in_review"
