"""Records as a notebook shows them: as HTML that needs nothing from outside, and as text for a terminal."""

from bothends.display.breaches import Breaches
from bothends.display.formatters import show_records
from bothends.display.shown import Shown
from bothends.display.telling import Telling

__all__ = ["Breaches", "Shown", "Telling", "show_records"]
