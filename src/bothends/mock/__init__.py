"""A mock of a contract: it answers as the contract says, and sends the events that it declares. It judges nothing."""

from bothends.mock.following import Edit, follow
from bothends.mock.issuing import CALLERS
from bothends.mock.journal import Attempt
from bothends.mock.mock import Mock, Options
from bothends.mock.service import CONTROL
from bothends.mock.serving import Served, open_contract, serving

__all__ = [
    "CALLERS",
    "CONTROL",
    "Attempt",
    "Edit",
    "Mock",
    "Options",
    "Served",
    "follow",
    "open_contract",
    "serving",
]
