"""This project's own contract, as it is and as tests change it."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract import load
from tests.contract.folder import Folder
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from bothends.contract import Contract

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture(scope="session")
def project_spec() -> Any:
    """The project's spec."""
    return read_yaml(ROOT / "openapi.yaml")


@pytest.fixture(scope="session")
def make_folder(tmp_path_factory: pytest.TempPathFactory, project_spec: Any) -> Callable[[], Folder]:
    """Return a maker of folders with the project's contract in them."""
    toml = (ROOT / "bothends.toml").read_text("utf-8")
    return lambda: Folder(tmp_path_factory.mktemp("contract"), copy.deepcopy(project_spec), toml)


@pytest.fixture
def folder(make_folder: Callable[[], Folder]) -> Folder:
    """Return a folder with the project's contract in it."""
    return make_folder()


@pytest.fixture(scope="session")
def contract() -> Contract:
    """Return the project's contract."""
    return load(ROOT / "bothends.toml")
