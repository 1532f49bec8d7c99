"""One organization's scores in little memory: an instrument's figures are the same for all."""

from array import array
from collections.abc import Iterator, Mapping, Sequence, ValuesView
from math import nan


class Scores(Mapping[str, float]):
    """Figures that have a score, to the score.

    A dictionary takes ten times the memory, and a release has hundreds of thousands of these with
    fifty figures each. ``places`` (figure to place) is shared.
    """

    __slots__ = ("_numbers", "_places")

    def __init__(self, places: Mapping[str, int], scores: Sequence[float | None]) -> None:
        if len(scores) != len(places):
            raise ValueError(f"{len(scores)} scores for {len(places)} figures")
        self._places = places
        self._numbers = array("d", [nan if one is None else one for one in scores])

    def __getitem__(self, figure: str) -> float:
        score = self._numbers[self._places[figure]]
        if score != score:  # noqa: PLR0124 - what is not a number is not there
            raise KeyError(figure)
        return score

    def __iter__(self) -> Iterator[str]:
        numbers = self._numbers
        return (figure for figure, at in self._places.items() if numbers[at] == numbers[at])

    def __len__(self) -> int:
        return sum(1 for _ in self.values())

    def values(self) -> ValuesView[float]:
        """The scores alone, without looking each up."""
        return _Given(self)


class _Given(ValuesView[float]):
    """The scores that are there."""

    _mapping: Scores

    def __iter__(self) -> Iterator[float]:
        return (one for one in self._mapping._numbers if one == one)  # noqa: SLF001, PLR0124
