"""Lists that are fetched as they are iterated over."""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Any, Generic, Self, TypeVar

from palanca_client.models import Import, Line

T = TypeVar("T")


class Rows(Generic[T]):
    """Entries, fetched page by page while they are asked for; once through."""

    def __init__(self, entries: Iterator[T]) -> None:
        self._entries = entries

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> T:
        return next(self._entries)

    def to_pandas(self) -> Any:  # noqa: ANN401 - pandas may not be there to be named
        """All that is left as a `pandas.DataFrame`, a column for each field.

        Raises:
            ImportError: pandas is not installed.
        """
        return frame(self)


class AsyncRows(Generic[T]):
    """As `Rows`, for `async for`."""

    def __init__(self, entries: AsyncIterator[T]) -> None:
        self._entries = entries

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> T:
        return await anext(self._entries)

    async def to_pandas(self) -> Any:  # noqa: ANN401 - pandas may not be there to be named
        """As `Rows.to_pandas`."""
        return frame([one async for one in self])


def frame(entries: Iterable[object]) -> Any:  # noqa: ANN401 - pandas may not be there to be named
    """Entries as a `pandas.DataFrame`.

    Raises:
        ImportError: pandas is not installed.
    """
    try:
        import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore] # noqa: PLC0415 - needed by nothing else
    except ImportError:
        raise ImportError("to_pandas needs pandas: pip install 'palanca-client[pandas]'") from None
    return pd.DataFrame([one.raw if isinstance(one, Line | Import) else one for one in entries])
