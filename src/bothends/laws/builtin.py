"""The laws of the package. Each module of the package that defines one is imported, and so registers it.

They are found, not listed: a new law is one definition, and no other file names it.
"""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from bothends.laws.law import all_laws

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.laws.law import Law


def _loaded() -> Iterator[str]:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)], f"{__package__}."):
        importlib.import_module(module.name)
        yield module.name


MODULES = tuple(_loaded())
"""The modules in which they may be defined."""

BUILT_IN: Mapping[str, Law] = MappingProxyType({law.name: law for law in all_laws()})
"""The laws of the package, by name, in order. What a test or a plug-in adds is in `all_laws` only."""
