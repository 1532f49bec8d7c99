"""Which figures there are: the overall score, sections by code, items as ``item/section/code``.

No code has a slash in it, so no section can be taken for an item.
"""

ITEM = "item/"


def item_figure(section: str, code: str) -> str:
    """The figure of an item."""
    return f"{ITEM}{section}/{code}"


def is_item(figure: str) -> bool:
    """Whether it is about one item; then only everybody has a cell of it."""
    return figure.startswith(ITEM)


def section_of(figure: str) -> str | None:
    """The section that an item's figure is of; none of a figure of another kind."""
    return figure.split("/")[1] if is_item(figure) else None


def counted_in(figure: str) -> str:
    """What marks, among an organization's cohorts, that it counts in items of that section."""
    return f"all/items/{section_of(figure)}"
