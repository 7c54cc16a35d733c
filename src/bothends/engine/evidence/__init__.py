"""What a run has seen, as counts, and what follows from the whole of it: what was not proven, and why."""
