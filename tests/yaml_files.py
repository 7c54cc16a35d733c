"""YAML read by libyaml: with the parser in Python, the tables of the tests take a second in each worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

_LOADER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(file: Path) -> Any:
    """Return what a YAML file says."""
    return yaml.load(file.read_text("utf-8"), _LOADER)  # noqa: S506 -- a safe loader, the one in C
