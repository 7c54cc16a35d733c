"""Records as a notebook shows them: as HTML that needs nothing from outside, and as text for a terminal."""

from bothends.display.exchange import Breaches
from bothends.display.formatters import show_records
from bothends.display.markup import Shown, Telling

__all__ = ["Breaches", "Shown", "Telling", "show_records"]
