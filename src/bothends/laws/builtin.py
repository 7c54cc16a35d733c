"""The laws of the package. Each module of the package that defines one is imported, and so registers it.

They are found, not listed: a new law is one definition. Why it exists, and what breaks it, stands in `laws.toml`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from bothends.laws.law import all_laws
from bothends.registry import import_modules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bothends.laws.law import Law

MODULES = import_modules("bothends.laws")
"""The modules in which they may be defined."""

BUILT_IN: Mapping[str, Law] = MappingProxyType({law.name: law for law in all_laws()})
"""The laws of the package, by name, in order. What a test or a plugin adds is in `all_laws` only."""
