"""``codebook.md``: every variable for people, in both languages, in the terms of the DDI."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.benchmarks.files.citation import Citation
from app.benchmarks.files.measures import MEASURES
from app.benchmarks.files.table import Content
from app.benchmarks.files.words import Column, words


def codebook_of(content: Content, layout: Sequence[Column], citation: Citation) -> bytes:
    """The codebook of a release."""
    return ("\n".join(_lines(content, layout, citation)) + "\n").encode()


def _lines(content: Content, layout: Sequence[Column], citation: Citation) -> Iterator[str]:
    says, licence = words(), words()["licence"]
    yield f"# {citation.title} / {says['title']['es-419']} {content.number}\n"
    yield from _both(says["description"])
    yield f"- Citation / Cita: {citation.sentence}"
    yield f"- Licence / Licencia: [{licence['title']}]({licence['url']})"
    yield f"- Method / Método: `{content.manifest['method']}`"
    for one in content.manifest["instruments"]:
        figures = ", ".join(f"`{figure}`" for figure in one["figures"])
        yield f"- Instrument / Instrumento: `{one['instrument']}` `{one['version']}`: {figures}"
    yield "\n## Universe / Universo\n"
    yield from _both(says["universe"])
    yield from _items(content)
    yield "## Variables\n"
    for column in layout:
        yield from _variable(column, says["statistics"] if column.name == "statistic" else {})
    if MEASURES in content.manifest:
        yield from _measures(says["psychometrics"])


def _measures(says: Mapping[str, Any]) -> Iterator[str]:
    """The variables of ``psychometrics.csv``."""
    yield f"## `psychometrics.csv`: {says['title']['en']} / {says['title']['es-419']}\n"
    yield from _both(says["description"])
    for name, rows in (("column", says["columns"]), ("statistic", says["statistics"])):
        yield f"| {name} | en | es |"
        yield "|---|---|---|"
        yield from (f"| `{key}` | {one['en']} | {one['es-419']} |" for key, one in rows.items())
        yield ""


def _items(content: Content) -> Iterator[str]:
    """What the figures of items are about."""
    for one in content.manifest["instruments"]:
        name = one["instrument"], one["version"]
        if not (items := content.items_of(name)):
            continue
        yield f"## Items / Ítems: `{name[0]}` `{name[1]}`\n"
        yield "| figure | section | en | es |"
        yield "|---|---|---|---|"
        for item in items:
            title = item["title"]
            en = title.get("en") or next(iter(title.values()))
            row = [f"`{item['figure']}`", f"`{item['section']}`", en, title.get("es-419", en)]
            yield "| " + " | ".join(text.replace("|", "\\|") for text in row) + " |"
        yield ""


def _variable(column: Column, units: Mapping[str, Any]) -> Iterator[str]:
    yield f"### `{column.name}`\n"
    yield f"{column.title['en']} / {column.title['es-419']}\n"
    unit = f"; unit / unidad: {column.unit}" if column.unit else ""
    yield f"- Type / Tipo: {column.kind}{unit}"
    yield f"- Concept / Concepto: {column.description['en']} / *{column.description['es-419']}*"
    if column.categories:
        yield "- Categories / Categorías:\n"
        yield "| category | en | es |" + (" unit |" if units else "")
        yield "|---|---|---|" + ("---|" if units else "")
        for name, titles in column.categories.items():
            more = f" {units[name]['unit']} |" if units else ""
            yield f"| `{name}` | {titles['en']} | {titles['es-419']} |{more}"
    yield ""


def _both(titles: Mapping[str, str]) -> Iterator[str]:
    yield f"{titles['en']}\n"
    yield f"*{titles['es-419']}*\n"
