"""A table to be filled in, a row a respondent and a column an item; and its code list. Pure."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence

from app.catalog.languages import localize
from app.catalog.service import Published
from app.scoring.form import Special

COLUMNS: Mapping[str, str] = {
    "organization": "Your hospital: its id, your external id of it, or cms:010001",
    "external_id": "Your record's id; the same again with other content replaces it",
    "instrument": "",
    "version": "",
    "period": "A year, half-year, quarter or month: 2026, 2026-H1, 2026-Q3, 2026-09",
    "role": "From where the respondent looks",
    "respondent": "A pseudonym of yours, if you have one; only a keyed hash of it is stored",
}
"""Before the items, and what stands in them; a column that is not needed can be taken out."""

MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


def template(instrument: Published) -> str:
    """The first line of the table, and nothing below it."""
    return _written([[*COLUMNS, *instrument.form.items]])


def codes(instrument: Published, roles: Sequence[str], language: str) -> str:
    """What may stand in each column, a line for each, with its meaning.

    Args:
        instrument: whose template it is.
        roles: from where a respondent can look.
        language: one of the instrument's.
    """
    return _written([("column", "value", "meaning"), *_codes(instrument, roles, language)])


Line = tuple[str, object, str]


def _codes(instrument: Published, roles: Sequence[str], language: str) -> Iterator[Line]:
    form = instrument.form
    values: dict[str, Iterable[str]] = {
        "instrument": [form.instrument],
        "version": [form.version],
        "role": roles,
    }
    for name, meaning in COLUMNS.items():
        for value in values.get(name, [""]):
            yield name, value, meaning
    definition = localize(instrument.definition.model_dump(), language)
    options = definition["answer_options"] or {}
    for section in definition["sections"]:
        for item in section["items"]:
            yield item["code"], "", item["text"]
            for level in item["levels"] or definition["levels"]:
                yield item["code"], level["level"], level["text"]
            for special in Special:
                if special is not Special.NOT_APPLICABLE or item["not_applicable"]:
                    yield item["code"], special.value, options.get(special.value, "")


def _written(rows: Iterable[Sequence[object]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return MARK + file.getvalue()
