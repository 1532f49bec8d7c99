"""The catalog's elements, as aims, drivers, measures and tests name them."""

from collections.abc import Mapping

from sqlmodel.ext.asyncio.session import AsyncSession

from app.catalog import versions
from app.problems import error


async def unknown_elements(
    session: AsyncSession, named: Mapping[str, str | None]
) -> list[dict[str, object]]:
    """One entry for each element that the catalog does not have.

    Args:
        session: any.
        named: by pointer, an element as ``framework:code``; None is none.
    """
    wanted = {pointer: one for pointer, one in named.items() if one is not None}
    if not wanted:
        return []
    library = await versions.library(session)
    known = {
        f"{one.name}:{element['code']}"
        for one in library.frameworks
        for element in one.content["elements"]
    }
    return [
        error(pointer, "unknown", "No such element in the catalog", received=element)
        for pointer, element in wanted.items()
        if element not in known
    ]
