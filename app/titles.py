"""What problems are called in the language asked for: data in ``seed/problem_titles.yaml``."""

from functools import cache

import yaml

from app.accepting import FALLBACK, choose
from app.files import folder
from app.problems import Problem


@cache
def titles() -> dict[str, dict[str, str]]:
    """By language and slug, but for English, which stands with the problems."""
    text = (folder("seed") / "problem_titles.yaml").read_text(encoding="utf-8")
    found: dict[str, dict[str, str]] = yaml.safe_load(text)
    return found


def title(problem: Problem | type[Problem], accept: str | None) -> tuple[str, str]:
    """The title of a problem, and its language.

    Args:
        problem: any.
        accept: the ``Accept-Language`` header, RFC 9110.
    """
    if not accept:
        return problem.title, FALLBACK
    language = choose([FALLBACK, *titles()], None, accept)
    return titles().get(language, {}).get(problem.slug, problem.title), language
