"""Which language to answer in. Pure."""

from collections.abc import Iterable

FALLBACK = "en"
EVERY = "*"
"""``?lang=*`` asks for all languages at once."""


def choose(available: Iterable[str], wanted: str | None, accept: str | None) -> str:
    """The best language there is: an explicit wish first, then ``Accept-Language``, then English.

    Args:
        available: language tags the document has.
        wanted: the ``lang`` parameter; ``*`` means every language.
        accept: the ``Accept-Language`` header, RFC 9110.

    Returns:
        A tag of ``available``, or ``*``.
    """
    tags = list(available)
    if wanted == EVERY:
        return EVERY
    for wish in [wanted] if wanted else _by_preference(accept or ""):
        found = _match(tags, wish.lower())
        if found is not None:
            return found
    return FALLBACK if FALLBACK in tags else tags[0]


def _by_preference(accept: str) -> list[str]:
    weighted = []
    for place, part in enumerate(accept.split(",")):
        tag, _, parameter = part.strip().partition(";")
        quality = parameter.strip().removeprefix("q=") or "1"
        try:
            weight = float(quality)
        except ValueError:
            continue
        if tag and weight > 0:
            weighted.append((-weight, place, tag.strip()))
    return [tag for _, _, tag in sorted(weighted)]


def _match(tags: list[str], wish: str) -> str | None:
    """Exact, else the same language in another region: es-MX is served by es-419."""
    exact = [tag for tag in tags if tag.lower() == wish]
    related = [tag for tag in tags if _primary(tag) == _primary(wish)]
    return next(iter(exact + related), None)


def _primary(tag: str) -> str:
    return tag.lower().partition("-")[0]
