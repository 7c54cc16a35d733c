"""Records as a notebook shows them: as HTML that needs nothing from outside, and as text for a terminal."""

from bothends.display.exchange import Breaches
from bothends.display.formatters import show_records
from bothends.display.markup import Rendered, Telling

__all__ = ["Breaches", "Rendered", "Telling", "show_records"]
