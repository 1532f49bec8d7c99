"""What tests of the catalog's files start from."""

import shutil
from pathlib import Path

import pytest

from app.catalog import checking
from app.files import folder


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """A copy of the catalog, to break."""
    for name in checking.FOLDER_OF.values():
        shutil.copytree(folder("seed") / name, tmp_path / name)
    shutil.copy(folder("seed") / checking.PUBLISHED, tmp_path)
    return tmp_path
