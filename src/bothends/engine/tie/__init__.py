"""Which event belongs to which exchange.

The target gives no help: an event has no request id. The first of these that applies decides:

1. Address (`names.py`): the path that was made for one exchange; what came to that of another one, `astray.py` finds.
2. Caller (`names.py`): the token of a test user that only one exchange has. An event with several users is mixed, and
   goes to the latest of their requests.
3. Trace and mark (`names.py`, `keys.py`): what a request had of its own and events are known to repeat.
4. Values (`matching.py`, `Match`): the values of the request and of the answer that the event must have. A value of
   the answer is certain (`Match.SURE`).
5. Time (`assignment.py`): all other events of a batch are assigned together. An exchange is an interval, an event a
   point in it. Events go to exchanges that lack one, in the order in which the exchanges end, which leaves the
   fewest without one. An acknowledged event goes to a success first. Where several exchanges were possible, each of
   them is `guessed`, and no finding rests on it.
6. Else an event is a phantom if it has a token of the run, and unexplained if it has none.

`attribution.py` takes these steps in their order: `unnamed.py` has those that are for events which name no exchange.
Which exchanges of earlier batches an event may still be given to, `earlier.py` knows; whose an upstream call is,
`calls.py` says.

Which exchange an event is given to is one thing, what follows from it another: once a law is broken, `certainty.py`
says which exchanges could have sent the event (`past.py`: those that are not over), and whether the breach holds
whichever of them has. `told.py` writes that down for a person.

Of which callback of its operation an event is, `matching.py` says. `anomalies.py` looks at the batch afterwards:
events that were swapped, and upstream answers that got into the event of another exchange.

Assigning one event at a time would be simpler and wrong: an early event takes the place of a later one, and a
correct target seems to have sent too few and too many. `docs/explanation/tying-an-event-to-its-request.md` says the
same for users.
"""

from bothends.engine.tie import told
from bothends.engine.tie.answered import Address
from bothends.engine.tie.attribution import Attributed, Attribution
from bothends.engine.tie.certainty import Certainty
from bothends.engine.tie.keys import (
    LEAST_SEEN,
    OF_REQUESTS,
    Alteration,
    EventKeys,
    Keys,
    canonical,
    claims,
    learned,
    parts_of_key,
    traced,
    with_trace,
)
from bothends.engine.tie.matching import CallbackMatcher
from bothends.engine.tie.untied import own_path, told_at_once, untied, without_queues

__all__ = [
    "LEAST_SEEN",
    "OF_REQUESTS",
    "Address",
    "Alteration",
    "Attributed",
    "Attribution",
    "CallbackMatcher",
    "Certainty",
    "EventKeys",
    "Keys",
    "canonical",
    "claims",
    "learned",
    "own_path",
    "parts_of_key",
    "told",
    "told_at_once",
    "traced",
    "untied",
    "with_trace",
    "without_queues",
]
