"""What a spec lacks, as far as what was seen says it: which answers are given when, and which events are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from bothends.contract.openapi import X_SENDS, select
from bothends.contract.operations import answers_of, root_webhooks
from bothends.contract.terms import (
    BODY_TOO_LARGE,
    FAMILIES,
    FORBIDDEN,
    INVALID_BODY,
    MALFORMED_BODY,
    SIGNED_OUT,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_FAMILIES,
    UPSTREAM_TIMEOUT,
    UPSTREAM_UNREACHABLE,
    UPSTREAM_WRONG,
)
from bothends.records import MISSING, count_of, join, were
from bothends.scaffold.content import body_of
from bothends.scaffold.declared import lacking, sent_webhook, uses_of
from bothends.scaffold.events import callbacks_of, declared_of, delivery_of, owed, ties_of, told_apart
from bothends.scaffold.object_proposals import (
    RefusalRule,
    denied,
    link_proposals,
    merged,
    needs_proposals,
    refusal_rules,
    shared_proposals,
    transition_proposals,
    without,
)
from bothends.scaffold.observation import SUCCESS
from bothends.scaffold.proposal import Proposal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from bothends.contract import Contract, DeclaredAnswer, Operation
    from bothends.contract.openapi import OperationPlace
    from bothends.documents import Place
    from bothends.scaffold.declared import Use
    from bothends.scaffold.events import SeenCallback
    from bothends.scaffold.observation import Observations, Seen

X_GIVEN = "x-given"
_LEAST_TRIES = 2
_SILENT = "so may be a right request, as none succeeded"
_BY_NUMBER = {
    "400": MALFORMED_BODY,
    "401": SIGNED_OUT,
    "403": FORBIDDEN,
    "413": BODY_TOO_LARGE,
    "415": UNSUPPORTED_MEDIA_TYPE,
    "422": INVALID_BODY,
    "502": UPSTREAM_WRONG,
    "503": UPSTREAM_UNREACHABLE,
    "504": UPSTREAM_TIMEOUT,
}
_KNOWN = frozenset(HTTPStatus)
_FIRST = (SIGNED_OUT, BODY_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, INVALID_BODY, MALFORMED_BODY, *UPSTREAM_FAMILIES)
"""The families that are tried, in the order in which an answer names them."""
_OF_BODIES = {BODY_TOO_LARGE, INVALID_BODY, MALFORMED_BODY, UNSUPPORTED_MEDIA_TYPE}


def proposals(root: Place, contract: Contract, found: Observations) -> list[Proposal]:
    """Return what the operations under test lack, in the document's order.

    Args:
        root: The document.
        contract: What of it there is already.
        found: What was seen; nothing, where no service was asked.

    Raises:
        ContractError: The document's paths can't be read.
    """
    places = {each.id: each for each in select(root, ["*"], None).chosen}
    catch_all = _catch_all(places.values())
    made: list[Proposal] = []
    answers: list[_Answer] = []
    uses: list[Use] = []
    seen = [(each, callback) for each in contract.operations for callback in callbacks_of(each, contract, found)]
    arrived = told_apart(seen)
    unkept = _unkept(places, contract, found)
    for operation in contract.operations:
        place = places[operation.id]
        answers += [
            _Answer(place.place, status, each) for status, each in _answers(place, operation, found, catch_all, unkept)
        ]
        uses += uses_of(root, place.place, operation, declared_of(operation, found))
        sends: list[Proposal] = []
        for callback in (each for by, each in arrived if by is operation):
            sent = sent_webhook(root, place.place, operation, callback, contract)
            if sent is None:
                made.append(_callback(place, callback, operation, contract, found))
                continue
            sends.append(sent[0])
            uses += [sent[1]] if sent[0].is_sure else []
        made += _together(sends) if sends or operation.events else _named(root, place)
    operations = {each.id: each for each in contract.operations}
    agreed = _agreed([*_apart(answers, catch_all, root), *made, *lacking(root, uses, contract, found)])
    return [
        *agreed,
        *link_proposals(places, operations, found.objects),
        *needs_proposals(places, operations, found.objects),
        *transition_proposals(places, operations, found.objects),
        *shared_proposals(places, operations, found.objects),
    ]


def _together(sends: Sequence[Proposal]) -> Iterator[Proposal]:
    """Yield the `x-sends` of one operation: those that are sure as one list."""
    sure = [each for each in sends if each.is_sure]
    if sure:
        names = list(dict.fromkeys(name for each in sure for name in each.update[X_SENDS]))
        yield Proposal(sure[0].place, {X_SENDS: names}, "; ".join(each.why for each in sure))
    yield from (each for each in sends if not each.is_sure)


def _named(root: Place, place: OperationPlace) -> Iterator[Proposal]:
    """Yield the `x-sends` of the webhooks that an operation's own text names: nothing was seen of them."""
    text = " ".join(str(place.place.mapping().get(key, "")) for key in ("summary", "description"))
    names = [name for name, _ in root_webhooks(root) if re.search(_as_named(name), text)]
    if names:
        yield Proposal(place.place, {X_SENDS: names}, "its description names the webhook", is_sure=False)


def _as_named(webhook: str) -> str:
    """Return the pattern of a webhook's name in a text: a word such as `sent` names it only in quotes."""
    name = re.escape(webhook)
    is_word = re.search(r"[._-]|[a-z][A-Z]", webhook) is None
    return f"[`'\"]{name}[`'\"]" if is_word else rf"(?<![\w.-]){name}(?![\w-]|\.\w)"


# Which conditions lead to an answer.


@dataclass(frozen=True, slots=True)
class _Answer:
    """What is proposed for an answer of one operation.

    Attributes:
        operation: The operation.
        status: The answer's, as it is written.
        proposal: What is proposed.
    """

    operation: Place
    status: str
    proposal: Proposal


def _catch_all(operations: Iterable[OperationPlace]) -> set[tuple[str, str]]:
    """Return where the answers stand that are those of several statuses: many documents have one for all refusals."""
    statuses: dict[tuple[str, str], set[str]] = {}
    for each in operations:
        for status, answer in answers_of(each.place):
            statuses.setdefault(answer.identity, set()).add(status)
    return {identity for identity, some in statuses.items() if len(some) > 1}


def _apart(answers: Sequence[_Answer], catch_all: Collection[tuple[str, str]], root: Place) -> Iterator[Proposal]:
    """Yield what is proposed for answers: one that stands for several statuses is written anew for the operation.

    Such are at the places in `catch_all`. What leads to it in one operation is not what leads to it as another status,
    and nothing can be said beside a reference.
    """
    for each in answers:
        answer, responses = each.proposal.place, each.operation.get("responses")
        written = responses.mapping() if responses is not None else {}
        key = next((key for key in written if key.upper() == each.status.upper()), "")
        if answer.identity not in catch_all or responses is None:
            yield each.proposal
        elif root.document is answer.document is responses.document:
            update = {key: {**answer.mapping(), **each.proposal.update}}
            yield Proposal(responses, update, each.proposal.why, is_sure=each.proposal.is_sure, instead=key)


def _unkept(
    places: Mapping[str, OperationPlace], contract: Contract, found: Observations
) -> dict[tuple[str, str], list[Any]]:
    """Return what operations do not keep of what is seen of objects, by the answers that they share with others."""
    made: dict[tuple[str, str], list[Any]] = {}
    for operation in contract.operations:
        for status, answer in answers_of(places[operation.id].place):
            declared = next((each for each in operation.answers if each.status == status), None)
            if declared is not None:
                made.setdefault(answer.identity, []).extend(
                    denied(operation, operation.statuses_for(declared), found.objects)
                )
    return made


def _answers(
    place: OperationPlace,
    operation: Operation,
    found: Observations,
    catch_all: Collection[tuple[str, str]],
    unkept: Mapping[tuple[str, str], Sequence[Any]],
) -> Iterator[tuple[str, Proposal]]:
    """Yield the proposals for the answers of an operation, each with the status of its answer."""
    tried = {family: tries for family in _FIRST if (tries := _tries(family, operation, found))}
    of_objects = refusal_rules(operation, found.objects)
    for status, answer in answers_of(place.place):
        declared = next((each for each in operation.answers if each.status == status), None)
        if declared is None or declared.family_rules or status[0] in "123" or X_GIVEN in answer.mapping():
            continue
        rules = [each for code, some in of_objects.items() if str(code) == status for each in some]
        if operation.id in found.silent:
            # What is not found may be all that there is: the id of an answer may be no id of a path.
            rules = [replace(each, why=f"{each.why}; {_SILENT}", is_sure=False) for each in rules]
        rules = [left for each in rules if (left := without(each, unkept.get(answer.identity, ()))) is not None]
        own = list(_of_families(operation, declared, tried, found))
        likely = _by_number(operation, status)
        if not (own or rules) and likely not in (None, *tried) and answer.identity not in catch_all:
            why = "by its number alone: nothing that was tried was answered so"
            own = [RefusalRule(likely, why, is_sure=False)]
        rule = merged([*own, *rules])
        if rule is not None:
            yield status, Proposal(answer, {X_GIVEN: rule.rule}, rule.why, is_sure=rule.is_sure)
    yield from _undeclared(place, operation, of_objects)


def _undeclared(
    place: OperationPlace, operation: Operation, rules: Mapping[int, Sequence[RefusalRule]]
) -> Iterator[tuple[str, Proposal]]:
    """Yield the answers that were seen and are declared nowhere: whether they are meant, a person decides."""
    responses = place.place.get("responses")
    for code, some in rules.items():
        rule = merged(some) if operation.answer_for(code) is None else None
        if rule is not None and responses is not None:
            answer = {"description": HTTPStatus(code).phrase if code in _KNOWN else "Refused.", X_GIVEN: rule.rule}
            why = f"{rule.why}; the operation does not declare {code}"
            yield str(code), Proposal(responses, {str(code): answer}, why, is_sure=False)


def _by_number(operation: Operation, status: str) -> str | None:
    """Return the family that a status alone suggests; None: it suggests none that the operation can have."""
    family = _BY_NUMBER.get(status)
    return None if operation.body is None and family in _OF_BODIES else family


def _of_families(
    operation: Operation, declared: DeclaredAnswer, tried: Mapping[str, _Tries], found: Observations
) -> Iterator[RefusalRule]:
    """Yield what the families that were tried say of an answer: a rule for each that has no other answer."""
    statuses = operation.statuses_for(declared)
    seen = found.seen.get(operation.id, ())
    valid = sum(each.family == SUCCESS and each.status in statuses for each in seen)
    hit = {family: tries for family, tries in tried.items() if any(seen in statuses for _, seen in tries)}
    whole = [family for family, tries in hit.items() if all(seen in statuses for _, seen in tries)]
    for family in (each for each in _FIRST if each in whole):
        rule, why, is_sure = _rule(family, tried[family], operation, found)
        if rule != SIGNED_OUT and operation.id in found.silent:
            # What makes a right request fail may be what these fail for, such as an id that is made up.
            why, is_sure = f"{why}; {_SILENT}", False
        elif rule != SIGNED_OUT and valid:
            # A rule that the schema does not say, such as an end behind a start, would make an error of each of them.
            why, is_sure = f"{why}; so {were(valid)} {count_of(valid, 'valid request')}", False
        yield RefusalRule(rule, why, is_sure=is_sure)
    if not whole:
        yield from _some(hit, statuses)


_Tries = list[tuple["Seen", int]]


def _tries(family: str, operation: Operation, found: Observations) -> _Tries:
    """Return the requests of a family that were answered, and not with success where it is about a part of the world.

    Whoever does not wait for a part answers success, whatever becomes of it.
    """
    seen = [each for each in found.seen.get(operation.id, ()) if each.family == family]
    if family == BODY_TOO_LARGE:
        limit = found.limits.get(operation.id)
        normal = next((each.status for each in seen), None)
        return [(each, each.status) for each in seen if limit and each.status not in (None, normal)]
    answered = [(each, each.status) for each in seen if each.status is not None]
    of_parts = family in UPSTREAM_FAMILIES
    return [(each, status) for each, status in answered if not (of_parts and each.exchange.succeeded)]


def _rule(family: str, tries: _Tries, operation: Operation, found: Observations) -> tuple[Any, str, bool]:
    """Return what an answer's `x-given` says of a family, why, and whether it is sure."""
    statuses = sorted({status for _, status in tries})
    every = f"{len(tries)} of {count_of(len(tries), 'request')} of {family}"
    why = f"{every} {were(len(tries))} answered {', '.join(map(str, statuses))}"
    rule: Any = family
    if family == BODY_TOO_LARGE:
        limit, _ = found.limits[operation.id]
        rule = {"family": family, "bytes": limit}
        why = f"{limit} bytes were accepted, {limit + 1} were answered {statuses[0]}"
    return rule, why, len(tries) >= _LEAST_TRIES


def _some(hit: Mapping[str, _Tries], statuses: frozenset[int]) -> Iterator[RefusalRule]:
    """Yield what is proposed for an answer that only a part of the requests of a family had."""
    for family in (each for each in FAMILIES if each in hit):
        tries = hit[family]
        so = [each for each, status in tries if status in statuses]
        parts = {each.part for each in so}
        others = {each.part for each, status in tries if status not in statuses}
        if family in UPSTREAM_FAMILIES and len(parts) == 1 and not parts & others:
            rule = {"family": family, "upstream": next(iter(parts))}
            every = f"{len(so)} of {count_of(len(so), 'request')} of {family} at {next(iter(parts))}"
            why = f"{every} {were(len(so))} answered so"
            yield RefusalRule(rule, why, is_sure=len(so) >= _LEAST_TRIES)
        else:
            why = f"{len(so)} of {count_of(len(tries), 'request')} of {family} {were(len(so))} answered so"
            yield RefusalRule(family, why, is_sure=False)
        return


# Which events are sent.


def _callback(
    place: OperationPlace, callback: SeenCallback, operation: Operation, contract: Contract, found: Observations
) -> Proposal:
    when, why = owed(callback, operation, found)
    terms = delivery_of(ties_of(callback, operation, contract), operation, found)
    body = body_of(callback, operation, contract)
    at = f"/callbacks{join(callback.name)}{join(callback.url)}/{callback.method}"
    notes = {f"{at}/x-when" if when is not MISSING else at: why}
    receiver: dict[str, Any] = {} if when is MISSING else {"x-when": when}
    if terms.value:
        receiver["x-delivery"] = terms.value
        notes |= {f"{at}/x-delivery{pointer}": note for pointer, note in terms.notes.items()}
    else:
        notes[f"{at}/responses"] = terms.notes.get("", "")
    if body is not None:
        media_type = _media_type(callback)
        receiver["requestBody"] = {"required": True, "content": {media_type: {"schema": body.value}}}
        start = f"{at}/requestBody/content{join(media_type)}/schema"
        notes |= {start + pointer: note for pointer, note in body.notes.items()}
    statuses = sorted({each.delivery.status for each in callback.events if each.delivery.status is not None})
    receiver["responses"] = {str(status): {"description": "The event is taken."} for status in statuses or [200]}
    update = {"callbacks": {callback.name: {callback.url: {callback.method: receiver}}}}
    count = len({each.seen.exchange.number for each in callback.events})
    sent = f"{count_of(len(callback.events), 'event')} arrived for {count_of(count, 'request')}"
    return Proposal(place.place, update, sent, is_sure=callback.is_sure, notes={k: v for k, v in notes.items() if v})


def _media_type(callback: SeenCallback) -> str:
    headers = dict(callback.events[0].delivery.headers)
    return headers.get("content-type", "application/json").partition(";")[0].strip().lower()


# What several operations share.


def _agreed(made: Sequence[Proposal]) -> list[Proposal]:
    """Return proposals with one for each place: an answer that operations share is sure where all of them agree."""
    by_place: dict[tuple[tuple[str, str], str], list[Proposal]] = {}
    for each in made:
        by_place.setdefault((each.place.identity, _what(each.update)), []).append(each)
    kept = []
    for some in by_place.values():
        sure = [each for each in some if each.is_sure]
        first, *others = sure or some
        common = _common(sure)
        if common is not None:
            kept.append(common)
        elif any(each.update != first.update for each in others):
            why = "the operations that share it differ: " + "; ".join(dict.fromkeys(each.why for each in some))
            kept.append(Proposal(first.place, first.update, why, is_sure=False))
        else:
            kept.append(first)
    return kept


def _common(made: Sequence[Proposal]) -> Proposal | None:
    """Return what several operations say alike of an answer that they share; None: they say the same, or nothing alike.

    Of one operation, more may have been tried than of another.
    """
    if len(made) < _LEAST_TRIES or not all(X_GIVEN in each.update for each in made):
        return None
    rules = [
        each.update[X_GIVEN] if isinstance(each.update[X_GIVEN], list) else [each.update[X_GIVEN]] for each in made
    ]
    alike = [rule for rule in rules[0] if all(rule in some for some in rules)]
    if not alike or all(each.update == made[0].update for each in made):
        return None
    why = "; ".join(dict.fromkeys(each.why for each in made))
    return Proposal(made[0].place, {X_GIVEN: alike[0] if len(alike) == 1 else alike}, f"in all of these: {why}")


def _what(update: Mapping[str, Any]) -> str:
    callbacks = update.get("callbacks", {})
    return next(iter(callbacks), next(iter(update)))
