"""Requests are compared with the routes of their part of the service, not with all of them."""

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.testclient import TestClient

from app.api import Part, Route
from app.main import create_app
from tests.conftest import Service


@pytest.fixture
def parts() -> FastAPI:
    """Two parts, one with a prefix, each with a router inside."""

    async def here() -> str:
        return "here"

    inner, within, outer, prefixed = APIRouter(), APIRouter(), Part(), Part(prefix="/c/{it}")
    inner.add_api_route("/b/{it}", here)
    outer.add_api_route("/a", here)
    outer.include_router(inner)
    prefixed.add_api_route("", here)
    within.add_api_route("/more", here, methods=["POST"])
    prefixed.include_router(within)
    app = FastAPI()
    for part in (outer, prefixed):
        app.include_router(part, prefix="/v1")
    return app


@pytest.mark.parametrize(
    ("path", "status"),
    [
        *(("/v1/a", 200), ("/v1/b/x", 200), ("/v1/c/x", 200), ("/v1/c/x/more", 405)),
        *(("/v1/a/x", 404), ("/v1/b", 404), ("/v1", 404), ("/v1/d", 404), ("/a", 404), ("/", 404)),
    ],
)
def test_all_routes_of_a_part_are_found_and_no_others(
    parts: FastAPI, path: str, status: int
) -> None:
    with TestClient(parts) as http:
        assert http.get(path).status_code == status
    with TestClient(parts, root_path="/below") as http:
        assert http.get(f"/below{path}").status_code == status


def test_another_parts_request_is_not_compared(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared, matches = [0], APIRoute.matches

    def counting(self: APIRoute, scope: dict[str, object]) -> tuple[Match, dict[str, object]]:
        compared[0] += 1
        return matches(self, scope)  # type: ignore[return-value]

    monkeypatch.setattr(APIRoute, "matches", counting)
    assert service.http.get("/v1/frameworks?nothing=1").status_code == 422

    routes = sum(len(one) for one in service.http.get("/openapi.json").json()["paths"].values())
    assert 0 < compared[0] < routes / 3


def test_every_versioned_part_is_one(service: Service) -> None:
    routes = create_app(service.settings).router.routes
    routers = (getattr(one, "original_router", None) for one in routes)
    parts = [one for one in routers if isinstance(one, Part)]

    assert len(parts) > 15
    assert all(one.words and issubclass(one.route_class, Route) for one in parts)
