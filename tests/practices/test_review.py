"""From a draft to the library: who may do what, and when."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.practices.library import day_of
from app.practices.models import TRANSITIONS, PracticeStatus
from tests.conftest import Service
from tests.practices.writing import publish, write
from tests.writes.hospitals import PRACTICE

TODAY = datetime.now(UTC).date()


def test_a_practice_is_written_reviewed_and_published(service: Service) -> None:
    written = write(service)
    client = written.organization.client

    assert written.seen()["status"] == "draft"
    first, again = written.hand_in(), written.hand_in()
    assert (first.status_code, again.status_code) == (201, 200)
    waiting = service.operator.get("/v1/practice-reviews?limit=200").json()["data"]
    assert written.organization.id in {one["organization"] for one in waiting}
    accepted = written.decide()

    assert accepted.json()["status"] == "accepted"
    assert accepted.json()["publish_on"] == str(TODAY)
    published = client.get(f"/v1/practices/{accepted.json()['published']}")
    assert published.headers["cache-control"] == "public, max-age=300"
    name = client.get(written.organization.path).json()["name"]
    assert published.json()["by"] == name
    assert published.json()["steps"] == PRACTICE["steps"]
    waiting = service.operator.get("/v1/practice-reviews?limit=200").json()["data"]
    assert written.organization.id not in {one["organization"] for one in waiting}


def test_what_is_returned_says_why_and_can_be_handed_in_again(service: Service) -> None:
    written = write(service)
    written.hand_in()

    silent = written.decide("return")
    returned = written.decide("return", remark="Say how long it took")
    rewritten = written.organization.client.request(
        "PUT", written.path, json={**PRACTICE, "effort": "days"}
    )

    assert silent.json()["errors"][0]["pointer"] == "/remark"
    assert returned.json()["status"] == "returned"
    assert written.seen()["remark"] == "Say how long it took"
    assert rewritten.json()["practice"]["effort"] == "days"
    assert written.hand_in().status_code == 201


def test_what_is_in_review_or_accepted_does_not_change(service: Service) -> None:
    written = write(service)
    written.hand_in()
    client = written.organization.client

    in_review = client.request("PUT", written.path, json=PRACTICE)
    written.decide()
    accepted = client.request("PUT", written.path, json=PRACTICE)
    twice = written.decide()

    for reply in (in_review, accepted, twice):
        assert reply.status_code == 409
        assert reply.json()["type"] == "/problems/practice-stands"


def test_withdrawing_takes_down_what_is_published(service: Service) -> None:
    written = write(service)
    written.hand_in()
    where = f"/v1/practices/{written.decide().json()['published']}"
    client = written.organization.client
    assert client.get(where).status_code == 200

    first, again = written.withdraw(), written.withdraw()

    assert (first.status_code, again.status_code) == (201, 200)
    assert client.get(where).status_code == 404
    with service.superuser() as database:
        [(body, words)] = database.execute(
            "SELECT body, words FROM published_practice WHERE id = %s", [where.rsplit("/", 1)[1]]
        ).fetchall()
    assert (body, words) == ({}, "")


def test_no_state_is_left_but_by_the_table() -> None:
    assert TRANSITIONS.keys() == set(PracticeStatus)
    assert TRANSITIONS[PracticeStatus.WITHDRAWN] == frozenset()
    assert all(PracticeStatus.WITHDRAWN in to for one, to in TRANSITIONS.items() if to)


@pytest.mark.parametrize(
    ("more", "pointer"),
    [
        ({"elements": ["seven-leverage-points:LP99"]}, "/elements/0"),
        ({"elements": []}, "/elements"),
        ({"steps": []}, "/steps"),
        ({"cost": "cheap"}, "/cost"),
        ({"licence": "all rights reserved"}, "/licence"),
        ({"anonymous": True, "contact": "Ann, ward 3"}, "/contact"),
    ],
)
def test_what_is_wrong_is_told(service: Service, more: dict[str, Any], pointer: str) -> None:
    organization = service.organization()

    reply = organization.client.post(f"{organization.path}/practices", json={**PRACTICE, **more})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["pointer"] == pointer


def test_curators_see_nothing_but_what_waits(service: Service) -> None:
    draft = write(service)
    done = write(service)
    done.hand_in()
    done.decide()

    waiting = service.operator.get("/v1/practice-reviews?limit=200").json()["data"]

    ids = {one["id"] for one in waiting}
    assert not ids & {draft.path.rsplit("/", 1)[1], done.path.rsplit("/", 1)[1]}
    assert service.operator.get(draft.path).status_code == 403


@pytest.mark.parametrize(
    "day", [date(2026, 1, 1) + timedelta(days=one) for one in range(0, 366, 5)]
)
def test_anonymous_ones_come_out_together_and_late(day: date) -> None:
    out = day_of(day, is_anonymous=True)

    assert out.day == 1
    assert 90 <= (out - day).days <= 125
    assert day_of(day, is_anonymous=False) == day


def test_an_anonymous_one_is_not_there_before_its_day(service: Service) -> None:
    published = publish(service, anonymous=True, title="Nobody knows whose")

    assert service.http.get(f"/v1/practices/{published}").status_code == 404
    titles = [one["title"] for one in service.http.get("/v1/practices").json()["data"]]
    assert "Nobody knows whose" not in titles
    with service.superuser() as database:
        database.execute(
            "UPDATE published_practice SET publish_on = %s WHERE id = %s", [TODAY, published]
        )
    out = service.operator.get(f"/v1/practices/{published}").json()
    assert (out["title"], out["by"], out["contact"]) == ("Nobody knows whose", None, None)
    assert "organization" not in str(out).lower()
