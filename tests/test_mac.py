"""Message authentication codes are the standard library's, whatever the key and the message."""

import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from app.mac import Mac, mac


@given(key=st.binary(max_size=200), messages=st.lists(st.binary(max_size=300), max_size=3))
@example(key=b"k" * 64, messages=[b""])
@example(key=b"k" * 65, messages=[b"a", b"a"])
def test_every_digest_is_the_standard_one(key: bytes, messages: list[bytes]) -> None:
    made = Mac(key)
    for message in messages:
        wanted = hmac.digest(key, message, "sha256")
        assert made.digest(message) == mac(key).digest(message) == wanted
