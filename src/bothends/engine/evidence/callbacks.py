"""Counts what was seen of each callback, and says what of it was not proven."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bothends.contract.messages import Moment
from bothends.contract.terms import line_to_identify
from bothends.engine.counts import counted
from bothends.engine.evidence import seen_sources, undeclared
from bothends.records import Answer, EventTally, NotProven, Weight, count_of, some_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from bothends.contract import Contract, EventContract, Operation
    from bothends.engine.counts import Counts
    from bothends.records import Exchange

_JUDGED = counted("exchanges judged", "operation")
_ARRIVED = counted("events at ingests", "ingest")
_SUCCESS = counted("answers that may have an event", "operation", "callback")
_IDLE = counted("answers of idle requests that may have an event", "operation", "callback")
_CAME = counted("answers with an event", "operation", "callback")
_ELSEWHERE = counted("answers with a URL of no ingest", "operation", "callback")
_UNCLEAR = counted("exchanges with an unclear callback", "operation")
_PAIR = counted("exchanges with several events", "operation", "callback")
_CAME_ALIKE = counted("events of requests alike", "operation", "callback")
_MOST_ALIKE = counted("most events of requests alike", "operation", "callback")
_ANSWERED = counted("answers with an x-when", "operation", "callback")
_CONDITION = counted("conditions met", "operation", "callback", "condition")
_MOST_WAITING = 4096
"""Successes without an event that are remembered, as it may come late."""
_COUNT = "count"
_MAY_BE_OWED = "the contract does not say whether each success owes one"
_WHICH_OWE_IT = "x-when: true if each success owes one, x-when: {body: …} or another condition if some do"
"""It did not come for some: where that is right, `true` would accuse a right target."""


class CallbackNotes:
    """Counts exchanges; one that was judged before is looked at for what came late."""

    def __init__(self, counts: Counts, contract: Contract) -> None:
        """Take where it counts, and of what."""
        self._counts = counts
        self._host = contract.settings.world.host
        self._waiting: dict[int, frozenset[str]] = {}
        self._counted: dict[int, None] = {}
        self._sources = seen_sources.SourceNotes(counts, contract)

    def note(self, operation: Operation, exchange: Exchange) -> None:
        """Count an exchange."""
        counts = self._counts
        counts.add(_JUDGED, operation.id)
        for ingest in {delivery.ingest for delivery in exchange.deliveries}:
            counts.add(_ARRIVED, ingest)
        undeclared.note(counts, operation, exchange)
        if not operation.events or exchange.repeated:
            return
        self._sources.note(operation, exchange)
        names = frozenset(delivery.callback for delivery in exchange.declared)
        if exchange.number in self._waiting:
            for name in self._waiting[exchange.number] & names:
                counts.add(_CAME, operation.id, name)
                counts.add(_SUCCESS, operation.id, name, times=exchange.idle)
            self._waiting[exchange.number] -= names
            return
        if exchange.guessed:
            _note_alike(counts, operation, exchange)
        else:
            counts.add(_UNCLEAR, operation.id, times="" in names and len(operation.events) > 1)
            _note_pairs(counts, operation, exchange)
        self._note_success(operation, exchange, names)

    def _note_success(self, operation: Operation, exchange: Exchange, names: frozenset[str]) -> None:
        counts, answer = self._counts, exchange.answer
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
            key = (operation.id, event.name)
            _note_conditions(counts, operation, event, answer, moment)
            if event.name in names:
                counts.add(_SUCCESS, *key)
                counts.add(_CAME, *key)
            elif event.ingest not in unwell and _may_come(event, answer, moment):
                counts.add(_IDLE if exchange.idle else _SUCCESS, *key)
                missing.add(event.name)
            counts.add(_ELSEWHERE, *key, times=_leads_elsewhere(event, answer, moment, self._host))
        if missing:
            self._waiting[exchange.number] = frozenset(missing)
            if len(self._waiting) > _MOST_WAITING:
                del self._waiting[next(iter(self._waiting))]


def _note_conditions(
    counts: Counts, operation: Operation, event: EventContract, answer: Answer, moment: Moment
) -> None:
    """Count which conditions of an `x-when` hold of an answer, each by itself."""
    if event.when is None or not (event.when.conditions or isinstance(event.when.count, str)):
        return
    counts.add(_ANSWERED, operation.id, event.name)
    for part in event.when.met(answer.status, moment):
        counts.add(_CONDITION, operation.id, event.name, part)
    if isinstance(event.when.count, str) and event.when.number(moment):
        counts.add(_CONDITION, operation.id, event.name, _COUNT)


def _may_come(event: EventContract, answer: Answer, moment: Moment) -> bool:
    if event.when is not None:
        if not event.when.holds(answer.status, moment) or event.when.number(moment) == 0:
            return False
    elif not answer.success:
        return False
    known = not event.url.expressions or event.url.told is not None
    return known or event.url.url(moment, "http://ingest.invalid", "key") is not None


def _leads_elsewhere(event: EventContract, answer: Answer, moment: Moment, host: str) -> bool:
    """Return whether an answer names another URL for its event than one of the world."""
    whole = event.url.whole
    if not answer.success or whole is None or whole.is_sent:
        return False
    url = event.url.url(moment, "", "")
    return url is not None and urlsplit(url).hostname != host


def _note_pairs(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count where it is unknown whether there was one event, or two: the contract names no identity."""
    allowed = _most(operation, exchange)
    for name, identities in _stored(exchange).items():
        most = allowed.get(name, 1)
        counts.add(_PAIR, operation.id, name, times=most is not None and len(identities) > most)


def _note_alike(counts: Counts, operation: Operation, exchange: Exchange) -> None:
    """Count the events of requests that are alike, and how many these may have, whosever they are."""
    stored = _stored(exchange)
    for name, most in _most(operation, exchange).items():
        came = len(stored.get(name, ()))
        if most is not None and (came or exchange.succeeded):
            counts.add(_CAME_ALIKE, operation.id, name, times=came)
            counts.add(_MOST_ALIKE, operation.id, name, times=most)


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


def tallies(counts: Counts, contract: Contract) -> tuple[EventTally, ...]:
    """Return each declared event with how often it may have come, and came."""
    return tuple(
        EventTally(
            operation.id,
            event.name,
            counts.number(_SUCCESS, operation.id, event.name),
            counts.number(_CAME, operation.id, event.name),
        )
        for operation in contract.operations
        for event in operation.events
    )


def never_came(counts: Counts, contract: Contract) -> Iterator[tuple[str, str, int]]:
    """Yield operation and name of each callback that never came though it might, and the number of successes."""
    for operation in contract.operations:
        for event in operation.events:
            key = (operation.id, event.name)
            if counts.number(_SUCCESS, *key) and not counts.number(_CAME, *key):
                yield (*key, counts.number(_SUCCESS, *key))


def silent(counts: Counts, contract: Contract) -> tuple[str, ...]:
    """Return the ingests at which nothing ever arrived."""
    return tuple(name for name in contract.settings.world.ingests if not counts.number(_ARRIVED, name))


def named(contract: Contract) -> dict[str, dict[str, EventContract]]:
    """Return the events of each name, by their operations: what is said of several alike is said once."""
    found: dict[str, dict[str, EventContract]] = {}
    for operation in contract.operations:
        for event in operation.events:
            found.setdefault(event.name, {})[operation.id] = event
    return found


def in_words(name: str, events: Mapping[str, EventContract], operations: Sequence[str]) -> str:
    """Return what names a callback of some operations, for a person: the operations, where several have that name."""
    return f"the callback {name}{f' of {some_of(operations)}' if len(events) > 1 else ''}"


def notes(counts: Counts, contract: Contract) -> Iterator[str]:
    """Yield, for a person, which events always came though the contract does not say that they must."""
    for name, events in named(contract).items():
        unsaid = [operation for operation, event in events.items() if event.when is None]
        came = {operation: counts.number(_CAME, operation, name) for operation in unsaid}
        always = [one for one, number in came.items() if number > 1 and number == counts.number(_SUCCESS, one, name)]
        if always:
            yield (
                f"{in_words(name, events, always)} came in each of {sum(map(came.__getitem__, always)):,} successes; "
                "the contract does not say whether it must (add x-when: true)"
            )


def not_proven(
    counts: Counts,
    contract: Contract,
    *,
    whole: bool,
    unexplained: int = 0,
    hopeless: Collection[str] = (),
) -> Iterator[NotProven]:
    """Yield what was not proven of callbacks; what never came is an omission of a `whole` run alone."""
    yield from undeclared.not_proven(counts, contract, unexplained)
    for operation in contract.operations:
        if counts.number(_JUDGED, operation.id):
            for event in operation.events:
                yield from _of_event(counts, contract, operation, event, whole=whole and operation.id not in hopeless)
            yield from _of_addresses(operation)
            if counts.number(_UNCLEAR, operation.id):
                yield _unclear(counts, contract, operation)


def _of_event(
    counts: Counts, contract: Contract, operation: Operation, event: EventContract, *, whole: bool
) -> Iterator[NotProven]:
    key, where, label = (operation.id, event.name), str(event.location or ""), f"callback {event.name}"
    if any(place.refused is not None and place.expression == event.url.whole for place in operation.addresses):
        return  # the line on its address says it all
    came, successes, elsewhere = (counts.number(what, *key) for what in (_CAME, _SUCCESS, _ELSEWHERE))
    if not event.ingest:
        which = f"Its URL, {event.url_template}," if event.url_template else "The ingest that it goes to"
        lacks = "is not an address of an ingest" if event.url_template else "is not known"
        why = f"{which} {lacks}, so no event can arrive."
        named = event.url.whole is not None or event.url.anywhere
        add = f'[world.ingests.NAME] receives = ["{event.callback}"]' if named else "'{ingest}/…'"
        yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
    elif elsewhere and not came:
        why = f"{count_of(elsewhere, 'answer')} named a URL for it that is not an address of an ingest."
        yield NotProven(label, why, where=where, weight=Weight.EVENTS)
    elif whole and not came and (event.when is None or not successes):
        if successes or not operation.security.unplayable:
            yield _never_came(counts, operation, event, successes, where)
    elif whole and event.when is None and came < successes:
        why = f"It did not come in {successes - came:,} of {count_of(successes, 'success')}; {_MAY_BE_OWED}."
        yield NotProven(label, why, where=where, add=_WHICH_OWE_IT, weight=Weight.EVENTS)
    unknown, add = _not_told_apart(event)
    if pairs := counts.number(_PAIR, *key):
        why = f"Several came in {count_of(pairs, 'exchange')}; {unknown}."
        yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
    elif (surplus := counts.number(_CAME_ALIKE, *key) - counts.number(_MOST_ALIKE, *key)) > 0:
        why = f"{surplus:,} more came than the requests have that may have caused them; {unknown}."
        yield NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
    if came:
        yield from _of_content(counts, contract, operation, event, where)


def _not_told_apart(event: EventContract) -> tuple[str, str]:
    """Return why several events of one callback are not told apart, and the line by which they would be.

    Where they lack what identifies them, the law `same-identity` says so: there is no line to add.
    """
    if event.delivery.identity:
        return f"they have no value at {event.delivery.identity}", ""
    line = line_to_identify(event.body, [one.name for one in event.headers])
    return "the contract does not say what identifies one event", line


def _never_came(counts: Counts, operation: Operation, event: EventContract, successes: int, where: str) -> NotProven:
    label = f"callback {event.name}"
    if successes:
        why = f"It never came (0 of {count_of(successes, 'success')}); {_MAY_BE_OWED}."
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
    if idle := counts.number(_IDLE, operation.id, event.name):
        why = (
            f"It never came (0 of {count_of(idle, 'success')}): each was of a request to delete what may not have been "
            "there, as its id was made up, or another request deleted the same."
        )
        add = "operations: one that makes such an object, or links, on an answer that gives its id"
        return NotProven(label, why, where=where, add=add, weight=Weight.EVENTS)
    if event.when is not None and (event.when.conditions or isinstance(event.when.count, str)):
        return NotProven(
            label,
            _why_unmet(counts, operation, event),
            where=where,
            add="an example of a request that leads to such an answer",
            weight=Weight.EVENTS,
        )
    reads = "" if event.url.whole is None else f", with a value for {event.url.whole.text}"
    why = f"It never came: no request succeeded{reads}."
    return NotProven(label, why, where=where, weight=Weight.EVENTS)


def _why_unmet(counts: Counts, operation: Operation, event: EventContract) -> str:
    """Return which conditions of an `x-when` no answer met; where each was met, that no answer met all."""
    answered, when = counts.number(_ANSWERED, operation.id, event.name), event.when
    parts = [] if when is None else [part for part, _ in when.conditions]
    parts += [_COUNT] if when is not None and isinstance(when.count, str) else []
    met = {part: counts.number(_CONDITION, operation.id, event.name, part) for part in parts}
    unmet = [part for part, count in met.items() if not count]
    if unmet:
        named = " and ".join(f"`{part}`" for part in unmet)
        return f"No answer matched its x-when: of {count_of(answered, 'answer')}, none met {named}."
    numbers = ", ".join(f"`{part}` by {count:,}" for part, count in met.items())
    return f"No answer matched its x-when as a whole: of {count_of(answered, 'answer')}, {numbers}."


def _of_addresses(operation: Operation) -> Iterator[NotProven]:
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


def _of_content(
    counts: Counts, contract: Contract, operation: Operation, event: EventContract, where: str
) -> Iterator[NotProven]:
    label = f"callback {event.name}"
    if not event.described:
        why = "It has no schema of a JSON body, so its content was not checked."
        add = "requestBody: {content: {application/json: {schema: …}}}"
        yield NotProven(label, why, where=where, add=add, weight=Weight.VALUES)
    elif not event.walk.kinds:
        proposed = seen_sources.proposed(counts, operation, event)
        why = "No x-from says where its values come from, so none was compared."
        callers = {
            pointer: f"x-from: session.{name}, on {pointer}, and identity = {{{name} = …}} on each caller"
            for pointer in seen_sources.of_the_caller(counts, operation, event)
            if (name := pointer.rpartition("/")[2])
        }
        lines = [*(f"x-from: {source}, on {pointer}" for pointer, source in proposed.items()), *callers.values()]
        if lines:
            why += f" In this run, {len(lines):,} always agreed with a value of the exchange, or followed the caller."
            add = "\n".join(lines)
        else:
            has_user = operation.security.alternatives or contract.settings.world.session is not None
            mine = "session.user" if has_user else "request.body#/… or answer.body#/…"
            add = f"x-from: {mine}, on a property of the event"
        yield NotProven(label, why, where=where, add=add, weight=Weight.VALUES)
    for name in event.other_parameters:
        why = f"Its parameter '{name}' is not a header with a schema of one value, so it was not checked."
        yield NotProven(label, why, where=where, weight=Weight.VALUES)


def _unclear(counts: Counts, contract: Contract, operation: Operation) -> NotProven:
    names = ", ".join(event.name for event in operation.events)
    exchanges = count_of(counts.number(_UNCLEAR, operation.id), "exchange")
    return NotProven(
        f"callbacks {names}",
        f"In {exchanges}, it is unknown which of them an event belongs to.",
        where=str(contract.document.location(operation.pointer)),
        add="in each, a required property with a different `const`",
        weight=Weight.EVENTS,
    )
