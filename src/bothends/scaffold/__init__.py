"""`bothends init`: writes the start of a contract from a spec, and from what a running service is seen to do."""

from bothends.scaffold.copies import downloaded, file_of, folders_of, table
from bothends.scaffold.files import CORRECTIONS, OVERLAY, Start, Written, write_nothing_yet, write_start
from bothends.scaffold.needs import choice_of, narrowed
from bothends.scaffold.observation import NOBODY_SIGNS_IN, Observations, Seen, observe
from bothends.scaffold.overlay import put_right
from bothends.scaffold.proposal import Proposal
from bothends.scaffold.proposals import proposals
from bothends.scaffold.signed import unchecked

__all__ = [
    "CORRECTIONS",
    "NOBODY_SIGNS_IN",
    "OVERLAY",
    "Observations",
    "Proposal",
    "Seen",
    "Start",
    "Written",
    "choice_of",
    "downloaded",
    "file_of",
    "folders_of",
    "narrowed",
    "observe",
    "proposals",
    "put_right",
    "table",
    "unchecked",
    "write_nothing_yet",
    "write_start",
]
