"""The colours of charts, on a light and on a dark ground: of Okabe and Ito's palette. Pure."""

from dataclasses import dataclass
from enum import StrEnum


class Theme(StrEnum):
    """On which ground."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """One theme's."""

    ground: str
    text: str
    quiet: str
    grid: str
    line: str
    better: str
    worse: str
    aim: str


COLOURS = {
    Theme.LIGHT: Colours(
        *("#ffffff", "#1a1a1a", "#595959", "#e3e3e3"),
        *("#4d4d4d", "#0072b2", "#d55e00", "#007a5a"),
    ),
    Theme.DARK: Colours(
        *("#14181d", "#f2f2f2", "#b3b3b3", "#2e353d"),
        *("#c9c9c9", "#56b4e9", "#e69f00", "#2fc79a"),
    ),
}
