"""Counts what a run has seen, by its events: which answers, which faults, and what was not proven."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from bothends.conditions import sentence
from bothends.contract.families import BODY_TOO_LARGE, FAMILIES, FORBIDDEN
from bothends.contract.media_types import best_match, is_json
from bothends.contract.settings import MOST_ANSWER_BYTES
from bothends.engine.events import BatchFinished, ExchangeJudged, InteractionVerified, LeftOut
from bothends.engine.evidence.joining import Joined, joined
from bothends.records import MISSING, Answer, AnswerTally, Condition, Coverage, CoveragePoint, Kind, NotProven, Weight
from bothends.schemas import SchemaPoints

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from bothends.contract import DeclaredAnswer, EventContract, Operation
    from bothends.engine.events import Event
    from bothends.records import Exchange
    from bothends.schemas import Schema


_MOST_DIGITS = 15
_WAITED = "They were skipped, because earlier ones repeatedly got no answer within the time limit."


class RunTallies(Joined):
    """Listens to the events of a run, and counts; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_seen": Counter[tuple[str, str]],
        "_cases": Counter[tuple[str, str]],
        "_open": Counter[tuple[str, str, str]],
        "_fired": Counter[Condition],
        "_planned": dict[Condition, None],
        "_planned_for": dict[Condition, set[str]],
        "_left_out": Counter[tuple[str, str]],
        "_cut": Counter[tuple[str, str]],
        "_longest": int,
        "exchanges": int,
        "successes": int,
    }

    def __init__(self, operations: Iterable[Operation], where: Callable[[str], object]) -> None:
        """Begin with nothing of each declared answer.

        Args:
            operations: The operations under test.
            where: Returns the file and the line of what stands at a JSON pointer.
        """
        self._where = where
        self._operations = {operation.id: operation for operation in operations}
        self._seen: Counter[tuple[str, str]] = Counter()
        self._cases: Counter[tuple[str, str]] = Counter()
        self._open: Counter[tuple[str, str, str]] = Counter()
        self._fired: Counter[Condition] = Counter()
        self._planned: dict[Condition, None] = {}
        self._planned_for: dict[Condition, set[str]] = {}
        self._left_out: Counter[tuple[str, str]] = Counter()
        self._cut: Counter[tuple[str, str]] = Counter()
        self._longest = 0
        self.exchanges = 0
        self.successes = 0

    def handle(self, event: Event) -> None:
        """Take one event."""
        match event:
            case ExchangeJudged() if not event.late:
                self._note(event.exchange)
            case BatchFinished():
                self._note_faults(event.given, event.fired)
            case LeftOut():
                self._left_out[event.what, event.why or _WAITED] += event.count
            case InteractionVerified() if not event.promised:
                for played in event.played:
                    self._note_faults(played.batch.given, played.fired)
            case _:
                pass

    def _note(self, exchange: Exchange) -> None:
        self.exchanges += 1
        operation = self._operations[exchange.case.operation]
        for condition in exchange.case.of_the_world:
            self._planned_for.setdefault(condition, set()).add(operation.id)
        if exchange.case.request.method != operation.method:
            return
        if exchange.case.behaviour and exchange.case.expect.any_answer:
            return  # the answer may be the HTTP library's, and not the operation's own
        # A class such as 5XX is one answer, however many of its statuses are right. A case for which
        # several answers are right is counted for none: it was not to trigger one of them.
        wanted = {a.status for s in exchange.case.expect.statuses if (a := operation.answer_for(s)) is not None}
        if len(wanted) == 1:
            self._cases[operation.id, wanted.pop()] += 1
        else:
            self._open.update((operation.id, status, exchange.case.family) for status in wanted)
        answer = exchange.answer
        if isinstance(answer, Answer):
            declared = operation.answer_for(answer.status)
            if declared is not None:
                self._seen[operation.id, declared.status] += 1
            owed = any(event.when is not None and event.when.owed for event in operation.events)
            both_ends = not owed or any(d.acknowledged for d in exchange.declared)
            if answer.success and both_ends and not exchange.repeated:
                self.successes += 1
            if declared is not None and declared.content and answer.size > len(answer.body):
                self._cut[declared.status, operation.id] += 1
                self._longest = max(self._longest, answer.size, _announced(answer))

    def _note_faults(self, given: Sequence[Condition], fired: Mapping[Condition, int]) -> None:
        """Count the faults that were planned, and those that were met."""
        for condition in given:
            self._planned.setdefault(condition)
            self._fired[condition] += fired.get(condition, 0)

    def answers(self) -> tuple[AnswerTally, ...]:
        """Return each declared answer with how often it was triggered."""
        return tuple(
            AnswerTally(
                operation.id,
                declared.status,
                _family(declared, operation),
                self._cases[operation.id, declared.status],
                self._seen[operation.id, declared.status],
            )
            for operation in self._operations.values()
            for declared in operation.answers
        )

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted.

        Raises:
            ValueError: It can't be of this contract.
        """
        declared = {(a.status, o.id) for o in self._operations.values() for a in o.answers}
        if not declared.issuperset(state["_cut"]):
            raise ValueError("an answer that the contract does not declare")
        longest = max(self._longest, state["_longest"])
        super().join(state)
        self._longest = longest

    def not_proven(
        self, *, whole: bool, silent: Collection[str] = (), hopeless: AbstractSet[str] = frozenset()
    ) -> list[NotProven]:
        """Return what the run was to show and did not.

        Args:
            silent: Ingests at which nothing ever arrived, and upstreams that were never called: that is said once, and
                not of each of their faults.
            whole: Whether the run had all the cases there are; else answers that were not seen are
                no omission.
            hopeless: Operations of which no valid request has succeeded: that is said once.
        """
        missing = [
            NotProven(
                f"state: {sentence(condition)}", "The target never met it: it made no call while this state was active."
            )
            for condition in self._planned
            if not self._fired[condition] and condition.subject not in silent
            if not hopeless >= {*self._planned_for.get(condition, self._operations)}
        ]
        missing.extend(
            NotProven(f"{count:,} {_cases(count)} of {what}" if what else f"the rest of the run, {count:,} cases", why)
            for (what, why), count in self._left_out.items()
        )
        missing.extend(
            NotProven(
                f"answer {status}",
                f"{count} of its bodies were longer than bothends reads, so they were not checked against the schema.",
                where=self._declared_at(operation, status),
                add=f"[target]\nanswer_limit_bytes = {min(1 << self._longest.bit_length(), MOST_ANSWER_BYTES)}",
                weight=Weight.ANSWERS,
            )
            for (status, operation), count in sorted(self._cut.items())
        )
        if self.exchanges and not self.successes and not hopeless:
            missing.append(NotProven("success", "No exchange succeeded at both ends, so nothing was compared."))
        if not self.exchanges:
            missing.append(NotProven("exchanges", "No exchange was made."))
        if whole and self.exchanges:
            missing.extend(self._unseen(hopeless))
        return missing

    def _unseen(self, hopeless: Collection[str]) -> Iterable[NotProven]:
        for tally in self.answers():
            # Where sign-in is not possible, that is reported once, and not for each answer that needs a caller.
            shut = self._operations[tally.operation].security.unplayable or tally.operation in hopeless
            key = self._operations[tally.operation].idempotency
            if key is not None and tally.status in {str(key.conflict), str(key.in_flight)}:
                continue  # what is missing of a key is reported where it is counted
            if tally.seen or shut or not (tally.family or tally.status.isdigit()):
                continue  # no case can trigger what stands for a class of answers, or for all others
            yield NotProven(
                f"answer {tally.status}",
                self._why_unseen(tally),
                where=self._declared_at(tally.operation, tally.status),
                add=self._to_trigger(tally),
                weight=Weight.ANSWERS,
            )

    def _why_unseen(self, tally: AnswerTally) -> str:
        if not tally.family:
            return "It was never seen: it has no x-given, so no case triggers it."
        if tally.cases:
            return f"The contract declares it for {tally.family}, but {tally.cases} cases did not trigger it."
        left_open = self._open[tally.operation, tally.status, tally.family]
        if left_open:
            said = "cases of this family also allow another answer, and got that one."
            return f"The contract declares it for {tally.family}, but {left_open} {said}"
        return f"The contract declares it for {tally.family}, but there was no case of this family."

    def _to_trigger(self, tally: AnswerTally) -> str:
        """Return the line by which there would be a case for an answer; empty where none is known."""
        if not tally.family:
            return f"x-given: {' | '.join(FAMILIES)}"
        if tally.family == FORBIDDEN:
            return "" if tally.cases else "forbidden = true, on a caller of [world.sessions.<scheme>]"
        declared = next(a for a in self._operations[tally.operation].answers if a.status == tally.status)
        sized = (
            declared.family_rule is None
            or declared.family_rule.family != BODY_TOO_LARGE
            or declared.family_rule.bytes is not None
        )
        return "" if sized else f"x-given: {{family: {BODY_TOO_LARGE}, bytes: …}}"

    def _declared_at(self, operation: str, status: str) -> str:
        """Return where the contract declares an answer."""
        answers = self._operations[operation].answers
        return str(self._where(next(answer.pointer for answer in answers if answer.status == status)))


def _family(declared: DeclaredAnswer, operation: Operation) -> str:
    if declared.family_rule is not None:
        return declared.family_rule.family
    if declared.status.isdigit() and int(declared.status) in operation.success_statuses:
        return "success"
    return ""


def _cases(count: int) -> str:
    return "case" if count == 1 else "cases"


def _announced(answer: Answer) -> int:
    """Return how long a body was to be, as its header says; 0 where it does not say."""
    length = answer.header("content-length") or ""
    return int(length) if length.isascii() and length.isdigit() and len(length) <= _MOST_DIGITS else 0


# Measures how much of the contract a run sees; its size does not grow with the number of exchanges.

MOST_NAMED = 6
"""Points that a threshold names when it is missed; the reports have all of them."""


class CoverageMeter(Joined):
    """Takes exchanges, and returns what of the contract they have shown."""

    STATE: ClassVar[Mapping[str, Any]] = {"seen": list[bool]}

    def __init__(self, operations: Iterable[Operation]) -> None:
        """Find all that can be seen."""
        self._meters = {operation.id: _OperationMeter(operation) for operation in operations}
        self._elsewhere = [False] * len(self._points())

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; what was sent with another method is not the operation's."""
        self._meters[exchange.case.operation].note(exchange)

    def coverage(self) -> Coverage:
        """Return all points, in the contract's order."""
        return Coverage(tuple(replace(point, seen=seen) for point, seen in zip(self._points(), self.seen, strict=True)))

    @property
    def seen(self) -> list[bool]:
        """Whether each point was seen, here or in another part of the run, in the contract's order."""
        return [point.seen or there for point, there in zip(self._points(), self._elsewhere, strict=True)]

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has seen.

        Raises:
            ValueError: It has more or fewer points than this contract.
        """
        self._elsewhere = joined(self._elsewhere, state["seen"])

    def _points(self) -> tuple[CoveragePoint, ...]:
        return tuple(point for meter in self._meters.values() for point in meter.points())


def short_of(coverage: Coverage, threshold: float | None) -> list[NotProven]:
    """Return that a threshold was missed, or nothing.

    Args:
        coverage: What was seen.
        threshold: The minimum that must be seen, percent; None: no minimum.
    """
    if threshold is None or coverage.percent >= threshold:
        return []
    names = ", ".join(point.label for point in coverage.unseen[:MOST_NAMED])
    more = len(coverage.unseen) - MOST_NAMED
    return [
        NotProven(
            f"coverage of {threshold:g} %",
            f"{coverage.percent:g} % of the contract was seen, {coverage.seen} of {len(coverage.points)};"
            f" not seen: {names}{f' and {more:,} more' if more > 0 else ''}.",
        )
    ]


class _OperationMeter:
    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._answers = {answer.status: _AnswerMeter(answer) for answer in operation.answers}
        self._events = [_EventMeter(event) for event in operation.events]

    def note(self, exchange: Exchange) -> None:
        request = exchange.case.request
        if request.raw is None and request.method != self._operation.method:
            return
        for delivery in exchange.declared:
            for event in self._events:
                event.note(delivery.payload)
        answer = exchange.answer
        if isinstance(answer, Answer) and not (exchange.case.behaviour and exchange.case.expect.any_answer):
            declared = self._operation.answer_for(answer.status)
            if declared is not None:
                self._answers[declared.status].note(answer)

    def points(self) -> Iterator[CoveragePoint]:
        meters: list[_AnswerMeter | _EventMeter] = [*self._answers.values(), *self._events]
        for meter in meters:
            for kind, where, what, seen in meter.points():
                yield CoveragePoint(self._operation.id, kind, where, what, seen)


class _AnswerMeter:
    def __init__(self, declared: DeclaredAnswer) -> None:
        self._status = declared.status
        self._seen = False
        self._media_types = dict.fromkeys(declared.content, False)
        self._schemas = {name: _points(name, schema) for name, schema in declared.content.items()}

    def note(self, answer: Answer) -> None:
        self._seen = True
        name = best_match(answer.media_type or "", self._media_types)
        if name is None:
            return
        self._media_types[name] = True
        points = self._schemas[name]
        if points is not None and not points.whole and answer.size == len(answer.body):
            value = _json(answer.body)
            if value is not MISSING:
                points.note(value)

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.ANSWER, self._status, "", self._seen
        for name, seen in self._media_types.items():
            where = f"{self._status} {name}"
            yield Kind.MEDIA_TYPE, where, "", seen
            yield from _seen_points(where, self._schemas[name])


class _EventMeter:
    def __init__(self, event: EventContract) -> None:
        self._name = f"event {event.name}"
        self._schema = event.whole
        self._seen = False
        self._points = SchemaPoints(event.whole)

    def note(self, payload: Any) -> None:
        if not self._seen:
            self._seen = self._schema.is_valid(payload)
        self._points.note(payload)

    def points(self) -> Iterator[tuple[Kind, str, str, bool]]:
        yield Kind.EVENT, self._name, "", self._seen
        yield from _seen_points(self._name, self._points)


def _points(media_type: str, schema: Schema | None) -> SchemaPoints | None:
    return SchemaPoints(schema) if schema is not None and is_json(media_type) else None


def _seen_points(where: str, points: SchemaPoints | None) -> Iterator[tuple[Kind, str, str, bool]]:
    if points is not None:
        for (field, name), seen in zip(points.names, points.seen, strict=True):
            yield Kind.FIELD if field else Kind.BRANCH, where, name, seen


def _json(body: bytes) -> Any:
    """Return a body's value; MISSING where it is none, of which a law tells."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return MISSING
