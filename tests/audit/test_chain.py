"""The chain as it is written: one text per event, hashes that never change, a head to verify."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st

from app.audit.chain import (
    OPERATOR_CHAIN,
    Broken,
    Fault,
    event_body,
    genesis,
    head_message,
    verify,
)
from tests.audit.chains import CHAIN, HEAD, OTHER, ROWS, SIGNER, body, written


@pytest.mark.parametrize("length", [1, 2, 50])
def test_a_chain_as_written_is_whole(length: int) -> None:
    assert verify(CHAIN, *written(length), SIGNER) is None


def test_the_way_of_hashing_never_changes() -> None:
    """Hashes are stored, and kept by customers: another encoding would break all of them."""
    assert body(1) == (
        '{"actor":{"client_id":"01890000-0000-7000-8000-000000000002","key_id":"k1234567",'
        '"kind":"organization"},"at":"2026-03-01T12:00:00Z","operation":"POST /v1/x",'
        '"status":201,"target":"/v1/x/1"}'
    )
    assert ROWS[0].hash.hex() == "0596799321ba7955655604ec3d551d625ff828537755259617e1439f8fd0ea7b"
    assert ROWS[0].seal.hex() == "dd755ba0bf8474caac59bf9efd0d37f6e194aed897cd2f31162daff238d3f9e4"
    assert (
        SIGNER.public_key.hex()
        == "73e9cd7ea3873ad28c5b984b935c786c68bbb1cc761dc0cacbd9cccf07d8f9ac"
    )
    assert HEAD.signature.hex() == (
        "65a1cc31fd1c12245216605566c79bad974e2401bf12f1dc4305bde3c7d80c39"
        "ffdca9ac05ffd39a905ed6932c7066688f4f8e4b0764ca192c0339dda4fb340a"
    )


def test_a_head_can_be_verified_by_whoever_has_the_public_key() -> None:
    key = Ed25519PublicKey.from_public_bytes(SIGNER.public_key)

    key.verify(HEAD.signature, head_message(CHAIN, HEAD.seq, HEAD.hash))
    with pytest.raises(InvalidSignature):
        key.verify(HEAD.signature, head_message(CHAIN, HEAD.seq - 1, HEAD.hash))


@given(
    operation=st.text(),
    target=st.none() | st.text(),
    kind=st.text(),
    status=st.none() | st.integers(100, 599),
    at=st.datetimes(datetime(2, 1, 1), timezones=st.just(timezone(timedelta(hours=5)))),  # noqa: DTZ001
)
@example("\x7f", "\ud800", "\x1f\u2028", None, datetime(2026, 1, 1, tzinfo=UTC))
def test_an_event_is_one_text_and_can_be_had_back(
    operation: str, target: str | None, kind: str, status: int | None, at: datetime
) -> None:
    actor = {"kind": kind, "client_id": None, "key_id": None}
    text = event_body(at=at, operation=operation, target=target, actor=actor, status=status)

    parts = json.loads(text)

    assert text.isascii()
    assert "\0" not in text
    assert datetime.fromisoformat(parts.pop("at")) == at
    assert parts == {"operation": operation, "target": target, "actor": actor, "status": status}
    at_utc = {"at": at.astimezone(UTC).isoformat().replace("+00:00", "Z")}
    again = json.dumps(parts | at_utc, sort_keys=True, separators=(",", ":"))
    assert again == text


def test_two_chains_never_begin_alike() -> None:
    assert len({genesis(CHAIN), genesis(OTHER), genesis(OPERATOR_CHAIN)}) == 3


def test_a_finding_is_a_sentence() -> None:
    assert str(Broken(CHAIN, 7, Fault.MISSING)) == f"chain {CHAIN} row 7 is missing"
    assert str(Broken(CHAIN, None, Fault.NO_HEAD)) == f"chain {CHAIN} has no head"
