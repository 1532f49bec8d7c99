"""A small instrument for tests: every feature of the scoring, few enough items to do by hand."""

from typing import Any

LEVELS = [{"level": level, "text": {"en": f"level {level}"}} for level in range(5)]

INSTRUMENT: dict[str, Any] = {
    "instrument": "small",
    "version": "1",
    "title": {"en": "A small instrument"},
    "languages": ["en"],
    "scoring_method": {
        "section_min_answered": "1/2",
        "overall_min_sections": 1,
        "in_place_from": 3,
    },
    "levels": LEVELS,
    "sections": [
        {
            "code": "A",
            "title": {"en": "Section A"},
            "items": [
                {"code": "A1", "text": {"en": "one"}},
                {"code": "A2", "text": {"en": "two"}, "not_applicable": True},
            ],
        },
        {
            "code": "B",
            "title": {"en": "Section B"},
            "items": [
                {"code": "B1", "text": {"en": "three"}, "weight": "2"},
                {"code": "B2", "text": {"en": "four"}, "reverse": True},
            ],
        },
    ],
}
"""Sections A (A2 may not apply) and B (B1 counts twice, B2 is reverse-keyed); levels 0 to 4."""
