"""Where the files that travel with the code are: in the checkout, or inside an installed wheel."""

from pathlib import Path

PACKAGE = Path(__file__).parent


def folder(name: str) -> Path:
    """The folder ``seed`` or ``migrations``, beside the package or packed into it."""
    checkout = PACKAGE.parent / name
    return checkout if checkout.is_dir() else PACKAGE / "data" / name
