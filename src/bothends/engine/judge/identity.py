"""What an ID names: one instance of a finding, the same in each run that shows it.

An ID is a digest of

- the law, and the cause as data (`Cause`), never in words: rewording changes no ID;
- the operation: the same bug in another operation is another instance;
- the status of the answer, or that there was none: a 400 that becomes a 500 is something new;
- the name of the case, where the cause has no place. A cause with a place (a pointer, a header) is the same whichever
  request shows it; a cause without one, such as "400 instead of a success", says nothing of what is refused, and the
  case does.

Nothing in it follows from chance, from the seed, from sample values, from how far a request was minimized, or from the
order in which cases were played. A case that was drawn at random has a name that means another request in the next
run: it counts by its family. Neither is a digest of the contract in it: an edit elsewhere in the spec gives no finding
a new ID. `tests/engine/test_identity.py` pins IDs: what was accepted once must stay so.
"""

from __future__ import annotations

from hashlib import blake2s
from typing import TYPE_CHECKING

from bothends.laws import Scope, law_of, outcome_of
from bothends.records import Instance

if TYPE_CHECKING:
    from bothends.records import Breach, Case

_BYTES = 5
"""Of the digest: IDs are typed by people, and a run has hundreds at most."""


def instance_of(breach: Breach, case: Case) -> Instance:
    """Return which instance a breach is.

    Args:
        breach: What was broken.
        case: The case that showed it; of what no exchange shows, one of those that were under way.
    """
    exchange = breach.exchange
    operation, status = case.operation, "" if exchange is None else outcome_of(exchange.answer)
    name = "" if breach.cause.location else case.lasting_name
    if exchange is None and law_of(breach.law).scope is Scope.EVENT:
        operation = name = ""  # an event that nothing has caused: what was under way as it came is chance
    parts = (breach.law, *breach.cause.fields, operation, status, name)
    digest = blake2s("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=_BYTES).hexdigest()
    return Instance(digest, operation, status, name)
