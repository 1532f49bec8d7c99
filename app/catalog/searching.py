"""The verbs of search: what is searched is written with each version of the catalog, and found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from app import sql
from app.catalog import search_texts as texts
from app.catalog.library import Library
from app.catalog.schemas import InstrumentIn
from app.db import new_id

ALIKE = 0.3
"""Share of three-letter pieces that a word must have in common with one that is known."""

TITLE, ABOUT, MORE = 1.0, 0.4, 0.1
"""What a word weighs by where it stands."""

WRITE = """
    INSERT INTO search_text
      (id, version, language, kind, name, edition, code, title, about, more, vector)
    SELECT r.id, %s::int, r.language, r.kind, r.name, r.edition, r.code, r.title, r.about, r.more,
      setweight(to_tsvector(r.configuration::regconfig, r.plain_title), 'A')
      || setweight(to_tsvector(r.configuration::regconfig, r.plain_about), 'B')
      || setweight(to_tsvector(r.configuration::regconfig, r.plain_more), 'C')
    FROM json_to_recordset(%s::json) AS r (id uuid, language text, kind text, name text,
      edition text, code text, title text, about text, more text, configuration text,
      plain_title text, plain_about text, plain_more text)
"""
WRITE_WORDS = """
    INSERT INTO search_word (version, language, word, lexemes)
    SELECT %s::int, r.language, r.word,
      tsvector_to_array(to_tsvector(r.configuration::regconfig, r.word))
    FROM json_to_recordset(%s::json) AS r (language text, word text, configuration text)
    WHERE to_tsvector(r.configuration::regconfig, r.word) <> ''
"""


async def write(
    session: AsyncSession, library: Library, instruments: Sequence[InstrumentIn]
) -> None:
    """Write down what is searched in a version."""
    found = list(texts.rows(library, instruments))
    rows = [
        {
            "id": str(new_id()),
            **{name: getattr(one, name) for name in one.__slots__},
            "configuration": texts.configuration(one.language),
            "plain_title": texts.plain(f"{one.title} {one.code}"),
            "plain_about": texts.plain(one.about),
            "plain_more": texts.plain(one.more),
        }
        for one in found
    ]
    said = {
        (one.language, word)
        for one in found
        for word in texts.words(f"{one.title} {one.about} {one.more}")
        if word.isalpha()
    }
    words = [
        {"language": language, "word": word, "configuration": texts.configuration(language)}
        for language, word in sorted(said)
    ]
    await sql.send(session, WRITE, [library.version, sql.json_of(rows)])
    await sql.send(session, WRITE_WORDS, [library.version, sql.json_of(words)])


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that was found.

    Attributes:
        matched: words of the question that it has.
        where: the best place that one of them stands in: title, summary or guidance.
    """

    kind: str
    name: str
    edition: str
    code: str
    title: str
    snippet: str
    matched: list[str]
    where: str
    score: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, best first, and which words were read as others."""

    hits: list[Hit]
    corrected: Mapping[str, str]


MENDED = 5
"""Words of one question that are looked up by their pieces: each costs a look at every word."""

LONGEST_WORD = 40
"""Letters of a word that may be one typed wrongly."""

NEAREST = """
    WITH asked AS MATERIALIZED (
      SELECT a.number, a.word, to_tsvector(%s::regconfig, a.word) AS vector
      FROM json_array_elements_text(%s::json) WITH ORDINALITY AS a (word, number)
    ), lexeme AS MATERIALIZED (
      SELECT DISTINCT unnest(s.lexemes) AS lexeme FROM search_word s
      WHERE s.version = %s AND s.language = %s
    ), unknown AS MATERIALIZED (
      SELECT a.number, a.word FROM asked a
      WHERE a.vector <> '' AND NOT EXISTS (SELECT FROM unnest(tsvector_to_array(a.vector)) AS own
        JOIN lexeme l ON l.lexeme = own)
      ORDER BY a.number LIMIT %s
    )
    SELECT u.word, near.word
    FROM unknown u CROSS JOIN LATERAL (
      SELECT s.word FROM search_word s WHERE s.version = %s AND s.language = %s
        AND similarity(s.word, u.word) >= %s
      ORDER BY similarity(s.word, u.word) DESC, s.word LIMIT 1) AS near
    ORDER BY u.number
"""
"""The first few words of a question that nothing has, each with the nearest that something has."""

SEARCH = """
    WITH term AS MATERIALIZED (
      SELECT t.number, t.typed, (SELECT string_agg('(' || phraseto_tsquery(%s::regconfig, one)::text
          || ')', ' | ') FROM json_array_elements_text(t.same) AS one
          WHERE phraseto_tsquery(%s::regconfig, one)::text <> '')::tsquery AS query
      FROM json_to_recordset(%s::json) AS t (number int, typed text, same json)
    ), matched AS (
      SELECT s.id, t.typed, t.number, t.query,
        ts_rank(ARRAY[0, %s, %s, %s]::real[], s.vector, t.query) AS rank,
        count(*) OVER (PARTITION BY t.number) AS frequency,
        CASE WHEN ts_filter(s.vector, '{a}') @@ t.query THEN 0
          WHEN ts_filter(s.vector, '{b}') @@ t.query THEN 1 ELSE 2 END AS place
      FROM search_text s JOIN term t ON s.vector @@ t.query
      WHERE s.version = %s AND s.language = %s AND (%s::text IS NULL OR s.kind = %s)
    ), scored AS (
      SELECT m.id, sum(m.rank * ln(1 + %s::real / m.frequency)) AS score, min(m.place) AS place,
        array_agg(m.typed ORDER BY m.number) AS matched,
        count(*) FILTER (WHERE m.place = 0) AS in_title,
        string_agg('(' || m.query::text || ')', ' | ')::tsquery AS query
      FROM matched m GROUP BY m.id
    )
    SELECT s.kind, s.name, s.edition, s.code, s.title,
      ts_headline(%s::regconfig, s.about || ' ' || s.more, c.query,
        'MaxWords=30, MinWords=12, MaxFragments=1, StartSel=**, StopSel=**'),
      c.matched, c.place,
      c.score * (1 + 2.0 * c.in_title / greatest(length(ts_filter(s.vector, '{a}')) - 1, 1))
        AS total
    FROM scored c JOIN search_text s ON s.id = c.id
    ORDER BY total DESC, s.kind, s.name, s.edition DESC, s.code
    LIMIT %s
"""
PLACES = ("title", "summary", "guidance")
MANY = 1_000
"""Against which a word's rarity is counted."""


async def find(
    session: AsyncSession,
    library: Library,
    question: str,
    language: str,
    *,
    kind: str | None,
    limit: int,
) -> Answer:
    """What a question in somebody's own words finds.

    Words are cut down to their stems; one that nothing has is read as the nearest that something
    has. A word counts for more the rarer it is and the higher it stands: title, summary, guidance.
    """
    regconfig, version = texts.configuration(language), library.version
    groups = texts.synonyms(library)
    meant = {word for group in groups for phrase in group for word in phrase.split()}
    asked = texts.words(question)
    strange = [
        one for one in asked if one not in meant and one.isalpha() and len(one) <= LONGEST_WORD
    ]
    known = [version, language]
    parameters: list[Any] = [regconfig, sql.json_of(strange), *known, MENDED, *known, ALIKE]
    corrected: dict[str, str] = dict(await sql.rows(session, NEAREST, parameters))
    read = " ".join(corrected.get(word, word) for word in asked)
    terms = [
        {"number": number, "typed": same[0], "same": same}
        for number, same in enumerate(texts.expanded(read, groups))
    ]
    parameters = [regconfig, regconfig, sql.json_of(terms), MORE, ABOUT, TITLE]
    parameters += [version, language, kind, kind, MANY, regconfig, limit]
    hits = [
        Hit(kind, name, edition, code, title, snippet, matched, PLACES[place], round(score, 4))
        for kind, name, edition, code, title, snippet, matched, place, score in await sql.rows(
            session, SEARCH, parameters
        )
    ]
    return Answer(hits, corrected)
