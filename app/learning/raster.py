"""A chart as PNG: the SVG, drawn with a font that travels with the code, so the same everywhere."""

import resvg_py

from app.files import PACKAGE

FONTS = [
    str(PACKAGE / "static" / "fonts" / name) for name in ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
]


def png(svg: str, *, zoom: float) -> bytes:
    """The picture in pixels; it knows Latin letters with all their accents, and Greek.

    Args:
        svg: a chart as ``drawing.svg`` draws it.
        zoom: pixels for each of the SVG's; 2 suits sharp screens and slides.
    """
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        zoom=zoom,
        font_files=FONTS,
        skip_system_fonts=True,
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )
