"""``palanca audit``: the whole trail verified, and heads kept where the database is not."""

import json
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from app.audit.chain import Head, Signer
from tests.cli.conftest import Outcome, Palanca, use
from tests.conftest import PEPPER, Organization, Service


@pytest.fixture
def trail(monkeypatch: pytest.MonkeyPatch, fresh_service: Service) -> Service:
    """A service of the test's own, named by the environment."""
    use(monkeypatch, fresh_service.server, fresh_service.database)
    return fresh_service


def run_sql(service: Service, *statements: str, chain: str) -> None:
    with service.superuser() as database:
        for statement in statements:
            assert database.execute(statement.encode(), {"chain": chain}).rowcount >= 1


def length(organization: Organization) -> int:
    seq: int = organization.client.get(f"{organization.path}/audit").json()["head"]["seq"]
    return seq


def test_a_whole_trail_is_ok(palanca: Palanca, trail: Service) -> None:
    trail.organization()
    with trail.superuser() as database:
        found = database.execute("SELECT count(*), count(DISTINCT chain_id) FROM audit_event")
        events, chains = found.fetchall()[0]

    said = f"ok {events} events in {chains} chains, 0 anchors\n"
    assert palanca("audit", "verify") == Outcome(0, said, "")


def test_of_each_broken_chain_the_first_broken_row_is_named(
    palanca: Palanca, trail: Service
) -> None:
    first, second, _ = (trail.organization() for _ in range(3))
    for organization in (first, second):
        assert organization.submit().status_code == 201
    run_sql(
        trail,
        "UPDATE audit_event SET body = '{}' WHERE chain_id = %(chain)s AND seq >= 2",
        chain=first.id,
    )
    run_sql(
        trail, "DELETE FROM audit_event WHERE chain_id = %(chain)s AND seq = 1", chain=second.id
    )

    done = palanca("audit", "verify")

    assert (done.code, done.err) == (1, "")
    assert set(done.out.splitlines()) == {
        f"chain {first.id} row 2 was altered",
        f"chain {second.id} row 1 is missing",
    }


CUT_BACK = (
    "DELETE FROM audit_event WHERE chain_id = %(chain)s AND seq > 2",
    """
    UPDATE audit_head h SET seq = kept.seq, hash = kept.hash, signature = kept.signature
    FROM kept WHERE kept.chain_id = h.chain_id AND h.chain_id = %(chain)s
    """,
)
"""Back to where the chain once ended: the head is genuine, and has been seen by customers."""


def test_a_chain_cut_back_to_an_earlier_head_is_found_by_an_anchor(
    palanca: Palanca, trail: Service, tmp_path: Path
) -> None:
    organization = trail.organization()
    assert length(organization) == 2
    run_sql(trail, "CREATE TABLE kept AS SELECT * FROM audit_head", chain=organization.id)
    anchor = tmp_path / "anchor.jsonl"
    for _ in range(3):
        assert organization.submit().status_code in {200, 201}
    assert length(organization) == 5
    made = palanca("audit", "anchor", anchor)
    assert (made.code, made.err) == (0, "")
    lines = [json.loads(line) for line in anchor.read_text().splitlines()]
    assert made.out == f"anchored {len(lines)} chains\n"
    assert [(one["chain"], one["seq"]) for one in lines if one["seq"] == 5] == [
        (organization.id, 5)
    ]
    assert palanca("audit", "verify", "--anchor", anchor).code == 0
    assert organization.submit().status_code in {200, 201}
    assert palanca("audit", "verify", "--anchor", anchor).code == 0, "a chain may grow"

    run_sql(trail, *CUT_BACK, chain=organization.id)

    assert palanca("audit", "verify").code == 0, "nothing in the database tells"
    found = palanca("audit", "verify", "--anchor", anchor)
    assert found == Outcome(1, f"chain {organization.id} row 3 is missing\n", "")

    for _ in range(4):
        assert organization.submit().status_code in {200, 201}
    assert palanca("audit", "verify").code == 0, "the service went on from there"
    found = palanca("audit", "verify", "--anchor", anchor)
    said = f"chain {organization.id} row 5 is not the row that was anchored\n"
    assert found == Outcome(1, said, "")


def test_a_chain_that_is_gone_is_found_by_an_anchor(
    palanca: Palanca, trail: Service, tmp_path: Path
) -> None:
    organization = trail.organization()
    anchor = tmp_path / "anchor.jsonl"
    assert palanca("audit", "anchor", anchor).code == 0
    run_sql(
        trail,
        "DELETE FROM audit_event WHERE chain_id = %(chain)s",
        "DELETE FROM audit_head WHERE chain_id = %(chain)s",
        chain=organization.id,
    )

    gone = f"chain {organization.id} row 1 is missing\n"
    assert palanca("audit", "verify") == Outcome(1, gone, ""), "for the organization is there"
    found = palanca("audit", "verify", "--anchor", anchor)
    assert found == Outcome(1, gone * 2, "")


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("ALTER POLICY audit_event_owner ON audit_event USING (seq <> 5)", "audit_event"),
        ("ALTER POLICY audit_head_owner ON audit_head USING (seq <> 5)", "audit_head"),
        (
            "CREATE POLICY more ON audit_event AS RESTRICTIVE FOR SELECT USING (seq <> 5)",
            "audit_event",
        ),
        ("DROP POLICY audit_head_owner ON audit_head", "audit_head"),
        ("ALTER TABLE audit_event DROP CONSTRAINT pk_audit_event", "audit_event"),
        ("ALTER TABLE audit_head DROP CONSTRAINT pk_audit_head CASCADE", "audit_head"),
    ],
)
def test_who_checks_is_not_shown_other_rows_than_there_are(
    palanca: Palanca, trail: Service, statement: str, table: str
) -> None:
    trail.organization()
    with trail.superuser() as database:
        database.execute(statement.encode())

    done = palanca("audit", "verify")

    assert done.code == 1
    said = f"{table} has another key or other policies than Palanca gave it"
    assert done.out.splitlines()[0] == said


def test_a_trail_that_is_gone_as_a_whole_is_missed(palanca: Palanca, trail: Service) -> None:
    organization = trail.organization()
    with trail.superuser() as database:
        database.execute("TRUNCATE audit_event, audit_head")

    assert palanca("audit", "verify") == Outcome(
        1, f"chain {organization.id} row 1 is missing\n", ""
    )


def test_no_anchors_are_no_comparison(palanca: Palanca, trail: Service, tmp_path: Path) -> None:
    trail.organization()
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    done = palanca("audit", "verify", "--anchor", empty)

    assert (done.code, done.out) == (1, "")
    assert "has no anchors" in done.err


def test_an_anchor_is_never_overwritten(
    palanca: Palanca, configured: Service, tmp_path: Path
) -> None:
    configured.organization()
    file = tmp_path / "anchor.jsonl"
    file.write_text("kept")

    done = palanca("audit", "anchor", file)

    assert (done.code, done.out) == (1, "")
    assert "FileExistsError" in done.err
    assert file.read_text() == "kept"


def test_a_forged_head_becomes_no_anchor(palanca: Palanca, trail: Service, tmp_path: Path) -> None:
    organization = trail.organization()
    run_sql(
        trail, "UPDATE audit_head SET seq = 1 WHERE chain_id = %(chain)s", chain=organization.id
    )
    file = tmp_path / "anchor.jsonl"

    done = palanca("audit", "anchor", file)

    assert (done.code, done.out) == (1, "")
    assert f"chain {organization.id} has a head that Palanca did not sign" in done.err
    assert not file.exists()


CHAIN = uuid4()


def anchored(pepper: str, **more: object) -> str:
    """A line of an anchor, signed with the keys of a pepper."""
    head = Head(1, bytes(32), Signer(pepper.encode()).sign(CHAIN, 1, bytes(32)))
    parts = {"seq": 1, "hash": head.hash.hex(), "signature": head.signature.hex()}
    return json.dumps({"chain": str(CHAIN), **parts, **more})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        pytest.param("", "Line 2 is no anchor", id="an empty line"),
        pytest.param("{", "Line 2 is no anchor", id="half a line"),
        pytest.param("[]", "Line 2 is no anchor", id="something else"),
        pytest.param(anchored(PEPPER, chain=7), "Line 2 is no anchor", id="no chain"),
        pytest.param(anchored(PEPPER, hash=7), "Line 2 is no anchor", id="no hash"),
        pytest.param(anchored(PEPPER, seq=2**70), "Line 2 is no anchor", id="no place"),
        pytest.param(anchored(PEPPER, seq=2), "did not sign", id="another place"),
        pytest.param(anchored(PEPPER, hash="00"), "did not sign", id="another hash"),
        pytest.param(anchored(PEPPER, signature=""), "did not sign", id="no signature"),
        pytest.param(anchored("a stranger's pepper"), "did not sign", id="another service's"),
    ],
)
def test_what_is_no_anchor_of_ours_is_said(
    palanca: Palanca, configured: Service, tmp_path: Path, line: str, said: str
) -> None:
    assert configured
    file = tmp_path / "anchor.jsonl"
    assert palanca("audit", "anchor", file).code == 0
    good = file.read_text().splitlines()[0]
    file.write_text(f"{good}\n{line}\n")

    done = palanca("audit", "verify", "--anchor", file)

    assert (done.code, done.out) == (1, "")
    assert said in done.err
    assert "Traceback" not in done.err


def test_with_another_pepper_no_chain_is_genuine(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = configured.organization()
    monkeypatch.setenv("PALANCA_KEY_PEPPER", "x" * 32)

    done = palanca("audit", "verify")

    assert done.code == 1
    assert f"chain {UUID(organization.id)} row 1 was not written here by Palanca" in done.out


def test_it_says_that_it_needs_the_owner(
    palanca: Palanca, configured: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert configured
    monkeypatch.delenv("PALANCA_ADMIN_DATABASE_URL")

    done = palanca("audit", "verify")

    assert (done.code, done.out) == (1, "")
    assert "Set PALANCA_ADMIN_DATABASE_URL" in done.err
