"""The faults and session states of the package. Each module in their folders is imported, and so registers its own.

They are found, not listed: a new one is one class, and no other file names it.
"""

from __future__ import annotations

from bothends.registry import import_modules

MODULES = (*import_modules("bothends.world.sessions"), *import_modules("bothends.world.faults"))
"""The modules in which they may be defined."""
