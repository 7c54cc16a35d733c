"""A workbench: one contract, its world and its target, to send a request and look at the exchange."""

from bothends.workbench.bench import Workbench
from bothends.workbench.late import stored

__all__ = [
    "Workbench",
    "stored",
]
