"""The engine: runs the cases of a contract on a test bed, judges them, and reports what happens as typed events.

It imports no reporter: a program that shows a run iterates over its events.
"""

from bothends.engine.options import Options, contract_of
from bothends.engine.run import Verification, replay
from bothends.state_folder import STATE_FOLDER

__all__ = [
    "STATE_FOLDER",
    "Options",
    "Verification",
    "contract_of",
    "replay",
]
