"""Values that a hostile or broken client puts into fields and parameters, as data.

JSON values are JSON *text*, so that they can say what no JSON value is: NaN, a number without end,
one key twice. Texts are as they travel: percent-encoded in paths, queries and forms.
"""

import base64
from collections.abc import Iterator
from dataclasses import dataclass

MB = 1_000_000
LONG = 50 * MB
"""Bytes of the longest values: fifty times what any body may have."""
DEEP = 100_000


@dataclass(frozen=True)
class Long:
    """A value of 50 MB, made as it is sent: one unit again and again between two ends."""

    start: bytes
    unit: bytes
    end: bytes

    def __len__(self) -> int:
        return len(self.start) + LONG // MB * len(self._piece) + len(self.end)

    def __iter__(self) -> Iterator[bytes]:
        yield self.start
        for _ in range(LONG // MB):
            yield self._piece
        yield self.end

    @property
    def _piece(self) -> bytes:
        return self.unit * (MB // len(self.unit))


Part = bytes | Long
"""Of a body."""

JSON: dict[str, Part] = {
    # Wrong types
    "null": b"null",
    "true": b"true",
    "false": b"false",
    "a list with nothing": b"[]",
    "a list of null": b"[null]",
    "an object with nothing": b"{}",
    "an object of null": b'{"a": null}',
    "a list in a list": b"[[]]",
    "a list of unlike things": b'[1, "a", null, {}, []]',
    # Numbers
    "zero": b"0",
    "minus zero": b"-0.0",
    "minus one": b"-1",
    "a half": b"0.5",
    "one, as a fraction": b"1.0",
    "one, as a power": b"10e-1",
    "beyond int2": b"32768",
    "beyond int4": b"2147483648",
    "the last of int8": b"9223372036854775807",
    "beyond int8": b"9223372036854775808",
    "below int8": b"-9223372036854775809",
    "beyond 64 bits": b"18446744073709551616",
    "forty digits": b"1" * 40,
    "4,301 digits": b"1" * 4301,
    "1e308": b"1e308",
    "1e999": b"1e999",
    "minus 1e999": b"-1e999",
    "1e-400": b"1e-400",
    "a power without end": b"1e" + b"9" * 1000,
    "NaN": b"NaN",
    "Infinity": b"Infinity",
    "minus Infinity": b"-Infinity",
    "a power beyond all types": b"1E400000000",
    # Texts that are no text
    "an empty text": b'""',
    "a space": b'" "',
    "NUL": b'"\\u0000"',
    "NUL within": b'"a\\u0000b"',
    "a lone high surrogate": b'"\\ud800"',
    "a lone low surrogate": b'"\\udfff"',
    "surrogates the wrong way round": b'"\\udc00\\ud800"',
    "bytes that are no UTF-8": b'"\xff\xfe"',
    "surrogates in UTF-8": b'"\xed\xa0\x80"',
    "control characters": b'"\\u0001\\u0008\\u001b[31m\\u007f\\u0085"',
    "line breaks": b'"a\\r\\nSet-Cookie: b=c\\r\\n\\r\\n"',
    "an emoji": b'"\\ud83d\\udca9"',
    "right to left": b'"\\u202etxt.exe"',
    "nothing to see": b'"\\u200b\\u200d\\ufeff\\u2060"',
    "a thousand accents": b'"e' + "\u0301".encode() * 1000 + b'"',
    "full-width digits": b'"\\uff11\\uff12\\uff13"',
    "Arabic digits": '"٢٠٢٦"'.encode(),
    "letters that change their length": '"ẞİŉǰΐ"'.encode(),
    "not a character": b'"\\uffff\\ufffe"',
    # Texts that mean something elsewhere
    "a quote": b'"\\"\'`"',
    "SQL": b'"\'; DROP TABLE organization; --"',
    "SQL that waits": b'"1\' OR pg_sleep(10) IS NULL --"',
    "a pattern": b'"%_%"',
    "a backslash": b'"\\\\"',
    "a path": b'"../../../../etc/passwd"',
    "a script": b'"<script>alert(1)</script>"',
    "a template": b'"{{7*7}}${7*7}#{7*7}%(a)s{0.__class__}"',
    "a lookup": b'"${jndi:ldap://127.0.0.1/a}"',
    "a formula": b"\"=cmd|' /C calc'!A0\"",
    "format letters": b'"%s%n%x%d"',
    "a reference": b'{"$ref": "#/components/schemas/Problem"}',
    "a prototype": b'{"__proto__": {"admin": true}, "constructor": {}}',
    "an operator": b'{"$gt": ""}',
    "a class": b'{"__class__": "os.system", "py/object": "x"}',
    "null, as text": b'"null"',
    "NaN, as text": b'"NaN"',
    "1e999, as text": b'"1e999"',
    "true, as text": b'"true"',
    "a number, as text": b'"-1"',
    "a number of 5,000 digits, as text": b'"' + b"9" * 5000 + b'"',
    "a fraction over nothing": b'"1/0"',
    "a pattern's own worst": b'"' + b"a" * 5000 + b'!"',
    "hyphens without end": b'"aa' + b"-aa" * 20_000 + b'"',
    # Days and times
    "30 February": b'"2026-02-30"',
    "month 13": b'"2026-13-01"',
    "year 0": b'"0000-01-01"',
    "before year 0": b'"-0001-01-01"',
    "year 9999": b'"9999-12-31"',
    "year 10000": b'"10000-01-01"',
    "the end of time, west of here": b'"9999-12-31T23:59:59.999999-23:59"',
    "the start of time, east of here": b'"0001-01-01T00:00:00+23:59"',
    "a leap second": b'"2016-12-31T23:59:60Z"',
    "hour 25": b'"2026-01-31T25:00:00Z"',
    "a zone too far": b'"2026-01-31T00:00:00+99:99"',
    "a time without a zone": b'"2026-01-31T00:00:00"',
    "a thousand decimals": b'"2026-01-31T00:00:00.' + b"9" * 1000 + b'Z"',
    "the second after year 9999": b"253402300800",
    "a week": b'"2026-W53-7"',
    "a period that is none": b'"2026-Q5"',
    "a period of year 0": b'"0000-H1"',
    "a period of year 9999": b'"9999-H2"',
    # Ids
    "the id of nothing": b'"00000000-0000-0000-0000-000000000000"',
    "the last id": b'"ffffffff-ffff-ffff-ffff-ffffffffffff"',
    "an id in braces": b'"{01980000-0000-7000-8000-000000000000}"',
    "an id as a name": b'"urn:uuid:01980000-0000-7000-8000-000000000000"',
    "an id without hyphens": b'"01980000000070008000000000000000"',
    "an id with a tail": b'"01980000-0000-7000-8000-000000000000\\n"',
    "a register that nobody knows": b'"register:1"',
    "only a register": b'"cms:"',
    # Too much
    "a text of 256": b'"' + b"x" * 256 + b'"',
    "a text of 100,001": b'"' + b"x" * 100_001 + b'"',
    "a text of 900,000": b'"' + b"x" * 900_000 + b'"',
    "900,000 bytes of emoji": b'"' + b"\xf0\x9f\x92\xa9" * 225_000 + b'"',
    "a text of 50 MB": Long(b'"', b"x", b'"'),
    "numbers, 50 MB": Long(b"[", b"1,", b"1]"),
    "100,000 ones": b"[" + b"1," * 99_999 + b"1]",
    "20,000 empty objects": b"[" + b"{}," * 19_999 + b"{}]",
    "10,000 keys": b"{" + b",".join(b'"k%d":1' % n for n in range(10_000)) + b"}",
    "a key of 100,000": b'{"' + b"k" * 100_000 + b'": 1}',
    "one key twice": b'{"a": 1, "a": 2}',
    "an empty key": b'{"": ""}',
    "a key with NUL": b'{"\\u0000": 1}',
    "a key of half a surrogate": b'{"\\ud800": 1}',
    "lists 20 deep": b"[" * 20 + b"]" * 20,
    "lists 40 deep": b"[" * 40 + b"]" * 40,
    "lists 100,000 deep": b"[" * DEEP + b"]" * DEEP,
    "objects 100,000 deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
}
"""Put in the place of every field and entry of every body."""

NAMES = {name: one for name, one in JSON.items() if isinstance(one, bytes) and one.startswith(b'"')}
"""Put in the place of every name of a field: the texts among them."""


def _cursor(raw: bytes) -> bytes:
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


TEXTS: dict[str, bytes] = {
    "nothing": b"",
    "a space": b"%20",
    "a plus": b"+",
    "NUL": b"%00",
    "NUL within": b"a%00b",
    "a lone surrogate": b"%ED%A0%80",
    "a byte that is no UTF-8": b"%FF",
    "overlong UTF-8": b"%C0%80",
    "beyond Unicode": b"%F5%80%80%80",
    "a percent sign": b"%",
    "half an escape": b"%4",
    "an escape of no digits": b"%zz",
    "an escape twice": b"%2500",
    "a line break": b"%0D%0ASet-Cookie:%20a=b",
    "an escape of a terminal": b"%1B%5B31m",
    "a slash": b"%2F",
    "a folder up": b"..%2F..%2Fetc%2Fpasswd",
    "one folder up": b"..",
    "here": b".",
    "a backslash": b"%5C",
    "a semicolon": b";a=b",
    "a quote": b"%27%22",
    "SQL": b"%27%3B%20DROP%20TABLE%20organization%3B--",
    "SQL that waits": b"1%27%20OR%20pg_sleep(10)%20IS%20NULL--",
    "a pattern": b"%25",
    "a star": b"*",
    "a script": b"%3Cscript%3Ealert(1)%3C/script%3E",
    "a template": b"%7B%7B7*7%7D%7D",
    "null": b"null",
    "true": b"true",
    "a list": b"%5B1%5D",
    "an object": b"%7B%22%24gt%22:%22%22%7D",
    "zero": b"0",
    "minus one": b"-1",
    "201": b"201",
    "a half": b"0.5",
    "a power": b"1e1",
    "1e999": b"1e999",
    "NaN": b"NaN",
    "a hexadecimal number": b"0x10",
    "underscores": b"1_0",
    "beyond int8": b"9223372036854775808",
    "5,000 digits": b"9" * 5000,
    "full-width digits": b"%EF%BC%91%EF%BC%90",
    "an emoji": b"%F0%9F%92%A9",
    "right to left": b"%E2%80%AEtxt",
    "a key of ours that is none": b"plco_test_0000000000000000_00000000000000000000000000000000",
    "year 10000": b"10000-01-01",
    "a period of year 0": b"0000-H1",
    "a period that is none": b"2026-Q5",
    "the end of time": b"9999-12-31T23:59:59-23:59",
    "the id of nothing": b"00000000-0000-0000-0000-000000000000",
    "an id without hyphens": b"01980000000070008000000000000000",
    "an id in braces": b"%7B01980000-0000-7000-8000-000000000000%7D",
    "a register that nobody knows": b"register:1",
    "only a register": b"cms:",
    "a colon": b":",
    "a cursor before all": _cursor(bytes(16)),
    "a cursor after all": _cursor(b"\xff" * 16),
    "a cursor of text": _cursor(b"' OR 1=1 --      "[:16]),
    "a cursor too short": _cursor(bytes(15)),
    "a cursor too long": _cursor(bytes(17)),
    "a cursor with padding": base64.urlsafe_b64encode(bytes(16)),
    "a cursor of another alphabet": b"%2F%2F%2B%2B",
    "a cursor of no alphabet": b"!!!!",
    "a cursor of no ASCII": b"%C3%A4" * 8,
    "a cursor of JSON": _cursor(b'{"id": {"$gt": ""}}'),
    "a language that nobody speaks": b"xx-YY-zzzz",
    "languages without end": b"en,".rstrip() * 1000,
    "a weight that is none": b"en;q=NaN",
    "a weight without end": b"en;q=1e999",
    "only commas": b",,,,;;;;q=q=q",
    "65 letters": b"x" * 65,
    "256 letters": b"x" * 256,
    "60,000 letters": b"x" * 60_000,
    "hyphens without end": b"aa" + b"-aa" * 5000,
    "another parameter": b"1&limit=1",
    "another parameter that nobody knows": b"1&admin=true",
}
"""Put in the place of every part of every path, query parameter, header and form field."""
