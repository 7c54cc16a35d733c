"""A workbench: one contract, its world and its target, to send requests and look at the results."""

from bothends.workbench.bench import Workbench

__all__ = ["Workbench"]
