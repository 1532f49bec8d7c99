"""All that an operator can set, each by an environment variable ``PALANCA_...``.

Numbers that protect privacy have a floor: they can be made stricter, never weaker.
"""

import os
import secrets
import tempfile
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from limits import parse_many
from platformdirs import user_data_path
from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

Secret = Annotated[SecretStr, Field(min_length=32)]


def _one_rate(text: str) -> str:
    """A rate in the words of the library ``limits``."""
    rates = parse_many(text)
    if len(rates) != 1 or rates[0].amount < 1:
        raise ValueError("one rate, such as 100/minute")
    return text


Rate = Annotated[str, AfterValidator(_one_rate)]


def _base(text: str) -> str:
    """An address that others can be made from by adding to it."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("an address such as https://palanca.example")
    return text.rstrip("/")


PublicUrl = Annotated[str, AfterValidator(_base)]


def _days(text: str) -> str:
    """Days that every year has, each once."""
    days = [date.fromisoformat(f"2001-{one}") for one in text.split()]
    if not days or len(set(days)) != len(days):
        raise ValueError("days such as 01-15 04-15 07-15 10-15, each once")
    return text


Days = Annotated[str, AfterValidator(_days)]


class Settings(BaseSettings):
    """What the service needs to know about where it runs."""

    model_config = SettingsConfigDict(env_prefix="PALANCA_", frozen=True, extra="ignore")

    data_dir: Path = Field(
        default_factory=lambda: user_data_path("palanca"),
        description="Folder of the embedded PostgreSQL and of generated secrets.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL as role palanca_app; unset: the embedded one in data_dir.",
    )
    release_database_url: SecretStr | None = Field(
        default=None,
        description=(
            "The same database as role palanca_release, which answers benchmarks and cannot read "
            "submissions; unset: database_url with that role and the same password."
        ),
    )
    admin_database_url: SecretStr | None = Field(
        default=None,
        description=(
            "A role that may create roles and tables; read by `palanca db upgrade` and "
            "`palanca audit` only."
        ),
    )
    key_pepper: Secret | None = Field(
        default=None,
        description=(
            "Mixed into every stored hash of a key or respondent, 32 characters or more; "
            "unset with the embedded database: made once and kept in data_dir."
        ),
    )
    key_environment: Literal["live", "test"] = Field(
        default="live", description="Second part of every key: plc_live_... or plc_test_..."
    )
    public_url: PublicUrl = Field(
        default="http://127.0.0.1:8000",
        description=(
            "Where clients reach the service, https in production: what they sign is meant for "
            "this address. `palanca serve` and `demo` use the one they listen on."
        ),
    )
    pool_size: int = Field(
        default=10, ge=1, le=90, description="Database connections a process may hold."
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1024, description="Largest request body, counted as it arrives."
    )
    max_bulk_bytes: int = Field(
        default=20_971_520,
        ge=1024,
        description="Largest body of many organizations, counted after decompression.",
    )
    max_import_bytes: int = Field(
        default=1_073_741_824,
        ge=1024,
        description="Largest body of an import, counted after decompression; it goes to disk.",
    )
    import_part_lines: int = Field(
        default=1_000,
        ge=1,
        le=10_000,
        description=(
            "Lines of an import that are carried out in one transaction: so many are answered at "
            "once, and more are left to a worker."
        ),
    )
    body_seconds: float = Field(
        default=30, gt=0, description="How long a request body may take to arrive."
    )
    import_seconds: float = Field(
        default=900, gt=0, description="The same for the body of an import."
    )
    rate_limit: Rate = Field(
        default="6000/minute", description="Requests of one party: `100/minute`, `5/10 seconds`."
    )
    anonymous_rate_limit: Rate = Field(
        default="1200/minute",
        description="Requests of one address without a key, or with one that is refused.",
    )
    rate_limit_storage: SecretStr = Field(
        default=SecretStr("async+memory://"),
        description=(
            "Where requests are counted: in each process for itself, or for all of them in Redis, "
            "`async+redis://host:6379/0`."
        ),
    )
    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=300,
        description="How long requests are still taken after SIGTERM, while /readyz says 503.",
    )
    erasure_days: int = Field(
        default=7,
        ge=0,
        le=365,
        description="Days in which the erasure of an organization can still be called off.",
    )
    min_team: int = Field(
        default=3,
        ge=3,
        description="Fewest respondents for a role's figures, and for a team in a benchmark.",
    )
    min_organizations: int = Field(
        default=10, ge=10, description="Fewest organizations behind a published mean."
    )
    min_networks: int = Field(
        default=5, ge=5, description="Fewest networks behind a published cell."
    )
    min_age_days: int = Field(
        default=90, ge=90, description="Days from a period's end until it may be published."
    )
    gate_targets: int = Field(
        default=200,
        ge=12,
        description="Scores that the release gate tries with histograms too, beside all by means.",
    )
    max_age_days: int = Field(
        default=1096,
        ge=180,
        description="Days from a period's end until it is no longer published.",
    )

    release_days: Days = Field(
        default="01-15 04-15 07-15 10-15",
        description="Days of each year (UTC) on which the worker builds a release, if one can be.",
    )
    queries: bool = Field(
        default=False,
        description=(
            "Whether researchers whom the operator gave the scope queries:write may ask queries "
            "of their own over a release, with differential privacy."
        ),
    )
    query_epsilon: int = Field(
        default=250, ge=1, le=250, description="Thousandths of epsilon that one query may cost."
    )
    query_epsilon_researcher: int = Field(
        default=2_000, ge=1, le=2_000, description="The same, of one researcher in a year."
    )
    query_epsilon_everybody: int = Field(
        default=8_000, ge=1, le=8_000, description="The same, of all researchers in a year."
    )
    query_min_organizations: int = Field(
        default=100,
        ge=100,
        description="Fewest organizations, as counted with noise, behind an answer to a query.",
    )

    def pepper(self) -> bytes:
        """The secret behind stored hashes; made in the data folder when nothing is configured.

        Raises:
            ValueError: a database is configured and the pepper is not.
        """
        if self.key_pepper is not None:
            return self.key_pepper.get_secret_value().encode()
        if self.database_url is not None:
            raise ValueError("Set PALANCA_KEY_PEPPER: 32 characters or more, kept secret")
        file = self.data_dir / "pepper"
        if not file.exists():
            self.data_dir.mkdir(parents=True, exist_ok=True)
            handle, fresh = tempfile.mkstemp(dir=self.data_dir)
            with os.fdopen(handle, "w") as new:
                new.write(secrets.token_urlsafe(48))
            # Appears whole or not at all; whoever is first decides for everybody.
            with suppress(FileExistsError):
                os.link(fresh, file)
            Path(fresh).unlink()
        return file.read_bytes()
