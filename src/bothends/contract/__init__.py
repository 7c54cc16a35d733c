"""The contract: the spec, its nine extensions and the settings, read into records."""

from bothends.contract.admission import AS_FRACTION, Admission, admission, broken_keywords, doubts_of_parameters
from bothends.contract.load import Opened, load, open_document, open_spec, selection_of, settings_of, without_spec
from bothends.contract.model import (
    BodyExample,
    BodyRule,
    Contract,
    DeclaredAnswer,
    EventContract,
    HeaderRule,
    Operation,
    Parameter,
    answer_names,
)

__all__ = [
    "AS_FRACTION",
    "Admission",
    "BodyExample",
    "BodyRule",
    "Contract",
    "DeclaredAnswer",
    "EventContract",
    "HeaderRule",
    "Opened",
    "Operation",
    "Parameter",
    "admission",
    "answer_names",
    "broken_keywords",
    "doubts_of_parameters",
    "load",
    "open_document",
    "open_spec",
    "selection_of",
    "settings_of",
    "without_spec",
]
