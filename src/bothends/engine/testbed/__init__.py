"""The test bed of a run: the world, the target, the client, and what this machine took from them."""

from bothends.engine.testbed.machine import SHARE, TOO_BUSY, Measurements, Sample
from bothends.engine.testbed.preparation import Preparation
from bothends.engine.testbed.testbed import TestBed, copies_apart, open_testbed, target_lock, target_settings

__all__ = [
    "SHARE",
    "TOO_BUSY",
    "Measurements",
    "Preparation",
    "Sample",
    "TestBed",
    "copies_apart",
    "open_testbed",
    "target_lock",
    "target_settings",
]
