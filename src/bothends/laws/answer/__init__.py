"""Laws on what the target answers."""
