"""Counts what was seen of each callback, and says what of it was not proven."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from bothends.contract.runtime_expressions import Moment, sent_path_value
from bothends.engine.events import ExchangeJudged
from bothends.engine.evidence.joining import Joined
from bothends.engine.evidence.seen_sources import SeenEvent, SeenSources
from bothends.engine.exchanges.known_ids import makers_not_under_test
from bothends.records import Answer, NotProven, Weight

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from bothends.contract import Contract, EventContract, Operation
    from bothends.contract.model import Parameter
    from bothends.engine.events import Event
    from bothends.engine.exchanges.known_ids import KnownIds
    from bothends.records import Exchange


_MOST_WAITING = 4096
"""Successes without an event that are remembered, as it may come late."""

_ADD_ID = "example: an id that exists; or links, on an answer that gives one"
_COUNT = "count"
_MAY_BE_OWED = "the contract does not say whether each success owes one"
_MOST_PLACES = 3
_MOST_MEMBERS = 4


def _members_of(event: object) -> str:
    """Return what an event has in it, in words: its members' names, as their values may be secrets."""
    names = list(event) if isinstance(event, dict) else []
    more = ", …" if len(names) > _MOST_MEMBERS else ""
    return f" with {', '.join(names[:_MOST_MEMBERS])}{more}" if names else ""


class CallbackTallies(Joined):
    """Takes exchanges as they are judged; its size does not grow with their number."""

    STATE: ClassVar[Mapping[str, Any]] = {
        "_successes": Counter[tuple[str, str]],
        "_idle": Counter[tuple[str, str]],
        "_came": Counter[tuple[str, str]],
        "_judged_exchanges": Counter[str],
        "_elsewhere": Counter[tuple[str, str]],
        "_unclear": Counter[str],
        "_pairs": Counter[tuple[str, str]],
        "_surplus": Counter[tuple[str, str]],
        "_undeclared": Counter[str],
        "_undeclared_exchanges": Counter[str],
        "_undeclared_at": Counter[tuple[str, str]],
        "_absent": Counter[tuple[str, int]],
        "_asked": Counter[str],
        "_answered": Counter[tuple[str, str]],
        "_conditions": Counter[tuple[str, str, str]],
        "_arrived": set[str],
        "_sources": dict[tuple[str, str], SeenEvent],
    }

    def __init__(self, contract: Contract) -> None:
        """Open an account for each callback."""
        self._contract = contract
        self._operations = {operation.id: operation for operation in contract.operations}
        self._successes: Counter[tuple[str, str]] = Counter()
        self._idle: Counter[tuple[str, str]] = Counter()
        self._came: Counter[tuple[str, str]] = Counter()
        self._judged_exchanges: Counter[str] = Counter()
        self._waiting: dict[int, frozenset[str]] = {}
        self._counted: dict[int, None] = {}
        self._elsewhere: Counter[tuple[str, str]] = Counter()
        self._unclear: Counter[str] = Counter()
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._surplus: Counter[tuple[str, str]] = Counter()
        self._undeclared: Counter[str] = Counter()
        self._undeclared_exchanges: Counter[str] = Counter()
        self._undeclared_at: Counter[tuple[str, str]] = Counter()  # a few of the places, however many there are
        self._absent: Counter[tuple[str, int]] = Counter()
        self._asked: Counter[str] = Counter()
        self._answered: Counter[tuple[str, str]] = Counter()
        self._conditions: Counter[tuple[str, str, str]] = Counter()
        self._arrived: set[str] = set()
        self._sources = SeenSources(contract)

    def handle(self, event: Event) -> None:
        """Take one event of a run."""
        if isinstance(event, ExchangeJudged):
            self.note(event.exchange)

    def note(self, exchange: Exchange) -> None:
        """Take an exchange; one that was judged before is looked at for what came late."""
        operation = self._operations[exchange.case.operation]
        self._judged_exchanges[operation.id] += 1
        self._note_absent(exchange)
        self._arrived.update(delivery.ingest for delivery in exchange.deliveries)
        self._note_undeclared(operation, exchange)
        if not operation.events or exchange.repeated:
            return
        self._sources.note(operation, exchange)
        names = frozenset(delivery.callback for delivery in exchange.declared)
        if exchange.number in self._waiting:
            late = [(operation.id, name) for name in self._waiting[exchange.number] & names]
            self._came.update(late)
            self._successes.update(late if exchange.idle else ())
            self._waiting[exchange.number] -= names
            return
        if exchange.guessed:
            self._note_surplus(operation, exchange)
        else:
            self._unclear[operation.id] += "" in names and len(operation.events) > 1
            self._note_pairs(operation, exchange)
        self._note_success(operation, exchange, names)

    def _note_undeclared(self, operation: Operation, exchange: Exchange) -> None:
        undeclared = {one.identity for one in exchange.deliveries if one.undeclared or not operation.events}
        if undeclared:
            self._undeclared[operation.id] += len(undeclared)
            self._undeclared_exchanges[operation.id] += 1
        for one in exchange.deliveries:
            place = operation.id, f"{one.method} {one.path}{_members_of(one.event)}"
            known = place in self._undeclared_at
            if one.identity in undeclared and (known or len(self._places_of(operation)) < _MOST_PLACES):
                self._undeclared_at[place] += 1

    def _places_of(self, operation: Operation) -> list[str]:
        """Return where events of an operation came that no callback declares, the most frequent first."""
        return [place for (name, place), _ in self._undeclared_at.most_common() if name == operation.id]

    def state(self) -> dict[str, Any]:
        """Return what was counted, by the names of the attributes."""
        return super().state() | {"_sources": self._sources.events}

    def join(self, state: Mapping[str, Any]) -> None:
        """Take what another part has counted."""
        sources = self._sources
        super().join(state)
        sources.join(state["_sources"])
        self._sources = sources

    def never_came(self) -> Iterator[tuple[str, str, int]]:
        """Yield operation and name of each callback that never came though it might, and the number of successes."""
        for operation in self._contract.operations:
            for event in operation.events:
                key = (operation.id, event.name)
                if self._successes[key] and not self._came[key]:
                    yield (*key, self._successes[key])

    @property
    def silent(self) -> tuple[str, ...]:
        """The ingests at which nothing ever arrived."""
        return tuple(name for name in self._contract.settings.world.ingests if name not in self._arrived)

    def notes(self) -> tuple[str, ...]:
        """Return, for a person, which events always came though the contract does not say that they must."""
        found = []
        for operation in self._contract.operations:
            for event in operation.events:
                came, successes = self._came[operation.id, event.name], self._successes[operation.id, event.name]
                if event.when is None and came > 1 and came == successes:
                    found.append(
                        f"the callback {event.name} came in each of {came:,} successes; the contract does not say "
                        "whether it must (add x-when: true)"
                    )
        return tuple(found)

    def not_proven(
        self,
        *,
        whole: bool,
        unexplained: int = 0,
        ids: KnownIds | None = None,
        hopeless: Collection[str] = (),
    ) -> Iterator[NotProven]:
        """Yield what was not proven of callbacks.

        Args:
            unexplained: How many events arrived that belong to no exchange, and contain nothing of the run.
            whole: Whether all cases were played: else what never came is no omission.
            ids: The objects that were known on the target; None: ids were made up.
            hopeless: Operations of which no valid request has succeeded: that is said once.
        """
        yield from self._undeclared_events(unexplained)
        for operation in self._contract.operations:
            if self._judged_exchanges[operation.id]:
                for event in operation.events:
                    yield from self._of_event(operation, event, whole=whole and operation.id not in hopeless)
                yield from self._of_addresses(operation)
                if self._unclear[operation.id]:
                    yield self._unclear_callbacks(operation)
        yield from (line for name, line in self.absent_ids(ids).items() if name not in hopeless)

    def _note_absent(self, exchange: Exchange) -> None:
        """Take note of an answer that says that an id is not there, and so of nothing else."""
        answer, expect = exchange.answer, exchange.case.expect
        if not expect.absent or not isinstance(answer, Answer) or exchange.known:
            return
        if expect.refused or expect.any_refusal or expect.any_answer:
            return  # its value may be none that an id can have: to say so is right, and nothing is missed by it
        operation = self._operations[exchange.case.operation]
        if _lacking_example(operation) is None and not _has_examples(operation, exchange):
            return  # the contract gives an id that is there, and this is another one
        self._asked[exchange.case.operation] += 1
        if answer.status in expect.absent:
            self._absent[exchange.case.operation, answer.status] += 1

    def _note_success(self, operation: Operation, exchange: Exchange, names: frozenset[str]) -> None:
        answer = exchange.answer
        if not isinstance(answer, Answer) or exchange.case.request.method != operation.method:
            return
        if exchange.number in self._counted:
            return  # it is judged again, for what came late to another one
        self._counted[exchange.number] = None
        if len(self._counted) > _MOST_WAITING:
            del self._counted[next(iter(self._counted))]
        moment = Moment(operation.path, exchange.sent, answer)
        missing: set[str] = set()
        unwell = {condition.subject for condition in exchange.case.given}
        for event in operation.events:
            self._note_conditions(operation, event, answer, moment)
            if event.name in names:
                self._successes[operation.id, event.name] += 1
                self._came[operation.id, event.name] += 1
            elif event.ingest not in unwell and self._may_come(event, answer, moment):
                (self._idle if exchange.idle else self._successes)[operation.id, event.name] += 1
                missing.add(event.name)
            self._note_elsewhere(operation, event, answer, moment)
        if missing:
            self._waiting[exchange.number] = frozenset(missing)
            if len(self._waiting) > _MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]

    def _note_conditions(self, operation: Operation, event: EventContract, answer: Answer, moment: Moment) -> None:
        """Count which conditions of an `x-when` hold of an answer, each by itself."""
        if event.when is None or not (event.when.conditions or isinstance(event.when.count, str)):
            return
        self._answered[operation.id, event.name] += 1
        for part in event.when.met(answer.status, moment):
            self._conditions[operation.id, event.name, part] += 1
        if isinstance(event.when.count, str) and event.when.number(moment):
            self._conditions[operation.id, event.name, _COUNT] += 1

    @staticmethod
    def _may_come(event: EventContract, answer: Answer, moment: Moment) -> bool:
        if event.when is not None:
            if not event.when.holds(answer.status, moment) or event.when.number(moment) == 0:
                return False
        elif not answer.success:
            return False
        return not event.url.expressions or event.url.url(moment, "http://ingest.invalid", "key") is not None

    def _note_elsewhere(self, operation: Operation, event: EventContract, answer: Answer, moment: Moment) -> None:
        whole = event.url.whole
        if not answer.success or whole is None or whole.is_sent:
            return
        url = event.url.url(moment, "", "")
        if url is not None and urlsplit(url).hostname != self._contract.settings.world.host:
            self._elsewhere[operation.id, event.name] += 1

    def _note_pairs(self, operation: Operation, exchange: Exchange) -> None:
        """Count where it is unknown whether there was one event, or two: the contract names no identity."""
        allowed = _most(operation, exchange)
        for name, identities in _stored(exchange).items():
            most = allowed.get(name, 1)
            self._pairs[operation.id, name] += most is not None and len(identities) > most

    def _note_surplus(self, operation: Operation, exchange: Exchange) -> None:
        """Count how many more events came for requests that are alike than these may have, whosever they are."""
        stored = _stored(exchange)
        for name, most in _most(operation, exchange).items():
            came = len(stored.get(name, ()))
            if most is not None and (came or exchange.succeeded):
                self._surplus[operation.id, name] += came - most

    def _undeclared_events(self, unexplained: int) -> Iterator[NotProven]:
        """Yield the lines on events that no callback declares: one line where one says it all."""
        operations = [each for each in self._contract.operations if self._undeclared[each.id]]
        if len(operations) == 1:
            yield self._undeclared_of(operations[0], unexplained)
            return
        yield from (self._undeclared_of(operation, 0) for operation in operations)
        if unexplained:
            yield NotProven(
                "unexplained events",
                f"{unexplained:,} events arrived that no callback declares, or that contain no value of a request.",
                add="callbacks: one for each event that the target sends, or send no other events during the run",
                weight=Weight.EVENTS,
            )

    def _undeclared_of(self, operation: Operation, unexplained: int) -> NotProven:
        count, exchanges = self._undeclared[operation.id], self._undeclared_exchanges[operation.id]
        more = f", and {unexplained:,} more that belong to no known request" if unexplained else ""
        lacks = "at addresses that no callback has" if operation.events else "and the contract declares no callback"
        places = "; ".join(self._places_of(operation)[:_MOST_PLACES])
        return NotProven(
            f"events of {operation.id}",
            f"{count:,} events arrived in {exchanges:,} exchanges{more}, {lacks}. Such as: {places}.",
            where=str(self._contract.document.location(operation.pointer)),
            add="callbacks: {NAME: {'{ingest}/…': {post: {requestBody: …}}}}",
            weight=Weight.EVENTS,
        )

    def _of_event(self, operation: Operation, event: EventContract, *, whole: bool) -> Iterator[NotProven]:
        key, where, label = (operation.id, event.name), str(event.location or ""), f"callback {event.name}"
        if any(place.refused is not None and place.expression == event.url.whole for place in operation.addresses):
            return  # the line on its address says it all
        if not event.ingest:
            which = f"Its URL, {event.url_template}," if event.url_template else "The ingest that it goes to"
            lacks = "is not an address of an ingest" if event.url_template else "is not known"
            why = f"{which} {lacks}, so no event can arrive."
            named = event.url.whole is not None or event.url.anywhere
            add = f'[world.ingests.NAME] receives = ["{event.callback}"]' if named else "'{ingest}/…'"
            yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
        elif self._elsewhere[key] and not self._came[key]:
            why = f"{self._elsewhere[key]:,} answers named a URL for it that is not an address of an ingest."
            yield NotProven(label, why, where=where, weight=Weight.EVENTS)
        elif whole and not self._came[key] and (event.when is None or not self._successes[key]):
            if self._successes[key] or not operation.security.unplayable:
                yield self._never_came(operation, event, self._successes[key], where)
        elif whole and event.when is None and self._came[key] < self._successes[key]:
            missing = self._successes[key] - self._came[key]
            why = f"It did not come in {missing:,} of {self._successes[key]:,} successes; {_MAY_BE_OWED}."
            yield NotProven(label, why, where=where, add="x-when: true", weight=Weight.EVENTS)
        if self._pairs[key]:
            why = (
                f"Several came in {self._pairs[key]:,} exchanges; the contract does not say what identifies one event."
            )
            yield NotProven(label, why, where=where, add="x-delivery: {identity: /id}", weight=Weight.EVENTS)
        elif self._surplus[key] > 0:
            why = (
                f"{self._surplus[key]:,} more came than the requests have that may have caused them; "
                "the contract does not say what identifies one event."
            )
            yield NotProven(label, why, where=where, add="x-delivery: {identity: /id}", weight=Weight.EVENTS)
        if self._came[key]:
            yield from self._of_content(operation, event, label, where)

    def _never_came(self, operation: Operation, event: EventContract, successes: int, where: str) -> NotProven:
        label = f"callback {event.name}"
        if successes:
            why = f"It never came (0 of {successes:,} successes); {_MAY_BE_OWED}."
            return NotProven(
                label,
                why,
                where=where,
                add="x-when: true if each success owes one, x-when: false if it may come later",
                weight=Weight.EVENTS,
            )
        if event.when is not None and not event.when.owed:
            why = "It never came, because no answer owes it; it was not checked."
            return NotProven(label, why, where=where, weight=Weight.EVENTS)
        if idle := self._idle[operation.id, event.name]:
            why = (
                f"It never came (0 of {idle:,} successes): each was of a request to delete what may not have been "
                "there, as its id was made up, or another request deleted the same."
            )
            add = "operations: one that makes such an object, or links, on an answer that gives its id"
            return NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
        if event.when is not None and (event.when.conditions or isinstance(event.when.count, str)):
            return NotProven(
                label,
                self._why_unmet(operation, event),
                where=where,
                add="an example of a request that leads to such an answer",
                weight=Weight.EVENTS,
            )
        reads = "" if event.url.whole is None else f", with a value for {event.url.whole.text}"
        why = f"It never came: no request succeeded{reads}."
        return NotProven(label, why, where=where, weight=Weight.EVENTS)

    def _why_unmet(self, operation: Operation, event: EventContract) -> str:
        """Return which conditions of an `x-when` no answer met; where each was met, that no answer met all."""
        answered = self._answered[operation.id, event.name]
        when = event.when
        parts = [] if when is None else [part for part, _ in when.conditions]
        parts += [_COUNT] if when is not None and isinstance(when.count, str) else []
        met = {part: self._conditions[operation.id, event.name, part] for part in parts}
        unmet = [part for part, count in met.items() if not count]
        if unmet:
            named = " and ".join(f"`{part}`" for part in unmet)
            return f"No answer matched its x-when: of {answered:,} answers, none met {named}."
        counts = ", ".join(f"`{part}` by {count:,}" for part, count in met.items())
        return f"No answer matched its x-when as a whole: of {answered:,} answers, {counts}."

    def _of_addresses(self, operation: Operation) -> Iterator[NotProven]:
        for place in operation.addresses:
            if place.refused is not None:
                names = ", ".join(event.name for event in operation.events if event.url.whole == place.expression)
                yield NotProven(
                    f"callback {names}",
                    f"The schema of {place.expression.text} does not allow the ingest's URLs, so no request names one.",
                    where=str(place.refused),
                    add="a schema that allows http://127.0.0.1:PORT/PATH",
                    weight=Weight.EVENTS,
                )

    def _of_content(self, operation: Operation, event: EventContract, label: str, where: str) -> Iterator[NotProven]:
        if not event.described:
            why = "It has no schema of a JSON body, so its content was not checked."
            add = "requestBody: {content: {application/json: {schema: …}}}"
            yield NotProven(label, why, where=where, add=add, weight=Weight.VALUES)
        elif not event.walk.kinds:
            proposed = self._sources.proposed(operation, event)
            why = "No x-from says where its values come from, so none was compared."
            callers = {
                pointer: f"x-from: session.{name}, on {pointer}, and identity = {{{name} = …}} on each caller"
                for pointer in self._sources.of_the_caller(operation, event)
                if (name := pointer.rpartition("/")[2])
            }
            lines = [*(f"x-from: {source}, on {pointer}" for pointer, source in proposed.items()), *callers.values()]
            if lines:
                why += (
                    f" In this run, {len(lines):,} always agreed with a value of the exchange, or followed the caller."
                )
                add = "\n".join(lines)
            else:
                has_user = operation.security.alternatives or self._contract.settings.world.session is not None
                mine = "session.user" if has_user else "request.body#/… or answer.body#/…"
                add = f"x-from: {mine}, on a property of the event"
            yield NotProven(label, why, where=where, add=add, weight=Weight.VALUES)
        for name in event.other_parameters:
            why = f"Its parameter '{name}' is not a header with a schema of one value, so it was not checked."
            yield NotProven(label, why, where=where, weight=Weight.VALUES)

    def _unclear_callbacks(self, operation: Operation) -> NotProven:
        names = ", ".join(event.name for event in operation.events)
        return NotProven(
            f"callbacks {names}",
            f"In {self._unclear[operation.id]:,} exchanges, it is unknown which of them an event belongs to.",
            where=str(self._contract.document.location(operation.pointer)),
            add="in each, a required property with a different `const`",
            weight=Weight.EVENTS,
        )

    def absent_ids(self, ids: KnownIds | None) -> dict[str, NotProven]:
        """Return, by operation, what is known of ids that are answered not to be there."""
        return dict(self._absent_ids(ids))

    def _absent_ids(self, ids: KnownIds | None) -> Iterator[tuple[str, NotProven]]:
        by_operation: dict[str, dict[int, int]] = {}
        for (name, status), count in self._absent.items():
            by_operation.setdefault(name, {})[status] = count
        for operation in self._contract.operations:
            absent, asked = (0, 0) if ids is None else ids.never_found(operation.id)
            if asked:
                given_by = "" if ids is None else ids.given_by(operation.id)
                yield from ((operation.id, line) for line in self._never_found(operation, absent, given_by))
            elif operation.id in by_operation:
                why = "was made up" if ids is None else f"was made up, because {ids.why_none(operation.id)}"
                idle = [] if ids is None or operation.id_places else makers_not_under_test(self._contract, operation)
                add = f"operations = [..., {', '.join(map(json.dumps, idle))}]" if idle else _ADD_ID
                yield operation.id, self._absent_id(operation, by_operation[operation.id], why, add)

    def _never_found(self, operation: Operation, absent: int, given_by: str) -> Iterator[NotProven]:
        """Yield that no id of an operation led to an object, though another operation's answer had given it."""
        if absent:
            place = operation.id_places[-1]
            yield NotProven(
                f"id of {operation.id}",
                f"All {absent:,} requests with an id that {given_by} gave were answered that it is not there: "
                f"it may be no value of '{place.name}'.",
                where=str(self._contract.document.location(place.pointer)),
                add=_ADD_ID,
                weight=Weight.ANSWERS,
            )

    def _absent_id(self, operation: Operation, counts: Mapping[int, int], why: str, add: str) -> NotProven:
        undeclared = sorted(status for status in counts if operation.answer_for(status) is None)
        statuses = ", ".join(str(status) for status in sorted(counts))
        told = f"; {', '.join(map(str, undeclared))} not declared" if undeclared else ""
        lacking = _lacking_example(operation)
        parameter = lacking or next(each for each in operation.parameters if each.location == "path")
        whose = why if lacking else "is the contract's example"
        return NotProven(
            f"made-up id of {operation.id}" if lacking else f"id of {operation.id}",
            f"{sum(counts.values()):,} of {self._asked[operation.id]:,} requests were answered {statuses}{told}: "
            f"the value of '{parameter.name}' {whose}.",
            where=str(self._contract.document.location(parameter.pointer)),
            add=add if lacking else "example: an id that exists",
            weight=Weight.ANSWERS,
        )


def _lacking_example(operation: Operation) -> Parameter | None:
    """Return a parameter of the path of which the contract gives no value, so that each one is made up."""
    return next((each for each in operation.parameters if each.location == "path" and each.example is None), None)


def _has_examples(operation: Operation, exchange: Exchange) -> bool:
    """Return whether each parameter of the path has the value that the contract gives."""
    target = exchange.sent.target
    return all(
        sent_path_value(operation.path, target, each.name) == each.example_text
        for each in operation.parameters
        if each.location == "path"
    )


def _stored(exchange: Exchange) -> dict[str, set[str]]:
    """Return the events of an exchange that nothing identifies, by their callbacks."""
    stored: dict[str, set[str]] = {}
    for delivery in exchange.declared:
        if delivery.stored and not delivery.identified:
            # A signature may cover an identity: then the same one is the same event.
            signed = "" if delivery.signature is None else delivery.signature.identity
            stored.setdefault(delivery.callback, set()).add(signed or delivery.identity)
    return stored


def _most(operation: Operation, exchange: Exchange) -> dict[str, int | None]:
    """Return how many events of each callback an exchange may have; None: that is not known."""
    moment = Moment(operation.path, exchange.sent, exchange.answer)
    whens = {event.name: event.when for event in operation.events}
    return {name: 1 if when is None or when.single else when.number(moment) for name, when in whens.items()}
