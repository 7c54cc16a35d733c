"""The faults that an upstream or the ingest can have: one file each, and one line in `table.py`."""

from bothends.world.faults.fault import INGEST, Fault, Turn
from bothends.world.faults.table import FAULTS

__all__ = ["FAULTS", "INGEST", "Fault", "Turn"]
