"""Whole bodies that a hostile or broken client sends, as data, with the headers that come along."""

import gzip
import zlib
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from tests.hostile.values import DEEP, LONG, MB, Long, Part


class Raw(NamedTuple):
    """A whole body and the headers that come with it, which replace those of a good request."""

    body: Part | Callable[[], bytes]
    headers: tuple[tuple[bytes, bytes], ...] = ()


def _type(name: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-type", name),)


def _encoded(name: bytes) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-type", b"application/json"), (b"content-encoding", name))


@cache
def _bomb() -> bytes:
    return gzip.compress(b" " * LONG, 1, mtime=0)


NAME = '{"name": "x"}'

BODIES: dict[str, Raw] = {
    # What is no JSON
    "nothing": Raw(b""),
    "one NUL": Raw(b"\0"),
    "cut off": Raw(b'{"name": "x'),
    "a word": Raw(b"undefined"),
    "two documents": Raw(b"{} {}"),
    "text after the end": Raw(b'{"name": "x"}x'),
    "a comma too many": Raw(b'{"name": "x",}'),
    "single quotes": Raw(b"{'name': 'x'}"),
    "a comment": Raw(b'{"name": /* mine */ "x"}'),
    "a raw line break in a text": Raw(b'{"name": "x\ny"}'),
    "a bad escape": Raw(b'{"name": "\\x41"}'),
    "half an escape": Raw(b'{"name": "\\u12"}'),
    "a leading zero": Raw(b'{"name": 01}'),
    "a hexadecimal number": Raw(b'{"name": 0xFF}'),
    "XML": Raw(b"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>"),
    "YAML that makes an object": Raw(b"!!python/object/apply:os.system ['true']"),
    # What is another JSON than an object
    "null": Raw(b"null"),
    "a number": Raw(b"1"),
    "NaN": Raw(b"NaN"),
    "a text": Raw(b'"x"'),
    "a list": Raw(b"[]"),
    "a list of one good body": Raw(b'[{"name": "x"}]'),
    "an object with nothing": Raw(b"{}"),
    "only a field that nobody knows": Raw(b'{"admin": true}'),
    "an empty name": Raw(b'{"": 1}'),
    "one key twice": Raw(b'{"name": "x", "name": "y"}'),
    "one key twice, once escaped": Raw(b'{"name": "x", "n\\u0061me": "y"}'),
    # Other encodings
    "UTF-8 with a byte order mark": Raw(b"\xef\xbb\xbf" + NAME.encode()),
    "UTF-16": Raw(NAME.encode("utf-16")),
    "UTF-16 without a byte order mark": Raw(NAME.encode("utf-16-le")),
    "UTF-32": Raw(NAME.encode("utf-32")),
    "Latin-1": Raw('{"name": "Häuser"}'.encode("latin-1")),
    "overlong UTF-8": Raw(b'{"name": "\xc0\x80"}'),
    "surrogates in UTF-8": Raw(b'{"name": "\xed\xa0\x80"}'),
    "UTF-8 cut off": Raw(b'{"name": "\xf0\x9f\x92"}'),
    "UTF-7": Raw(b"+AHs-+ACI-name+ACI-:1+AH0-"),
    # Too much
    "lists 100,000 deep": Raw(b"[" * DEEP + b"]" * DEEP),
    "objects 100,000 deep": Raw(b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "lists 100,000 deep that never close": Raw(b"[" * DEEP),
    "33 deep": Raw(b'{"name": ' + b"[" * 32 + b"]" * 32 + b"}"),
    "400,000 lists side by side": Raw(b"[" + b"[]," * 333_000 + b"[]]"),
    "half a million numbers": Raw(b"[" + b"1," * 500_000 + b"1]"),
    "100,000 keys": Raw(b"{" + b",".join(b'"k%d":1' % n for n in range(80_000)) + b"}"),
    "a number of a million digits": Raw(b"1" * (MB - 10)),
    "spaces, 50 MB": Raw(Long(b"", b" ", b"")),
    "a text of 50 MB": Raw(Long(b'{"name": "', b"x", b'"}')),
    "numbers, 50 MB": Raw(Long(b"[", b"1,", b"1]")),
    # Compressed, or said to be
    "50 MB in 218 kB of gzip": Raw(_bomb, _encoded(b"gzip")),
    "gzip in gzip": Raw(lambda: gzip.compress(_bomb(), mtime=0), _encoded(b"gzip, gzip")),
    "50 MB in deflate": Raw(lambda: zlib.compress(b" " * LONG, 1), _encoded(b"deflate")),
    "good JSON in gzip": Raw(gzip.compress(NAME.encode(), mtime=0), _encoded(b"gzip")),
    "gzip cut off": Raw(gzip.compress(b" " * MB, mtime=0)[:500], _encoded(b"gzip")),
    "gzip with a wrong sum": Raw(
        gzip.compress(NAME.encode(), mtime=0)[:-8] + b"\0" * 8, _encoded(b"gzip")
    ),
    "gzip that is none": Raw(NAME.encode(), _encoded(b"gzip")),
    "an encoding that nobody knows": Raw(NAME.encode(), _encoded(b"rot13")),
    "ten encodings": Raw(NAME.encode(), _encoded(b", ".join([b"gzip"] * 10))),
    # Said to be something else
    "no type": Raw(NAME.encode(), _type(b"")),
    "plain text": Raw(NAME.encode(), _type(b"text/plain")),
    "a form": Raw(b"name=x", _type(b"application/x-www-form-urlencoded")),
    "a form of 100,000 fields": Raw(
        b"&".join(b"k%d=1" % n for n in range(100_000)), _type(b"application/x-www-form-urlencoded")
    ),
    "parts without a boundary": Raw(b"--x", _type(b"multipart/form-data")),
    "parts that never end": Raw(
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 100_000,
        _type(b"multipart/form-data; boundary=x"),
    ),
    "another charset": Raw(NAME.encode("utf-16"), _type(b"application/json; charset=utf-16")),
    "a charset that nobody knows": Raw(NAME.encode(), _type(b"application/json; charset=\xff")),
    "a type without end": Raw(NAME.encode(), _type(b"application/json;" + b"a=b;" * 2000)),
    "a type of bytes": Raw(NAME.encode(), _type(b"\xff\xfe/\x80")),
    "a problem": Raw(NAME.encode(), _type(b"application/problem+json")),
}
"""Sent to every operation that reads a body, and to those that read none."""
