"""Laws on the event that the target sends."""
