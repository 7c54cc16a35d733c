"""A workbench: one contract, its world and its target, for whoever wants to send a request and look."""

from bothends.workbench.bench import Workbench

__all__ = ["Workbench"]
