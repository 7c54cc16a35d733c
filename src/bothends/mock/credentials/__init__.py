"""Who asks: one reader for each kind of session, found by its name; what has no reader must be there, and no more."""

from bothends.mock.credentials.gate import Gate, Unmet, Verdict, unmet
from bothends.mock.credentials.readers import READERS, Asking, Known, Reader

__all__ = ["READERS", "Asking", "Gate", "Known", "Reader", "Unmet", "Verdict", "unmet"]
