"""Manners: the ways in which a client sends a request, other than a good client's; one manner, one file."""

from bothends.target.manners.line import Heard, Line
from bothends.target.manners.manner import Manner
from bothends.target.manners.table import MANNERS, manner_of

__all__ = ["MANNERS", "Heard", "Line", "Manner", "manner_of"]
