"""Reads operations with their parameters, bodies, answers and callbacks."""

from bothends.contract.operations.callbacks import receiver_of, root_webhooks
from bothends.contract.operations.content import answers_of, media_types, read_examples
from bothends.contract.operations.id_sources import (
    about_theirs,
    anonymous,
    leads_to,
    query_of_location,
    values_of_answer,
    with_id_marks,
    with_mark,
    with_new_mark,
    with_own_marks,
    with_query_of_location,
)
from bothends.contract.operations.least_size import SizeCheck, TooLargeError
from bothends.contract.operations.reading import Reading, read_operations
from bothends.contract.operations.transition_terms import object_of, read_by
from bothends.contract.operations.workflows import Fault, Workflows, read_workflows

__all__ = [
    "Fault",
    "Reading",
    "SizeCheck",
    "TooLargeError",
    "Workflows",
    "about_theirs",
    "anonymous",
    "answers_of",
    "leads_to",
    "media_types",
    "object_of",
    "query_of_location",
    "read_by",
    "read_examples",
    "read_operations",
    "read_workflows",
    "receiver_of",
    "root_webhooks",
    "values_of_answer",
    "with_id_marks",
    "with_mark",
    "with_new_mark",
    "with_own_marks",
    "with_query_of_location",
]
