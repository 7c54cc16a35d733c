"""A checkout of this repository as those have it who install bothends from it, and how pip installs it in tests."""

from __future__ import annotations

import shutil
import sysconfig
from typing import TYPE_CHECKING

from tests.wheel.made import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_PARTS = (
    ".pre-commit-hooks.yaml",
    "action.yml",
    "docs/glossary.md",
    "LICENSE",
    "man",
    "pyproject.toml",
    "README.md",
    "src",
)

FROM_HERE = {
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # a double negation of pip's: there is none
    "PIP_NO_DEPS": "1",
    "PIP_NO_INDEX": "1",
    "PYTHONPATH": sysconfig.get_path("purelib"),
}
"""An environment in which pip makes and installs a wheel of bothends alone: what that needs is what the tests have.

That all of it can be installed, too, is tried with each Python: tests/wheel.
"""


def checkout(folder: Path) -> Path:
    """Write a checkout of the work tree into a new folder; return it."""
    for name in _PARTS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return folder
