"""What the objects of requests are for: which places of a request need one each, and which requests share it.

- What only reads shares objects, and what writes shares others: no write changes what is read.
- What deletes, or may do so, has an object of its own for each request, made in this run. What a list gives is read,
  never changed.
- What uses up its object has one of its own for each request too, as soon as that was seen (`used_up.py`). So has who
  changes an object by its tag.
- What is told of in order, or by one event for several requests, has one of its own as well: else an event waits for
  those of other requests, or is the same.
- A finding is retried with an object that is as new as at first: then each request that writes has one of its own.
- A case that says by which case its object is made has one that was made by it, and reads it alone.
- A case that says after which cases its object is has one of its own, about which these were played.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bothends.contract.operations import anonymous
from bothends.contract.requests import SAFE, IdPlace, asks_for_theirs, marks_in, variants_in

if TYPE_CHECKING:
    from bothends.contract import Contract, Operation
    from bothends.engine.play.known_objects import KnownObject
    from bothends.engine.play.used_up import UsedUp
    from bothends.records import Case

Key = tuple[str, str]
"""What objects are for: the path that leads to them, and what becomes of them: their role."""
READ, WRITE, OWN, DOUBTFUL, NEW, AFTER = "read", "write", "own", "doubtful", "new", "after"
_TAKEN = frozenset({OWN, DOUBTFUL, NEW, AFTER})
"""Objects of which each is for one request."""
_ERRORS = range(400, 600)


class Roles:
    """Says what the objects of requests are for.

    Attributes:
        anew: Whether each request that may change an object has one that was made for it.
    """

    def __init__(self, contract: Contract, used_up: UsedUp) -> None:
        """Take a contract, and what is learnt of its target."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._used_up = used_up
        self.anew = False

    def heads(self, case: Case) -> tuple[IdPlace, ...]:
        """Return the places of a case's request that need an object each: first the one that leads farthest."""
        operation = self._operations.get(case.operation)
        if operation is None or not operation.id_places or not may_share_callers(self._contract, operation):
            return ()
        heads: list[IdPlace] = []
        # The sort keeps the order of those that lead as far.
        for place in sorted(marks_in(operation.id_places, case.request), key=depth, reverse=True):
            if not place.of_state and not any(self._is_of(head, place) for head in heads):
                heads.append(place)
        return tuple(heads)

    def _is_of(self, head: IdPlace, place: IdPlace) -> bool:
        """Return whether the value of a place goes with the object of another one."""
        if head.leads.startswith(place.leads):
            return True
        return any(
            any(leads == head.leads for leads, _ in source.values)
            or ("?" not in head.leads and anonymous(self._operations[source.operation].path).startswith(head.leads))
            for source in place.sources
        )

    def lacking(self, case: Case, bound: KnownObject | None) -> tuple[IdPlace, ...]:
        """Return the places of a case's request that need an object, and have none that is bound to it."""
        own = {} if bound is None else bound.values
        return tuple(head for head in self.heads(case) if head.leads not in own)

    def of(self, case: Case, *, anew: bool = False) -> str:
        """Return what the objects of a case are for.

        Args:
            case: The case.
            anew: Whether it has one that was made for it, if it may change that.
        """
        if case.made_by is not None:
            return f"{READ} {case.made_by.operation} {case.made_by.label}"
        operation = self._operations[case.operation]
        if case.in_a_state or case.look is not None:
            return f"{AFTER} {operation.id} {case.label}"
        if case.request.method in SAFE:
            return f"{READ} {operation.id}" if operation.needs else READ
        if any(again.beyond or again.frees for again in case.again):
            return f"{OWN} {operation.id}"  # the next one is to be about another, or to use it up
        if self.anew or anew:
            return f"{NEW} {operation.id}" if operation.needs else NEW
        return self._role_of_change(case, operation)

    def _role_of_change(self, case: Case, operation: Operation) -> str:
        """Return what objects are for that a case may change, where others share them."""
        ends = self._ends(case)
        if any(kind == "never" for _, kind in variants_in(operation.id_places, case.request)):
            return WRITE
        if case.expect.of_known:
            return f"{DOUBTFUL} {case.operation}"  # in another state, it may be refused for that
        # Behind a request that is refused, another one may come on the same connection, about the same object.
        refused = case.expect.refused and (case.following is None or case.following.refused)
        if not (ends or case.request.method == "DELETE") or refused:
            return WRITE
        # Those that may be refused take none from those that do it: of each kind some are played.
        kind = DOUBTFUL if any(status in _ERRORS for status in case.expect.statuses) else OWN
        return f"{kind} {case.operation}" if ends else kind

    def _ends(self, case: Case) -> bool:
        """Return whether a success of a case, which deletes nothing, leaves its object to no other request of it."""
        operation = self._operations[case.operation]
        if case.request.method != operation.method:
            return False
        if operation.needs or operation.method == "DELETE":
            return bool(operation.needs)
        of_state = any(place.of_state for place in marks_in(operation.id_places, case.request))
        return of_state or _is_told_in_turn(operation) or operation.id in self._used_up.operations

    def can_be_used_up(self, case: Case) -> bool:
        """Return whether a case changes an object, so that another request may find it in another state."""
        return case.request.method not in SAFE and bool(self.heads(case))

    def about_theirs(self, case: Case) -> bool:
        """Return whether a case is about another caller's object."""
        operation = self._operations.get(case.operation)
        return operation is not None and asks_for_theirs(operation.id_places, case.request)

    def is_theirs(self, case: Case, head: IdPlace) -> bool:
        """Return whether the object of one place of a case's request is to be another caller's."""
        places = self._operations[case.operation].id_places
        with_it = [place for place in places if place is head or self._is_of(head, place)]
        return asks_for_theirs(with_it, case.request)


def _is_told_in_turn(operation: Operation) -> bool:
    """Whether an event of an operation waits for others about its object, or stands for them, as `x-state` says."""
    states = [event.state for event in operation.events if event.state is not None]
    return any(state.order or state.coalesces for state in states)


def is_of_one_operation(role: str) -> bool:
    """Return whether objects of a role are for the requests of one operation, each for one."""
    kind, _, of = role.partition(" ")
    return bool(of) and kind in _TAKEN


def is_taken(role: str) -> bool:
    """Return whether objects of a role are for one request each."""
    return role.partition(" ")[0] in _TAKEN


def role_beside(role: str) -> str:
    """Return the role of what a request names beside its own object."""
    kind, _, operation = role.partition(" ")
    if kind == READ or role == NEW or (operation and kind in _TAKEN):
        return kind if kind == READ else role
    return WRITE


def may_share_callers(contract: Contract, operation: Operation) -> bool:
    """Whether several requests may have one caller: events and calls are not told by the caller."""
    told_by_caller = operation.events or contract.settings.world.upstreams
    return not (operation.security.mints_identities and told_by_caller)


def depth(place: IdPlace) -> tuple[bool, int]:
    """Return how far an id leads, to be compared."""
    return (place.part == "path", place.leads.count("{}"))
