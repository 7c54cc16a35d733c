"""The faults that an upstream or the ingest can have, each registered where it is defined."""

from bothends.world.faults.base import FAULTS, INGEST, Fault, FaultContext

__all__ = ["FAULTS", "INGEST", "Fault", "FaultContext"]
