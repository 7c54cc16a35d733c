"""The faults and session states of the package. Each module in their folders is imported, and so registers its own.

They are found, not listed: a new one is one class, and no other file names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

from bothends.world import faults, sessions

if TYPE_CHECKING:
    from collections.abc import Iterator


def _loaded() -> Iterator[str]:
    for package in (sessions, faults):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
            yield module.name


MODULES = tuple(_loaded())
"""The modules in which they may be defined."""
