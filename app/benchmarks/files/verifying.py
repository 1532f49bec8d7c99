"""Whether the files of a release are as they were signed. Pure: bytes in, what is wrong out."""

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from app.benchmarks.files.making import CELL, FORMAT, cell_hashes
from app.benchmarks.files.signing import fingerprint, is_signed, read_key

MANIFEST, SIGNATURE = "manifest.json", "manifest.json.sig"
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
"""A file's name, which leads nowhere else."""

Fetch = Callable[[str], bytes]
"""The bytes of a file by its name.

Raises:
    FileNotFoundError: it is not there.
"""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, each line beginning with the file; and what was looked at."""

    findings: tuple[str, ...]
    release: int | None = None
    files: int = 0
    cells: int = 0
    fingerprint: str = ""

    @property
    def ok(self) -> bool:
        """Whether all is as it was signed."""
        return not self.findings


def verify_release(fetch: Fetch, *, key: bytes | None = None) -> Verdict:
    """Check signature, every file's hash and every cell's.

    Without ``key`` the manifest's own key is believed, which shows that files belong together and
    not who made them.
    """
    try:
        manifest, signature = fetch(MANIFEST), fetch(SIGNATURE)
    except FileNotFoundError as exc:
        return Verdict((f"{exc}: is missing",))
    try:
        said, named, listed = _read(manifest)
    except (ValueError, KeyError, TypeError) as exc:
        return Verdict((f"{MANIFEST}: is no manifest of a release ({exc})",))
    findings = list(_signature(manifest, signature, named, key))
    bodies: dict[str, bytes] = {}
    for name, digest in listed.items():
        findings += _file(fetch, name, digest, bodies)
    cells, wrong = _cells(said, bodies)
    return Verdict(
        (*findings, *wrong), said.get("release"), len(listed), cells, fingerprint(key or named)
    )


def _read(manifest: bytes) -> tuple[dict[str, Any], bytes, dict[str, str]]:
    """What a manifest says, the key it names, and each file with its hash."""
    said = orjson.loads(manifest)
    listed = {str(one["name"]): str(one["sha256"]) for one in said["files"]}
    if said["format"] != FORMAT:
        raise ValueError(f"the format is {said['format']}, not {FORMAT}")
    return said, read_key(said["key"]["public_key"]), listed


def _signature(manifest: bytes, signature: bytes, named: bytes, key: bytes | None) -> Iterator[str]:
    if key is not None and key != named:
        yield f"{MANIFEST}: is of the key {fingerprint(named)}, not {fingerprint(key)}"
    if not is_signed(manifest, signature, key or named):
        yield f"{SIGNATURE}: is no signature of {MANIFEST}; one of the two was changed"


def _file(fetch: Fetch, name: str, digest: str, bodies: dict[str, bytes]) -> Iterator[str]:
    if not PLAIN.fullmatch(name):
        yield f"{MANIFEST}: names {name!r}, which is no file's name"
        return
    try:
        bodies[name] = fetch(name)
    except FileNotFoundError:
        yield f"{name}: is missing"
        return
    found = hashlib.sha256(bodies[name]).hexdigest()
    if found != digest:
        yield f"{name}: was changed (SHA-256 {found}, signed {digest})"


def _cells(said: dict[str, Any], bodies: dict[str, bytes]) -> tuple[int, list[str]]:
    """How many cells there are, and which are not as their hashes say."""
    try:
        of, file = said["cells"]["of"], said["cells"]["file"]
        if not {of, file} <= bodies.keys():
            return 0, []  # told as missing
        signed = {_name(one): one["sha256"] for one in orjson.loads(bodies[file])}
        found = {_name(one): one["sha256"] for one in cell_hashes(bodies[of])}
    except (ValueError, KeyError, TypeError) as exc:
        return 0, [f"cells: cannot be read ({exc})"]
    changed = [name for name in signed | found if signed.get(name) != found.get(name)]
    return len(signed), [f"{of}: cell {' '.join(name)} was changed" for name in sorted(changed)]


def _name(cell: dict[str, Any]) -> tuple[str, ...]:
    return tuple(str(cell[name]) for name in CELL)
