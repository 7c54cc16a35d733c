"""`upstream-unclear`: faults that are neither clearly wrong answers nor clearly a lack of one.

Connections that end before the answer does, answers that are no HTTP, the statuses that say "not now",
and answers that nobody can be asked to read whole: any answer that the spec declares for an
upstream's fault is right.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.cases.families.faults import ANY_FAULT, fault_cases

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bothends.contract.model import Contract, Operation
    from bothends.records import Case

family = "upstream-unclear"
quick = (
    "*-resets",
    "*-resets-unread",
    "*-closes",
    "*-malformed-chunk",
    "*-breaks-off",
    "*-announces-more",
    "*-answers-429",
    "*-answers-503",
    "*-asks-to-wait-429",
    "*-deep",
)

_NOT_NOW = (408, 429, 502, 503, 504)
_SENTENCES = {
    "resets": "the {upstream} resets the connection",
    "resets-each-connection": "the {upstream} resets each connection",
    "resets-unread": "the {upstream} resets the connection unread",
    "closes": "the {upstream} closes the connection",
    "speaks-no-http": "the {upstream} speaks no HTTP",
    "malformed-chunk": "the {upstream} answers in a malformed chunk",
    "breaks-off": "the {upstream} breaks off in the body",
    "announces-more": "the {upstream} announces more than it sends",
    "announces-less": "the {upstream} announces less than it sends",
    **{f"answers-{status}": f"the {{upstream}} answers {status}" for status in _NOT_NOW},
    **{f"answers-page-{status}": f"the {{upstream}} answers {status} with a web page" for status in (502, 503)},
    **{f"asks-to-wait-{status}": f"the {{upstream}} answers {status} and asks to wait 3600 s" for status in (429, 503)},
    "gigabyte": "the {upstream} answers a gigabyte",
    "gzip-bomb": "the {upstream} answers with a gzip bomb",
}
_DEEP = {"deep": "the {upstream} answers 100000 arrays deep"}


def cases(contract: Contract, operation: Operation) -> Iterator[Case]:
    """Yield one case for each unclear fault, for each upstream and for the ingest."""
    yield from fault_cases(contract, operation, family, _SENTENCES, ANY_FAULT)
    for name, schema in (*contract.answers.items(), ("ingest", None)):
        if schema is None or not schema.is_valid([[[]]]):  # else it may be right, whoever can read it
            yield from fault_cases(contract, operation, family, _DEEP, ANY_FAULT, upstream=name)
