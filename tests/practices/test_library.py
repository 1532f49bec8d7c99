"""What everybody reads: pages, filters, feeds."""

from typing import Any
from xml.etree import ElementTree as ET

from tests.conftest import Service
from tests.practices.writing import publish

ATOM = "{http://www.w3.org/2005/Atom}"


def titles(service: Service, query: str = "") -> list[str]:
    reply = service.http.get(f"/v1/practices{query}")
    assert reply.status_code == 200, reply.text
    return [one["title"] for one in reply.json()["data"]]


def filled(service: Service) -> None:
    kinds: dict[str, dict[str, Any]] = {
        "Rounds at night": {"cost": "none", "effort": "days"},
        "Camas con alarma": {"cost": "high", "language": "es-419", "what": "Caídas: ninguna"},
        "A board of aims": {"elements": ["seven-leverage-points:LP1"], "effort": "months"},
    }
    for title, more in kinds.items():
        publish(service, title=title, **more)


def test_what_is_looked_for_is_found(fresh_service: Service) -> None:
    filled(fresh_service)

    assert set(titles(fresh_service)) == {"Rounds at night", "Camas con alarma", "A board of aims"}
    assert titles(fresh_service, "?element=seven-leverage-points:LP1") == ["A board of aims"]
    assert titles(fresh_service, "?cost=high") == ["Camas con alarma"]
    assert titles(fresh_service, "?effort=days") == ["Rounds at night"]
    assert titles(fresh_service, "?language=es-419") == ["Camas con alarma"]
    assert titles(fresh_service, "?q=caidas ninguna") == ["Camas con alarma"]
    assert titles(fresh_service, "?q=100%25_") == []
    assert titles(fresh_service, "?q=alarma&cost=none") == []


def test_pages_hold_each_practice_once(fresh_service: Service) -> None:
    filled(fresh_service)
    found, where = [], "/v1/practices?limit=1"
    while where:
        page = fresh_service.http.get(where).json()
        found += [one["id"] for one in page["data"]]
        cursor = page["page"]["next_cursor"]
        where = f"/v1/practices?limit=1&cursor={cursor}" if cursor else ""

    assert len(found) == len(set(found)) == 3


def test_feeds_are_what_readers_read(fresh_service: Service) -> None:
    publish(fresh_service, title="Rounds & <rest>")

    atom = fresh_service.http.get("/v1/practices/feed.atom")
    feed = fresh_service.http.get("/v1/practices/feed.json")

    root = ET.fromstring(atom.text)  # noqa: S314 - ours
    assert root.tag == f"{ATOM}feed"
    assert [one.findtext(f"{ATOM}title") for one in root.iter(f"{ATOM}entry")] == [
        "Rounds & <rest>"
    ]
    for name in ("id", "updated", "title"):
        assert root.findtext(f"{ATOM}{name}")
    [item] = feed.json()["items"]
    assert feed.json()["version"] == "https://jsonfeed.org/version/1.1"
    assert item["title"] == "Rounds & <rest>"
    assert fresh_service.http.get(item["url"]).status_code == 200
