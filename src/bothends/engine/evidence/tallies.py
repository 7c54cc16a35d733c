"""Counts what a run has seen, by its events: which answers, which faults, and what was not proven."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING

from bothends.conditions import sentence
from bothends.contract.settings import MOST_ANSWER_BYTES
from bothends.contract.terms import BODY_TOO_LARGE, FORBIDDEN, HEADERS_OF_STATUSES, QUOTA, likely_families
from bothends.engine.counts import counted
from bothends.engine.events import BatchFinished, ExchangeJudged, InteractionVerified, LeftOut
from bothends.engine.evidence.likely_reasons import to_have_a_request
from bothends.engine.evidence.of_headers import unseen_of_headers
from bothends.records import Answer, AnswerTally, NotProven, Weight, count_of, some_of, were

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bothends.contract import Contract, DeclaredAnswer, Operation
    from bothends.engine.counts import Counts
    from bothends.engine.events import Event
    from bothends.records import Case, Condition, Exchange


_EXCHANGES = counted("exchanges")
_SUCCESSES = counted("successes")
_SEEN = counted("answers", "operation", "answer")
_CASES = counted("cases for an answer", "operation", "answer")
_OPEN = counted("cases for several answers", "operation", "answer", "family")
_PLANNED = counted("states", "state", "part of the world")
_PLANNED_FOR = counted("states of operations", "state", "part of the world", "operation")
_FIRED = counted("states met", "state", "part of the world")
_PLAYED = counted("states in which a request was sent", "state", "part of the world")
_SKIPPED = counted("states in which none was sent", "state", "part of the world")
_PASSED = counted("faults passed over", "part of the world", "operation")
_LEFT_OUT = counted("cases left out", "operation", "families", "fault", "why")
_CUT = counted("answers cut", "operation", "answer")
_LONGEST = counted("bytes of answers cut", "bytes")
_MOST_DIGITS = 15
_MOST_NAMED = 6
_WAITED = "They were skipped, because earlier ones repeatedly got no answer within the time limit."


def handle(counts: Counts, operations: Mapping[str, Operation], event: Event) -> None:
    """Count what an event of a run shows; an exchange is counted once, however often it is judged."""
    match event:
        case ExchangeJudged() if not event.late:
            _note(counts, operations[event.exchange.case.operation], event.exchange)
        case BatchFinished():
            _note_faults(counts, event.given, event.fired, sent=event.sent)
        case LeftOut():
            families = ", ".join(event.families)
            counts.add(_LEFT_OUT, event.operation, families, event.fault, event.why or _WAITED, times=event.count)
        case InteractionVerified() if not event.promised:
            for played in event.played:
                _note_faults(counts, played.batch.given, played.fired, sent=played.has_reached)
        case _:
            pass


def _note(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    case, answer = exchange.case, exchange.answer
    counts.add(_EXCHANGES)
    for condition in case.of_the_world:
        counts.add(_PLANNED_FOR, sentence(condition), condition.subject, operation.id)
    if case.request.method != operation.method:
        return
    if case.behaviour and case.expect.any_answer:
        return  # the answer may be the HTTP library's, and not the operation's own
    # A class such as 5XX is one answer, however many of its statuses are right. A case for which
    # several answers are right is counted for none: it was not to trigger one of them.
    wanted = {a.status for s in case.expect.statuses if (a := operation.answer_for(s)) is not None}
    for status in wanted:
        counts.add(_CASES, operation.id, status, times=len(wanted) == 1)
        counts.add(_OPEN, operation.id, status, case.family, times=len(wanted) > 1)
    if not isinstance(answer, Answer):
        return
    owed = any(event.when is not None and event.when.owed for event in operation.events)
    both_ends = not owed or any(d.acknowledged for d in exchange.declared)
    counts.add(_SUCCESSES, times=answer.success and both_ends and not exchange.repeated)
    declared = operation.answer_for(answer.status)
    if declared is None:
        return
    counts.add(_SEEN, operation.id, declared.status)
    if declared.content and answer.size > len(answer.body):
        counts.add(_CUT, operation.id, declared.status)
        size = max(answer.size, _announced(answer))
        counts.add(_LONGEST, str(size), times=size > _longest(counts))


def _note_faults(counts: Counts, given: Sequence[Condition], fired: Mapping[Condition, int], *, sent: bool) -> None:
    """Count the faults that were planned, those in which the target got a request, and those that were met."""
    for condition in given:
        key = (sentence(condition), condition.subject)
        counts.add(_PLANNED, *key)
        counts.add(_PLAYED if sent else _SKIPPED, *key)
        counts.add(_FIRED, *key, times=fired.get(condition, 0))


def pass_over(counts: Counts, case: Case) -> None:
    """Count a case that is not played, as its operation can't meet its faults for all that was seen."""
    for condition in case.of_the_world:
        counts.add(_PLANNED, sentence(condition), condition.subject)
        counts.add(_PLANNED_FOR, sentence(condition), condition.subject, case.operation)
        counts.add(_PASSED, condition.subject, case.operation)


def notes(counts: Counts) -> Iterator[str]:
    """Yield, in one line, which operations do without which upstreams, for all that was seen."""
    passed = counts.under(_PASSED)
    if passed:
        parts = list(dict.fromkeys(part for part, _ in passed))
        told = [f"{part} by {some_of(sorted(counts.words(_PASSED, part)), _MOST_NAMED)}" for part in parts]
        yield (
            f"{count_of(sum(passed.values()), 'fault')} of upstreams {were(sum(passed.values()))} passed over, as good "
            f"requests called these upstreams never: {'; '.join(told)}; one of each family was played all the same"
        )


def exchanges(counts: Counts) -> int:
    """Return how many exchanges there were."""
    return counts.number(_EXCHANGES)


def answers(counts: Counts, contract: Contract) -> tuple[AnswerTally, ...]:
    """Return each declared answer with how often it was triggered."""
    return tuple(
        AnswerTally(
            operation.id,
            declared.status,
            _family(declared, operation),
            counts.number(_CASES, operation.id, declared.status),
            counts.number(_SEEN, operation.id, declared.status),
        )
        for operation in contract.operations
        for declared in operation.answers
    )


def not_proven(
    counts: Counts,
    contract: Contract,
    *,
    whole: bool,
    silent: Collection[str] = (),
    hopeless: AbstractSet[str] = frozenset(),
) -> list[NotProven]:
    """Return what the run was to show and did not.

    Args:
        counts: What was seen.
        contract: The contract.
        whole: Whether the run had all the cases there are; else answers that were not seen are no omission.
        silent: Ingests at which nothing ever arrived, and upstreams that were never called: that is said once, and not
            of each of their faults.
        hopeless: Operations of which no valid request has succeeded: that is said once.
    """
    unmet = [
        (state, subject)
        for state, subject in counts.under(_PLANNED)
        if not counts.number(_FIRED, state, subject) and subject not in silent
        if not hopeless >= {*_planned_for(counts, contract, state, subject)}
    ]
    missing = [*_never_met(counts, unmet)]
    missing.extend(_left_out(counts))
    missing.extend(
        NotProven(
            f"answer {status}",
            f"{count} of its bodies {were(count)} longer than bothends reads, and not checked against the schema.",
            where=_declared_at(contract, operation, status),
            add=f"[target]\nanswer_limit_bytes = {min(1 << _longest(counts).bit_length(), MOST_ANSWER_BYTES)}",
            weight=Weight.ANSWERS,
        )
        for status, operation, count in sorted((a, o, count) for (o, a), count in counts.under(_CUT).items())
    )
    if exchanges(counts) and not counts.number(_SUCCESSES) and not hopeless:
        missing.append(NotProven("success", "No exchange succeeded at both ends, so nothing was compared."))
    if not exchanges(counts):
        missing.append(NotProven("exchanges", "No exchange was made."))
    elif whole:
        missing.extend(_unseen(counts, contract, hopeless))
    return missing


def _left_out(counts: Counts) -> Iterator[NotProven]:
    """Yield what was not played, in one line for all operations of which the same was left out for the same reason."""
    of: dict[tuple[str, bool, str, str], Counter[str]] = {}
    for (operation, families, fault, why), count in counts.under(_LEFT_OUT).items():
        of.setdefault((operation, not families, fault, why), Counter())[families] += count
    alike: dict[tuple[str, str, str], Counter[str]] = {}
    for (operation, _, fault, why), found in of.items():
        alike.setdefault((", ".join(sorted(found)), fault, why), Counter())[operation] += found.total()
    for (families, fault, why), found in alike.items():
        what = " of ".join(filter(None, (families, ", ".join(found)))) + (f" while {fault}" if fault else "")
        cases = count_of(found.total(), "case")
        yield NotProven(f"{cases} of {what}" if what else f"the rest of the run, {cases}", why)


def _never_met(counts: Counts, unmet: Sequence[tuple[str, str]]) -> Iterator[NotProven]:
    """Yield, in one line for each reason, the states of the world that nobody has met."""
    played = [key for key in unmet if counts.number(_PLAYED, *key)]
    skipped = [key for key in unmet if key not in played and counts.number(_SKIPPED, *key)]
    passed = [key for key in unmet if key not in played and key not in skipped]
    yield from _states(played, "The target never met {0}: it made no call while {1} {2} active")
    yield from _states(skipped, "No request got to the target while {1} {2} active: it was gone, or all were skipped")
    yield from _states(passed, "Not played, as good requests never called that part of the world")


def _states(states: Sequence[tuple[str, str]], why: str) -> Iterator[NotProven]:
    """Yield, in one line, states that have a reason in common, in which `it`, `this state` and `was` have places."""
    if len(states) == 1:
        yield NotProven(f"state: {states[0][0]}", f"{why.format('it', 'this state', 'was')}.")
    elif states:
        named = some_of([state for state, _ in states], _MOST_NAMED)
        yield NotProven(f"{len(states)} states", f"{why.format('them', 'these', 'were')}: {named}.")


def _planned_for(counts: Counts, contract: Contract, state: str, subject: str) -> list[str]:
    """Return the operations that had a case with a state; where none had, each may have had one."""
    return counts.words(_PLANNED_FOR, state, subject) or [operation.id for operation in contract.operations]


def _longest(counts: Counts) -> int:
    return max((int(size) for (size,) in counts.under(_LONGEST)), default=0)


_GONE = frozenset((HTTPStatus.NOT_FOUND.value, HTTPStatus.GONE.value))
_ABSENT = "It was never seen: no request for what is not there was answered so."


def _unseen(counts: Counts, contract: Contract, hopeless: Collection[str]) -> Iterator[NotProven]:
    operations = {operation.id: operation for operation in contract.operations}
    untriggered: dict[str, list[AnswerTally]] = {}
    for tally in answers(counts, contract):
        operation = operations[tally.operation]
        # Where sign-in is not possible, that is reported once, and not for each answer that needs a caller.
        shut = operation.security.unplayable or tally.operation in hopeless
        key = operation.idempotency
        if key is not None and tally.status in {str(key.conflict), str(key.in_flight)}:
            continue  # what is missing of a key is reported where it is counted
        if tally.seen or shut or not (tally.family or tally.status.isdigit()):
            continue  # no case can trigger what stands for a class of answers, or for all others
        if not tally.family and int(tally.status) in HEADERS_OF_STATUSES:
            why, add = unseen_of_headers(operation, int(tally.status))
        elif not tally.family and int(tally.status) in _GONE & operation.absent_statuses:
            why, add = _ABSENT, _to_trigger(operation, tally)
        elif not tally.family:
            untriggered.setdefault(tally.status, []).append(tally)
            continue
        else:
            why, add = _why_unseen(counts, operation, tally), _to_trigger(operation, tally)
        yield _of_unseen(contract, tally, why, add)
    for alike in untriggered.values():
        named = some_of([tally.operation for tally in alike], _MOST_NAMED)
        why = f"It was never seen: it has no x-given, so no case of {named} triggers it."
        yield _of_unseen(contract, alike[0], why, _to_trigger(operations[alike[0].operation], alike[0]))


def _of_unseen(contract: Contract, tally: AnswerTally, why: str, add: str) -> NotProven:
    where = _declared_at(contract, tally.operation, tally.status)
    return NotProven(f"answer {tally.status}", why, where=where, add=add, weight=Weight.ANSWERS)


def _why_unseen(counts: Counts, operation: Operation, tally: AnswerTally) -> str:
    if tally.family == QUOTA:
        return "It was never seen: there was room for all that the run has asked for."
    if tally.cases:
        return f"The contract declares it for {tally.family}, but {count_of(tally.cases, 'case')} did not trigger it."
    families = _declared(operation, tally).families or (tally.family,)
    left_open = sum(counts.number(_OPEN, tally.operation, tally.status, family) for family in families)
    if left_open:
        said = f"{count_of(left_open, 'case')} of this family also allow{'s' * (left_open == 1)} another answer"
        return f"The contract declares it for {tally.family}, but {said}, and got that one."
    return f"The contract declares it for {tally.family}, but there was no case of this family."


def _to_trigger(operation: Operation, tally: AnswerTally) -> str:
    """Return the line by which there would be a case for an answer; empty where none is known."""
    if not tally.family:
        return f"x-given: {' | '.join(likely_families(tally.status))}"
    if tally.family == FORBIDDEN:
        return "" if tally.cases else "forbidden = true, on a caller of [world.sessions.<scheme>]"
    rules = _declared(operation, tally).family_rules
    sized = all(rule.family != BODY_TOO_LARGE or rule.bytes is not None for rule in rules)
    if not sized:
        return f"x-given: {{family: {BODY_TOO_LARGE}, bytes: …}}"
    return "" if tally.cases else to_have_a_request(operation)


def _declared(operation: Operation, tally: AnswerTally) -> DeclaredAnswer:
    return next(answer for answer in operation.answers if answer.status == tally.status)


def _declared_at(contract: Contract, operation: str, status: str) -> str:
    """Return where the contract declares an answer."""
    declared = contract.operation(operation).answers
    return str(contract.document.location(next(answer.pointer for answer in declared if answer.status == status)))


def _family(declared: DeclaredAnswer, operation: Operation) -> str:
    if declared.family_rules:
        return " or ".join(declared.families)
    if declared.status.isdigit() and int(declared.status) in operation.success_statuses:
        return "success"
    return ""


def _announced(answer: Answer) -> int:
    """Return how long a body was to be, as its header says; 0 where it does not say."""
    length = answer.header("content-length") or ""
    return int(length) if length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS else 0
