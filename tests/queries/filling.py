"""Many organizations in one release, written behind the service: quick, and of known figures."""

from typing import Any

from tests.conftest import Caller, Service
from tests.inputs import INSTRUMENT
from tests.isolation.published import publish_release

RELEASE = 1
SETUP = """
CREATE TEMP TABLE made AS
SELECT gen_random_uuid() AS id, gen_random_uuid() AS round, n,
  (n * 37 %% 101)::float8 AS score,
  CASE WHEN n %% 3 = 0 THEN 'yes' ELSE 'no' END AS teaching,
  (ARRAY['public', 'nonprofit', 'for_profit'])[n %% 3 + 1] AS ownership,
  (ARRAY['under_100', '100_299', '300_plus'])[n / 3 %% 3 + 1] AS size_band
FROM generate_series(1, %s) AS n;
"""
FILL = """
INSERT INTO organization (id, external_id, identifiers, name, attributes, agreement_version,
  benchmark, research, partner, share_with_network, created_at)
SELECT id, 'Q' || n, '{}', 'Q' || n, '{}', (SELECT min(version) FROM agreement), true, true, true,
  false, now() FROM made;
INSERT INTO participation (organization_id, id, agreement_version, text_sha256, signed_by,
  signed_on, benchmark, research, partner, share_with_network, client_id, recorded_at)
SELECT made.id, gen_random_uuid(), version, text_sha256, 'the board', current_date, true, true,
  true, false, (SELECT id FROM client LIMIT 1), now() - interval '1 day'
FROM made, (SELECT version, text_sha256 FROM agreement LIMIT 1) AS signed;
INSERT INTO assessment (organization_id, id, instrument_version_id, period, period_end, opened_at,
  locked_at)
SELECT made.id, round, (SELECT id FROM instrument_version WHERE instrument = 'small'), '2024',
  '2024-12-31', now(), now() FROM made;
INSERT INTO result (organization_id, assessment_id, basis, respondents, overall, section_scores,
  detail, locked_at)
SELECT id, round, 'consensus', 1, score,
  ARRAY[score, CASE WHEN n % 2 = 0 THEN score END], '{}', now() FROM made;
INSERT INTO release_contribution (organization_id, assessment_id, release_number, cohorts)
SELECT id, round, 1, ARRAY['all', 'teaching:' || teaching, 'ownership:' || ownership,
  'size_band:' || size_band, 'size_band:' || size_band || ';teaching:' || teaching] FROM made;
ANALYZE organization, participation, assessment, result, release_contribution;
"""


def fill(service: Service, organizations: int) -> None:
    """So many organizations, all counted in release 1.

    The figure of the n-th is ``n * 37 % 101``; of every second there is none in section B.
    """
    publish_release(service)
    with service.superuser() as database:
        database.execute(SETUP.encode(), [organizations])
        database.execute(FILL.encode())


def score_of(number: int) -> int:
    """The figure of the n-th organization."""
    return number * 37 % 101


def query(**more: Any) -> dict[str, Any]:
    """A query of all organizations, with changes."""
    named = {name: INSTRUMENT[name] for name in ("instrument", "version")}
    return {
        "release": RELEASE,
        **named,
        "statistic": "mean",
        "epsilon_thousandths": 250,
        **more,
    }


def ask(client: Caller, **more: Any) -> Any:
    """Ask, with whatever comes of it."""
    return client.post("/v1/queries", json=query(**more))


APPROVED = ("queries:read", "queries:write", "clients:read", "clients:write")
