"""The engine: plays the cases of a contract on a stage, judges them, and tells what happens as typed events.

It imports no reporter: whoever wants to show a run iterates over its events.
"""

from bothends.engine.options import Options
from bothends.engine.provider import ProviderOptions, ProviderVerification
from bothends.engine.replay import replay
from bothends.engine.verification import Verification
from bothends.state_folder import STATE_FOLDER

__all__ = ["STATE_FOLDER", "Options", "ProviderOptions", "ProviderVerification", "Verification", "replay"]
