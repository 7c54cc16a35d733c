"""The laws of the package. Each module in its folders that defines one is imported, and so registers it.

They are found, not listed: a new law is one file, and no other file names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import MappingProxyType
from typing import TYPE_CHECKING

from bothends.laws import answer, event, joint, run
from bothends.laws.registry import all_laws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.laws.law import Law


def _loaded() -> Iterator[str]:
    for package in (event, joint, answer, run):
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            importlib.import_module(module.name)
            yield module.name


MODULES = tuple(_loaded())
"""The modules in which they may be defined."""

BUILT_IN: Mapping[str, Law] = MappingProxyType({law.name: law for law in all_laws()})
"""The laws of the package, by name, in order. What a test or a plug-in adds is in `all_laws` only."""
