"""The faults that an upstream or the ingest can have: one file each, registered where it is defined."""

from bothends.world.faults.fault import INGEST, Fault, Turn
from bothends.world.faults.registry import FAULTS

__all__ = ["FAULTS", "INGEST", "Fault", "Turn"]
