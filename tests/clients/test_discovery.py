"""What the service says of itself to programs that want a token."""

from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from app.cli.options import reached_at
from app.settings import Settings
from tests.clients.asking import ISSUER
from tests.conftest import Service


def test_the_documents_say_where_and_how(service: Service) -> None:
    http = service.http
    headers = {"Host": "attacker.example", "X-Forwarded-Host": "attacker.example"}

    server, smart = (
        http.get(f"/.well-known/{name}", headers=headers).json()
        for name in ("oauth-authorization-server", "smart-configuration")
    )

    both: dict[str, Any] = {
        "token_endpoint": f"{ISSUER}/oauth/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ["ES384", "RS384"],
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "introspection_endpoint": f"{ISSUER}/oauth/introspect",
        "revocation_endpoint": f"{ISSUER}/oauth/revoke",
    }
    assert both.items() <= server.items()
    assert both.items() <= smart.items()
    assert server["issuer"] == ISSUER
    assert server["scopes_supported"] == smart["scopes_supported"]
    assert "submissions:write" in server["scopes_supported"]
    assert "clients:write" not in server["scopes_supported"]
    assert smart["capabilities"] == [
        "client-confidential-asymmetric",
        "client-confidential-symmetric",
    ]
    assert smart["code_challenge_methods_supported"] == ["S256"]
    for name in ("introspection", "revocation"):
        for what in ("methods", "signing_alg_values"):
            own = server[f"{name}_endpoint_auth_{what}_supported"]
            assert own == both[f"token_endpoint_auth_{what}_supported"]


def test_every_named_endpoint_is_there(service: Service) -> None:
    found = service.http.get("/.well-known/oauth-authorization-server").json()
    addresses = [value for name, value in found.items() if name.endswith("_endpoint")]

    assert len(addresses) == 3
    for address in addresses:
        reply: httpx.Response = service.http.post(httpx.URL(address).path)
        assert reply.json()["error"] == "invalid_request"
    assert service.http.get(httpx.URL(found["service_documentation"]).path).is_success


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://palanca.example", "https://palanca.example"),
        ("https://palanca.example/", "https://palanca.example"),
        ("http://127.0.0.1:8001/below/", "http://127.0.0.1:8001/below"),
    ],
)
def test_the_address_is_a_base_for_others(given: str, taken: str) -> None:
    assert Settings(public_url=given).public_url == taken


@pytest.mark.parametrize(
    "given", ["palanca.example", "ftp://palanca.example", "https://", "https://x?y", "https://x#y"]
)
def test_what_is_no_base_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="an address such as"):
        Settings(public_url=given)


def test_where_nothing_is_said_it_is_the_address_listened_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = "http://127.0.0.1:9999"
    assert reached_at(Settings(), here).public_url == here

    monkeypatch.setenv("PALANCA_PUBLIC_URL", "https://palanca.example")
    assert reached_at(Settings(), here).public_url == "https://palanca.example"
