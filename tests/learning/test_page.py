"""The code of ``docs/learning.md``, as it stands there, against a service."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from tests.conftest import Service
from tests.limits.live import live

TEXT = (Path(__file__).parents[2] / "docs" / "learning.md").read_text("utf-8")


def test_the_page_does_what_it_says(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = service.organization()
    key = organization.client.headers["Authorization"].removeprefix("Bearer ")
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE))
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    with live(service.settings) as served, contextlib.redirect_stdout(said):
        for name, value in (
            ("http://127.0.0.1:8000", served.url),
            ("H900", organization.id),
            ("plco_...", key),
        ):
            assert code.count(name) == 1
            code = code.replace(name, value)
        names: dict[str, object] = {}
        exec(compile(code, "docs/learning.md", "exec"), names)  # noqa: S102 - our own page
        names["api"].close()  # type: ignore[attr-defined]

    assert (
        "reached - The aim is reached: the median of the last six periods is 1.6,"
        in said.getvalue()
    )
    assert "10 periods in a row, 2025-03 to 2025-12, lie below the mean" in said.getvalue()
    assert Path("falls.svg").read_text("utf-8").startswith("<svg")
