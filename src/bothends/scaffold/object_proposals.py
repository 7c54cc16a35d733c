"""What a spec lacks of objects, as far as what was seen says it: flows, states, answers of refusal, who shares what."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_NEEDS, X_SHARED, X_TRANSITIONS
from bothends.contract.operations import answers_of
from bothends.contract.terms import CONFLICT, FORBIDDEN, NOT_FOUND, PRECONDITION_FAILED, WRONG_STATE
from bothends.records import count_of, were
from bothends.scaffold.flows import flows_of
from bothends.scaffold.proposal import Proposal
from bothends.scaffold.seen_objects import TIMES, listed, share, states_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from bothends.contract import Operation
    from bothends.contract.openapi import OperationPlace
    from bothends.contract.requests import IdPlace
    from bothends.scaffold.seen_objects import History, Refused, SeenObject, SeenObjects

_DENIED = frozenset({HTTPStatus.FORBIDDEN.value, HTTPStatus.NOT_FOUND.value})
"""What is answered for an object of another caller (RFC 9110, section 15.5.4): others speak of its state."""
_SUCCESSES = range(200, 300)
_GONE = frozenset({HTTPStatus.NOT_FOUND.value, HTTPStatus.GONE.value})


# Answers of refusal.


@dataclass(frozen=True, slots=True)
class RefusalRule:
    """What an `x-given` may say of an answer.

    Attributes:
        rule: The rule, as it is written.
        why: What was seen.
        is_sure: Whether it is to hold.
    """

    rule: Any
    why: str
    is_sure: bool


def refusal_rules(operation: Operation, found: SeenObjects) -> dict[int, list[RefusalRule]]:
    """Return what leads to the refusals of an operation, as far as that is about objects, by their statuses."""
    rules: dict[int, list[RefusalRule]] = {}
    seen = _as_one(found.refused.get(operation.id, []))
    for family, place in dict.fromkeys((each.family, each.place) for each in seen):
        some = [each for each in seen if (each.family, each.place) == (family, place)]
        for status, rule in _of_tries(family, place, some):
            rules.setdefault(status, []).append(rule)
    for status, rule in _of_states(operation, found):
        rules.setdefault(status, []).append(rule)
    theirs = found.theirs.get(operation.id, [])
    alike = theirs[0] if len(set(theirs)) == 1 and len(theirs) >= TIMES else None
    if alike is not None and alike in _DENIED:
        every = share(len(theirs), len(theirs))
        why = f"{every} for an object that another caller had made {_answered(theirs, alike)}"
        rules.setdefault(alike, []).insert(0, RefusalRule(FORBIDDEN, why, is_sure=True))
    return rules


def denied(operation: Operation, statuses: frozenset[int], found: SeenObjects) -> list[Any]:
    """Return the rules that an answer of an operation does not keep: what was tried so was answered otherwise.

    Args:
        operation: The operation.
        statuses: The statuses of the answer.
        found: What was seen.
    """
    seen = _as_one(found.refused.get(operation.id, []))
    rules = [(_rule(each.family, each.place), each.status) for each in seen]
    rules += [(FORBIDDEN, status) for status in found.theirs.get(operation.id, ())]
    if len({each.status for each in seen if each.in_path}) > 1:
        rules.append((NOT_FOUND, None))  # one of the ids of the path is another matter
    named = [rule for rule, _ in rules]
    kept = [rule for rule, status in rules if status in statuses]
    return [rule for place, rule in enumerate(named) if rule not in kept and rule not in named[:place]]


def without(proposal: RefusalRule, rules: Sequence[Any]) -> RefusalRule | None:
    """Return what a rule says but for what another operation with the same answer does not keep; None: nothing."""
    said = proposal.rule if isinstance(proposal.rule, list) else [proposal.rule]
    kept = [each for each in said if each not in rules]
    if not proposal.is_sure or len(kept) == len(said):
        return proposal
    return replace(proposal, rule=kept[0] if len(kept) == 1 else kept) if kept else None


def _rule(family: str, place: str) -> Any:
    """Return what an `x-given` says of a family, and of which place that is."""
    return {"family": family, "for": place} if family == NOT_FOUND and place else family


def _is_refusal(status: int | None) -> bool:
    return status is not None and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR


def _answered(some: Sequence[object], status: int) -> str:
    return f"{were(len(some))} answered {status}"


def _as_one(seen: Sequence[Refused]) -> list[Refused]:
    """Return requests of which those about ids of the path need no word for which, where all are answered alike."""
    statuses = {each.status for each in seen if each.in_path}
    return [replace(each, place="") if each.in_path and len(statuses) == 1 else each for each in seen]


_ABOUT = {
    NOT_FOUND: "with an id{} that no object has",
    CONFLICT: "with the values of one that had succeeded",
    PRECONDITION_FAILED: "with a tag{} that the object does not have",
}


def _of_tries(family: str, place: str, some: Sequence[Refused]) -> Iterator[tuple[int, RefusalRule]]:
    about = _ABOUT[family].format(f" in {place}" if place else "")
    rule = _rule(family, place)
    for status in dict.fromkeys(each.status for each in some):
        so = [each for each in some if each.status == status]
        if status is not None and _is_refusal(status):
            why = f"{share(len(so), len(some))} {about} {_answered(so, status)}"
            yield status, RefusalRule(rule, why, is_sure=len(so) == len(some) >= TIMES)


def _of_states(operation: Operation, found: SeenObjects) -> Iterator[tuple[int, RefusalRule]]:
    """Yield what is answered about objects in a state in which an operation does not succeed; it does in another."""
    for one in found.every:
        right = [before for before in one.histories() if one.all_succeed(before, operation.id)]
        refused: dict[int, list[History]] = {}
        for before in one.histories():
            status = one.refusal(before, operation.id)
            if status is not None and status not in _GONE and right:
                refused.setdefault(status, []).append(before)
        for code, several in refused.items():
            count = sum(len(one.of(each, operation.id)) for each in several)
            why = (
                f"{share(count, count)} {_when(several)} {were(count)} answered {code},"
                f" and {_when(right[:1])} it succeeded"
            )
            yield code, RefusalRule(WRONG_STATE, why, is_sure=True)


def _when(before: Sequence[History]) -> str:
    """Return when something was sent about an object, for a person to read."""
    told = listed([" then ".join(each) for each in before if each])
    new = "about a new object" if () in before else ""
    return " and ".join(filter(None, (new, f"after {told}" if told else "")))


def merged(rules: Sequence[RefusalRule]) -> RefusalRule | None:
    """Return what several rules say together, those that are sure before others; None: there are none."""
    sure = [each for each in rules if each.is_sure]
    kept = sure or list(rules[:1])
    if not kept:
        return None
    said: list[Any] = []
    for each in kept:
        said += [each.rule] if each.rule not in said else []
    why = "; ".join(dict.fromkeys(each.why for each in kept))
    return RefusalRule(said[0] if len(said) == 1 else said, why, is_sure=bool(sure))


# Flows.


def needs_proposals(
    places: Mapping[str, OperationPlace], operations: Mapping[str, Operation], found: SeenObjects
) -> Iterator[Proposal]:
    """Yield the `x-needs` of operations, where the contract has none of the same object."""
    for flow in flows_of(found):
        known = operations[flow.operation].needs
        place = places[flow.operation].place
        if X_NEEDS not in place.mapping() and not any(each.leads == flow.place.leads for each in known):
            yield Proposal(place, {X_NEEDS: flow.said}, flow.why)


# States.


def transition_proposals(
    places: Mapping[str, OperationPlace], operations: Mapping[str, Operation], found: SeenObjects
) -> Iterator[Proposal]:
    """Yield the `x-transitions` of operations, where one member of what shows the object says all that was seen."""
    for one in found.every:
        about = [*one.makers, *one.places]
        if any(operations[name].transitions is not None for name in about):
            continue
        machine = _Machine(one)
        if machine.at and all(place.part == "path" for place in one.places.values()):
            yield from machine.proposals(places, operations)


class _Machine:
    """The states of one kind of object.

    Attributes:
        at: JSON pointer to the state in what shows the object; empty: nothing says it for certain.
    """

    def __init__(self, one: SeenObject) -> None:
        self._one = one
        self._shown = (
            {before: states_in(one.of(before, one.reader)) for before in one.histories()} if one.reader else {}
        )
        self.at = self._place()

    def _place(self) -> str:
        """Return the only place at which a word differs between objects that have gone through different things."""
        shown = {before: dict(words) for before, words in self._shown.items() if words}
        first = shown.get((), {})
        moved = [at for at in first if len({words.get(at) for words in shown.values()}) > 1]
        named = [at for at in moved if at.rpartition("/")[2].lower() in {"status", "state", "phase"}]
        found = named or moved
        return found[0] if len(found) == 1 else ""

    def _state(self, before: History) -> str | None:
        return dict(self._shown.get(before, ())).get(self.at)

    def _seen(self, name: str) -> tuple[dict[str, list[str | None]], dict[str, list[int | None]]]:
        """Return to which states an operation leads from each, and what it is answered in others."""
        leads: dict[str, list[str | None]] = {}
        refused: dict[str, list[int | None]] = {}
        for before in self._one.histories():
            state, tries = self._state(before), self._one.of(before, name)
            if state is None or len(tries) < TIMES:
                continue
            if all(each.succeeded for each in tries):
                leads.setdefault(state, []).append(self._state((*before, name)))
            else:
                refused.setdefault(state, []).extend(each.status for each in tries)
        return leads, refused

    def proposals(
        self, places: Mapping[str, OperationPlace], operations: Mapping[str, Operation]
    ) -> Iterator[Proposal]:
        """Yield what each operation does to the state."""
        first = self._state(())
        made: list[tuple[str, dict[str, Any], str, bool]] = []
        for name in self._one.places:
            if operations[name].method == "DELETE":
                continue
            said = self._of_operation(name, operations[name])
            if said is not None:
                made.append((name, *said))
        if first is None or not made:
            return
        maker = self._one.makers[0]
        why = f"{count_of(len(self._one.of((), self._one.reader)), 'object')} had this at {self.at} when they were new"
        yield Proposal(
            places[maker].place,
            {X_TRANSITIONS: {"to": first, "at": self.at}},
            why,
            is_sure=any(each[3] for each in made),
        )
        for name, update, told, is_sure in made:
            yield Proposal(places[name].place, {X_TRANSITIONS: update}, told, is_sure=is_sure)

    def _of_operation(self, name: str, operation: Operation) -> tuple[dict[str, Any], str, bool] | None:
        leads, refused = self._seen(name)
        if not leads or not (refused or any(state not in thens for state, thens in leads.items())):
            return None  # it is right in each state, and changes none
        thens = {then for some in leads.values() for then in some if then is not None}
        same = all(set(some) <= {state, None} for state, some in leads.items())
        statuses = {status for some in refused.values() for status in some}
        is_sure = not leads.keys() & refused.keys() and all(_is_refusal(status) for status in statuses)
        is_sure = is_sure and all(len(set(some) - {None}) == 1 for some in leads.values())
        is_sure = is_sure and (same or len(thens) == 1)
        others = next(iter(statuses)) if len(statuses) == 1 else None
        known = others is not None and operation.answer_for(others) is not None
        update: dict[str, Any] = {"from": sorted(leads)}
        if thens and not same:
            update["to"] = next(iter(thens)) if len(thens) == 1 else sorted(thens)
        update |= {"others": others} if known else {}
        why = f"from {listed(sorted(leads))} it succeeded"
        if refused:
            told = ", ".join(
                f"{state} ({', '.join(sorted({str(s) for s in some}))})" for state, some in sorted(refused.items())
            )
            why += f", and was refused from {told}"
        why += f"; each was tried {TIMES} times or more"
        conflict = operation.answer_for(HTTPStatus.CONFLICT)
        if not refused and conflict is not None and conflict.status == str(HTTPStatus.CONFLICT.value):
            is_sure = False
            why += "; 409 is declared, and was never seen: if one of them is to be refused, that is a bug"
        return update, why, is_sure


# Who shares what.


def shared_proposals(
    places: Mapping[str, OperationPlace], operations: Mapping[str, Operation], found: SeenObjects
) -> Iterator[Proposal]:
    """Yield the `x-shared` of operations that show what other callers have made: whether they may, a person decides."""
    for name, statuses in found.theirs.items():
        place, in_path = places[name].place, any(one.part == "path" for one in operations[name].id_places)
        if in_path and X_SHARED not in place.mapping() and all(status in _SUCCESSES for status in statuses):
            every = share(len(statuses), len(statuses))
            why = f"{every} for an object that another caller had made succeeded: if it is not meant so, that is a bug"
            denied = [answer.status for answer in operations[name].answers if answer.status in map(str, _DENIED)]
            finds = f", which `{FORBIDDEN}` in the x-given of its answer {denied[0]} lets a run find" if denied else ""
            why += finds
            yield Proposal(place, {X_SHARED: True}, why, is_sure=False)


# Links.


def link_proposals(
    places: Mapping[str, OperationPlace], operations: Mapping[str, Operation], found: SeenObjects
) -> Iterator[Proposal]:
    """Yield the links that make a promise of what names alone had said: an id in a body, the tag of an object."""
    for operation in operations.values():
        for place in operation.id_places:
            expression = _given_by(place)
            if not (place.guessed and expression):
                continue
            tries = [each for one in found.every for each in one.tried if each.operation == operation.id]
            right = [each for each in tries if each.succeeded]
            refused = [
                each
                for each in found.refused.get(operation.id, [])
                if each.family == NOT_FOUND and each.place == place.title and _is_refusal(each.status)
            ]
            source = place.sources[0].operation
            why = (
                f"{share(len(right), len(tries))} with the id of an answer to {source} in {place.title} succeeded,"
                f" and {len(refused)} with an id that no object has {were(len(refused))} refused"
            )
            link = {"operationId": operation.id, "requestBody": _nested(place.name, expression)}
            is_sure = len(right) >= TIMES and len(refused) >= TIMES
            yield from _on_successes(places[source], operations[source], operation, link, why, is_sure=is_sure)


def _given_by(place: IdPlace) -> str:
    """Return the expression of the value that an answer gives; empty: it is not known which member has it."""
    return "$response.body#/id" if place.sources and place.sources[0].how == "answer" else ""


def _nested(pointer: str, value: str) -> Any:
    made: Any = value
    for key in reversed(pointer.split("/")[1:]):
        made = {key: made}
    return made


def _on_successes(  # noqa: PLR0913 -- a link, and where it stands
    place: OperationPlace, source: Operation, target: Operation, link: dict[str, Any], why: str, *, is_sure: bool
) -> Iterator[Proposal]:
    for status, answer in answers_of(place.place):
        declared = next((each for each in source.answers if each.status == status), None)
        if declared is not None and source.statuses_for(declared) & source.success_statuses:
            yield Proposal(answer, {"links": {target.id: link}}, why, is_sure=is_sure)
