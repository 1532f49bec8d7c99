"""The page of a release for people: plain HTML that needs no script and loads one style sheet."""

from collections import Counter
from functools import cache
from html import escape
from typing import Any

import yaml

from app.benchmarks.files.citation import Citation, citation_of
from app.benchmarks.files.words import words
from app.benchmarks.published import Volume
from app.files import folder

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)
LANGUAGES = ("en", "es-419")


@cache
def _texts() -> dict[str, Any]:
    text = (folder("seed") / "release_page.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def snippets(url: str) -> dict[str, str]:
    """Code that reads the data at ``url``, by tool."""
    return {one["tool"]: one["code"].replace("{url}", url) for one in _texts()["snippets"]}


def page(volume: Volume, *, base: str, language: str, key: dict[str, str]) -> str:
    """The whole page.

    Args:
        volume: the release.
        base: where the service is reached.
        language: of ``LANGUAGES``.
        key: that releases are signed with, as ``signing.described`` has it.
    """
    says = {name: escape(titles[language]) for name, titles in _texts()["says"].items()}
    url = f"{base}/v1/benchmarks/{volume.number}"
    data = volume.files.get("data.csv")
    citation = citation_of(volume, url, data.sha256 if data else "")
    parts = [
        _head(volume, says, language),
        _section(says["what"], _what(volume, says, language)),
        _cite(citation, volume, says),
        _files(volume, says, language),
        _withheld(volume, says, language),
        _read(url, volume, says),
        _verify(url, volume, key, says),
        _foot(url, says),
    ]
    return "\n".join(parts)


def _head(volume: Volume, says: dict[str, str], language: str) -> str:
    instruments = ", ".join(
        escape(f"{one['instrument']} {one['version']}") for one in volume.manifest["instruments"]
    )
    return begun(
        f"{says['title']} {volume.number}",
        language,
        f"""<span>{says["as_of"]} <time datetime="{volume.as_of}">{volume.as_of}</time></span>
<span>{says["instruments"]}: {instruments}</span>""",
    )


def begun(title: str, language: str, facts: str) -> str:
    """A page up to its main part.

    Args:
        title: plain text.
        language: of ``LANGUAGES``; the page leads to itself in the other.
        facts: HTML that stands under the title.
    """
    links = " · ".join(
        f'<a href="?lang={tag}" lang="{tag}" hreflang="{tag}">{escape(name)}</a>'
        if tag != language
        else f"<strong>{escape(name)}</strong>"
        for tag, name in _texts()["languages"].items()
    )
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Palanca</title>
<link rel="icon" href="/static/favicon.svg">
<link rel="stylesheet" href="/static/release.css">
</head>
<body>
<header>
<p class="languages">{links}</p>
<p class="brand">Palanca</p>
<h1>{title}</h1>
<p class="facts">{facts}</p>
</header>
<main>"""


def _what(volume: Volume, says: dict[str, str], language: str) -> str:
    method = f"/v1/benchmarks/{volume.number}/method.html?lang={language}"
    return (
        f"<p>{says['what_text'].format(number=volume.number)}</p>\n"
        f'<p><a href="{method}">{says["method"]}</a></p>'
    )


def _section(title: str, body: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{body}\n</section>"


def _link(volume: Volume, name: str) -> str:
    return f'<a href="/v1/benchmarks/{volume.number}/{name}">{name}</a>'


def _cite(citation: Citation, volume: Volume, says: dict[str, str]) -> str:
    body = f"<blockquote>{escape(citation.sentence)}</blockquote>"
    names = [name for name in ("citation.bib", "CITATION.cff") if name in volume.files]
    if names:
        links = ", ".join(_link(volume, name) for name in names)
        body += f"\n<p>{says['cite_more']} {links}</p>"
    return _section(says["cite"], body)


def _files(volume: Volume, says: dict[str, str], language: str) -> str:
    if not volume.files:
        return _section(says["files"], f"<p>{says['no_files']}</p>")
    rows = "\n".join(
        f"<tr><th scope=row>{_link(volume, one.name)}</th>"
        f"<td>{escape(_texts()['files'][one.name][language])}</td>"
        f"<td class=number>{_size(one.size)}</td><td><code>{one.sha256}</code></td></tr>"
        for one in volume.files.values()
    )
    return _section(
        says["files"],
        f"""<p>{says["files_text"]}</p>
<div class="wide"><table>
<thead><tr><th>{says["name"]}</th><th>{says["about"]}</th><th class=number>{says["size"]}</th>
<th>SHA-256</th></tr></thead>
<tbody>
{rows}
</tbody>
</table></div>""",
    )


def _size(count: int) -> str:
    return f"{count} B" if count < 1000 else f"{count / 1000:.0f} kB"  # noqa: PLR2004 - a kilobyte


def _withheld(volume: Volume, says: dict[str, str], language: str) -> str:
    cells = [one for mine in volume.cells.values() for one in mine.values()]
    counts = Counter(str(one.reason) for one in cells if not one.shown)
    counted = {"shown": len(cells) - counts.total(), "all": len(cells)}
    reasons = words()["reasons"]
    rows = "\n".join(
        f"<tr><th scope=row>{escape(reasons[name][language])}</th>"
        f"<td><code>{name}</code></td><td class=number>{count}</td></tr>"
        for name, count in counts.most_common()
    )
    table = f"""<table>
<thead><tr><th>{says["reason"]}</th><th></th><th class=number>{says["cells"]}</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>"""
    text = says["withheld_text"].format(**counted)
    return _section(says["withheld"], f"<p>{text}</p>\n{table if counts else says['nothing']}")


def _read(url: str, volume: Volume, says: dict[str, str]) -> str:
    if not volume.files:
        return ""
    body = "\n".join(
        f"<h3>{escape(tool)}</h3>\n<pre><code>{escape(code.rstrip())}</code></pre>"
        for tool, code in snippets(url).items()
    )
    return _section(says["read"], body)


def _verify(url: str, volume: Volume, key: dict[str, str], says: dict[str, str]) -> str:
    if not volume.files:
        return ""
    command = _texts()["verify"].replace("{url}", url).replace("{public_key}", key["public_key"])
    return _section(
        says["verify"],
        f"<p>{says['verify_text']}<br><code>{key['fingerprint']}</code></p>\n"
        f"<pre><code>{escape(command.rstrip())}</code></pre>",
    )


def _foot(url: str, says: dict[str, str]) -> str:
    licence = words()["licence"]
    return f"""</main>
<footer>
<p>{says["licence"]}: <a href="{licence["url"]}">{escape(licence["title"])}</a>
· <a href="{escape(url)}/cells">{says["api"]}</a> · <a href="/docs">API</a></p>
</footer>
</body>
</html>
"""
