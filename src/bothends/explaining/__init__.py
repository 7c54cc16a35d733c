"""An exchange, and what is broken in it, in words: for the failure of a test in somebody else's tool."""

from bothends.explaining.failures import Failures
from bothends.explaining.timeline import Moment, Timeline, timeline

__all__ = ["Failures", "Moment", "Timeline", "timeline"]
