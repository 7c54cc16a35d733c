"""How the target itself starts and ends."""

from __future__ import annotations

from bothends.laws.law import Law, Precedence, Scope
from bothends.laws.registry import register

LAW = register(
    Law(
        name="stops",
        demands="The target starts, and ends, as whoever runs it expects.",
        source="POSIX signals; 12-factor, IX",
        scope=Scope.LIFECYCLE,
        precedence=Precedence.LAST,
    )
)
