"""What a run has seen, as counts, and what follows from the whole of it: what was not proven, and why.

A module defines what it counts (`counted`), counts it (`note`), and says what follows from the counts and the contract
alone (`not_proven`; `notes`, where it changes no verdict). `Evidence` calls each.
"""

from bothends.engine.evidence import tallies
from bothends.engine.evidence.agreement import Row, agreeing, contradicts, likeliest, sources, varies
from bothends.engine.evidence.callbacks import CallbackNotes, never_came
from bothends.engine.evidence.evidence import Evidence
from bothends.engine.evidence.facts import Facts
from bothends.engine.evidence.valid_requests import refusals
from bothends.engine.evidence.written import counts_coder

__all__ = [
    "CallbackNotes",
    "Evidence",
    "Facts",
    "Row",
    "agreeing",
    "contradicts",
    "counts_coder",
    "likeliest",
    "never_came",
    "refusals",
    "sources",
    "tallies",
    "varies",
]
