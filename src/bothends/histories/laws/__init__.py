"""The laws of histories, each a pure function of a history and of what is promised."""

from bothends.histories.laws.law import Breach, HistoryVerdict, Undecided
from bothends.histories.laws.table import LAWS, judge

__all__ = ["LAWS", "Breach", "HistoryVerdict", "Undecided", "judge"]
