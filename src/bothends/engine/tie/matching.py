"""Finds of which callback a delivery is, once it is known of which exchange.

1. Those whose method and address fit. 2. One left: that one, whatever its body. 3. Of several, those whose constants
agree. 4. Of several left, those whose schema it meets. 5. Still several, or none: as many callbacks as possible get one
event each; where it is met by none, the one whose schema it is nearest to. Where several ways are equally good, nothing
is said: the contract has no constant that tells them apart.

What comes to an address that no callback has is an event that was sent to a wrong one, where the exchange lacks such an
event and it is like it. Else it is undeclared: of an address that nobody has promised anything about, nothing is said
but that.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from bothends.contract.messages import Moment, is_form
from bothends.engine.tie.answered import Address, AnsweredAddresses
from bothends.engine.tie.keys import canonical
from bothends.laws import ANSWERED, OWN, UNKNOWN, agrees, is_read, own_value, said_in_refusal
from bothends.records import MISSING, Answer, changed, json_equal, resolve, split
from bothends.schemas import has_constants, has_own_constants

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from bothends.contract import EventContract, Operation
    from bothends.contract.messages import UrlTemplate
    from bothends.contract.terms import Provenance, Source
    from bothends.engine.tie.keys import Keys
    from bothends.records import Delivery, Exchange, Request, UpstreamCall


_ANYWHERE = "http://request.invalid"
"""Stands for where a request was sent: behind a proxy, its URL begins with something else to the target."""
_ORIGIN = r"https?://[^?#]*"
_OWN_PATH = re.compile(r"\d+-cx[0-9a-f]+x[0-9a-f]{8}-x*")


class CallbackMatcher:
    """Names the callbacks of deliveries."""

    def __init__(
        self,
        operations: Iterable[Operation],
        addresses: Mapping[str, Address],
        calls: dict[int, UpstreamCall] | None = None,
        seed: int = 0,
    ) -> None:
        self._operations = {operation.id: operation for operation in operations}
        self._addresses = addresses
        # What calls were answered may say where events go.
        self._answered = AnsweredAddresses({} if calls is None else calls, seed)

    def named(self, exchange: Exchange, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
        """Return the deliveries of an exchange with their callbacks, and whether their addresses are right."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not deliveries:
            return tuple(deliveries)
        if not operation.events:
            return tuple(replace(one, undeclared=True) for one in deliveries)
        moment = Moment(operation.path, exchange.sent, exchange.answer, _ANYWHERE)
        right: dict[str, bool] = {}
        choices: dict[str, list[EventContract]] = {}
        strays: dict[str, Delivery] = {}
        for delivery in deliveries:
            # Attempts of one event go to one callback.
            if delivery.identity in right:
                continue
            fitting = [event for event in operation.events if self._fits(event, delivery, moment, exchange)]
            right[delivery.identity] = bool(fitting)
            if fitting and (
                self._is_of_another(operation, fitting, delivery) or _is_of_none(exchange, fitting, delivery)
            ):
                continue
            if fitting or (known := _of_its_kind(operation, delivery)):
                choices[delivery.identity] = _narrowed(fitting or known, delivery)
            else:
                strays[delivery.identity] = delivery
        chosen = _assigned(choices)
        came = {event.name for identity, found in choices.items() for event in found if not chosen[identity]}
        # What an ingest that is not itself has not let through is missing, and was not sent elsewhere.
        unwell = {condition.subject for condition in exchange.case.given}
        missing = [e for e in operation.events if e.name not in {*chosen.values(), *came} and e.ingest not in unwell]
        like = {identity: _like(stray, missing, moment) for identity, stray in strays.items()}
        chosen |= _assigned({identity: _narrowed(found, strays[identity]) for identity, found in like.items() if found})
        return tuple(
            changed(
                one,
                callback=chosen.get(one.identity, ""),
                right_address=right[one.identity],
                undeclared=one.identity not in chosen,
            )
            for one in deliveries
        )

    def _is_of_another(self, operation: Operation, fitting: Iterable[EventContract], delivery: Delivery) -> bool:
        """Return whether a delivery is another operation's event, by its constants: it came to one address for both."""
        if len(self._operations) == 1 or any(has_constants(event.body, delivery.content) for event in fitting):
            return False
        others = (e for other in self._operations.values() if other is not operation for e in other.events)
        return any(
            event.method == delivery.method
            and event.ingest == delivery.ingest
            and has_own_constants(event.body, delivery.content)
            for event in others
        )

    def may_come(self, exchange: Exchange, delivery: Delivery) -> bool:
        """Return whether a delivery came to where an event of an exchange goes."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None:
            return True
        moment = Moment(operation.path, exchange.sent, exchange.answer, _ANYWHERE)
        return any(self._fits(event, delivery, moment, exchange) for event in operation.events)

    def is_stray(self, delivery: Delivery) -> bool:
        """Return whether a delivery is of no callback at all: neither its address nor its content is one's."""
        if delivery.at_callback:
            return False
        events = [event for operation in self._operations.values() for event in operation.events]
        return not any(has_own_constants(e.body, delivery.content) or e.body.is_valid(delivery.content) for e in events)

    def _fits(self, event: EventContract, delivery: Delivery, moment: Moment, exchange: Exchange) -> bool:
        if event.method != delivery.method or event.ingest != delivery.ingest:
            return False
        address = self._addresses.get(event.ingest)
        if address is None or not event.url.expressions:
            # The kind knows how its own address may be spelt.
            return delivery.right_address and (address is None or self._is_at(event, delivery, address))
        if event.url.told is not None:
            return self._answered.has(event, delivery, exchange, address)
        return self._is_filled(event, delivery, moment, address)

    @staticmethod
    def _is_filled(event: EventContract, delivery: Delivery, moment: Moment, address: Address) -> bool:
        """Return whether a delivery came to the URL that the request or the answer of an exchange makes of a key."""
        url = event.url.url(moment, address.base_url, address.event_key)
        if url is None and event.url.whole is not None:
            # A body that can't be read here (too deep, say) may be read by the target.
            return _names(moment.request, delivery)
        if url is None:
            # The client has gone, and with it what the answer would have said: it may be any address of the callback.
            unheard = not isinstance(moment.answer, Answer)
            return unheard and _may_become(event.url, address, delivery)
        wanted, own = urlsplit(url), urlsplit(address.base_url)
        if wanted.netloc.lower() != own.netloc.lower():
            return False
        return _same_target(wanted.path, wanted.query, delivery)

    @staticmethod
    def _is_at(event: EventContract, delivery: Delivery, address: Address) -> bool:
        if delivery.named_by_kind or event.url.anywhere:
            return True
        wanted = urlsplit(event.url.fill(address.base_url, address.event_key))
        return _same_target(wanted.path, wanted.query, delivery)


def _may_become(template: UrlTemplate, address: Address, delivery: Delivery) -> bool:
    """Return whether a delivery came to one of the URLs that a template may become."""
    own = urlsplit(address.base_url)
    pattern = template.pattern(address.base_url, address.event_key)
    targets = (delivery.target, unquote(delivery.target), delivery.path, unquote(delivery.path))
    return any(pattern.fullmatch(f"{own.scheme}://{own.netloc}{target}") for target in targets)


def _same_target(path: str, query: str, delivery: Delivery) -> bool:
    """Whether a delivery came to a path and query, however encoded; its sender may add a query where there is none."""
    return _same(path or "/", delivery.path) and (not query or _same(query, delivery.query))


def _same(wanted: str, text: str) -> bool:
    if _ANYWHERE not in wanted:
        return unquote(wanted) == unquote(text)
    pattern = _ORIGIN.join(re.escape(unquote(part)) for part in wanted.split(_ANYWHERE))
    return re.fullmatch(pattern, unquote(text), re.DOTALL) is not None


def _is_of_none(exchange: Exchange, fitting: Iterable[EventContract], delivery: Delivery) -> bool:
    """Return whether a delivery is of nothing that the contract has, by its constants.

    A request to a path beside may be one of an operation that the document leaves out, whose events come to the same
    address. Executed as the operation, it has its constants.
    """
    if not (exchange.case.expect.any_answer and exchange.succeeded):
        return False
    return not any(has_constants(event.body, delivery.content) for event in fitting)


def _of_its_kind(operation: Operation, delivery: Delivery) -> list[EventContract]:
    """Return the callbacks that a delivery must be of, wherever it went: its ingest takes nothing else."""
    return [event for event in operation.events if delivery.named_by_kind and event.ingest == delivery.ingest]


def _narrowed(candidates: list[EventContract], delivery: Delivery) -> list[EventContract]:
    """Return those of several callbacks that a delivery is of by its content: as far as that tells."""
    for narrower in (
        lambda event: has_constants(event.body, delivery.content),
        lambda event: event.body.is_valid(delivery.content),
    ):
        if len(candidates) > 1:
            candidates = [event for event in candidates if narrower(event)] or candidates
    if len(candidates) > 1 and not any(event.body.is_valid(delivery.content) for event in candidates):
        wrong = [len(event.body.errors(delivery.content)) for event in candidates]
        candidates = [event for event, count in zip(candidates, wrong, strict=True) if count == min(wrong)]
    return candidates


def _like(delivery: Delivery, missing: Iterable[EventContract], moment: Moment) -> list[EventContract]:
    """Return the missing events that one at a wrong address is like.

    By its constants, or as it went below the address that the request gave; where the event is owed, by its schema.
    """
    return [
        event
        for event in missing
        if (event.url.whole is not None and _names(moment.request, delivery))
        or (_may_come(event, moment) and has_own_constants(event.body, delivery.content))
        or (_is_owed(event, moment) and _meets_its_own(event, delivery))
    ]


def _meets_its_own(event: EventContract, delivery: Delivery) -> bool:
    """Return whether a delivery meets the schema of a callback's event, and not everything does."""
    return event.body.is_valid(delivery.content) and not event.body.is_valid({})


def is_expected(event: EventContract, moment: Moment) -> bool:
    """Return whether an answer owes the event of a callback; where nothing says which do, whether it is a success."""
    answer = moment.answer
    if not isinstance(answer, Answer):
        return False
    if event.when is None:
        return answer.success
    return event.when.holds(answer.status, moment) and event.when.number(moment) != 0


def _is_owed(event: EventContract, moment: Moment) -> bool:
    return event.when is not None and is_expected(event, moment)


def _may_come(event: EventContract, moment: Moment) -> bool:
    if not isinstance(moment.answer, Answer) or (event.when is not None and not event.when.owed):
        return True
    return is_expected(event, moment)


def _names(request: Request, delivery: Delivery) -> bool:
    """Return whether the path that was made for an exchange stands in its request."""
    segments = [segment for segment in delivery.path.split("/") if _OWN_PATH.fullmatch(segment)]
    texts = (request.raw or b"", request.body or b"", request.target.encode("utf-8", "surrogatepass"))
    return any(segment.encode() in text for segment in segments for text in texts)


def _assigned(choices: Mapping[str, list[EventContract]]) -> dict[str, str]:
    """Return the name of the callback of each event; empty where several are equally good."""
    chosen = {identity: found[0].name for identity, found in choices.items() if len(found) == 1}
    taken = set(chosen.values())
    open_ = {identity: [e.name for e in found] for identity, found in choices.items() if len(found) > 1}
    while open_:
        identity, names = min(open_.items(), key=lambda item: len(set(item[1]) - taken))
        alike = [other for other, same in open_.items() if same == names]
        free = [name for name in names if name not in taken]
        if free and len(free) <= len(alike) and all(_single(event) for event in choices[identity]):
            # As many events as callbacks that lack one: which is which makes no difference.
            chosen[identity] = free[0]
            taken.add(free[0])
        else:
            chosen[identity] = ""
        del open_[identity]
    return chosen


def _single(event: EventContract) -> bool:
    """Whether an exchange has at most one event of a callback: else one that has come leaves room for another."""
    return event.when is None or event.when.single


# Tells how well an event and an exchange go together by what is in them.
#
# An event that has the very values that an exchange has itself (those of its body, its path, its answer, as the
# contract's `x-from` names them) is that exchange's: the id of an order that is answered and sent is in no other. One
# that is an event of an operation, by its schema, is not another operation's.


@dataclass(frozen=True, slots=True)
class Traits:
    """What an event says of itself.

    Attributes:
        operations: Those whose event it is, by its schema.
        claims: By operation, its values that an exchange of that operation must have itself.
        declared: Whether it has the constants of a callback's event: else it may be of anything that the target does.
        callers: By operation, its values that must be of the caller's session.
        callbacks: By operation, the names of the callbacks whose constants it has.
    """

    declared: bool = True
    operations: frozenset[str] = frozenset()
    claims: Mapping[str, tuple[Provenance, ...]] = field(default_factory=dict)
    callers: Mapping[str, tuple[Provenance, ...]] = field(default_factory=dict)
    callbacks: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def is_foreign(self, operation: str) -> bool:
        """Return whether it has the constants of another operation's event, and of none of this operation's."""
        return any(self.callbacks.values()) and not self.callbacks.get(operation)

    def answered(self, operation: str) -> dict[str, Any]:
        """Return its values that must be of the answer of an exchange of an operation, by what finds them there."""
        claims = self.claims.get(operation, ())
        return {claim.source.text: claim.value for claim in claims if claim.source.kind in ANSWERED}


class Match(IntEnum):
    """How well an event and an exchange go together, the higher the better."""

    ANY = 0
    OPERATION = 1
    POSSIBLE = 2
    """The exchange is a success of which no value is known: its request can't be read."""
    PARTLY = 3
    """One of its values is in no other exchange; another one is not this exchange's."""
    VALUES = 4
    """All that the exchange is known to have of the event's values is in it: others may have sent the same."""
    SURE = 5
    """And one of them is of its answer, which no other request was given."""


def _traits_of(operations: Mapping[str, Operation], delivery: Delivery) -> Traits:
    body = delivery.event
    several = len(operations) > 1
    fitting: set[str] = set()
    claims: dict[str, tuple[Provenance, ...]] = {}
    callers: dict[str, tuple[Provenance, ...]] = {}
    for operation in operations.values():
        # Another callback's sources are none of this event's: its id may be one that no answer has.
        own_events = [event for event in operation.events if has_constants(event.body, body)] or operation.events
        found = [claim for callback in own_events for claim in callback.provenance(body)]
        own = tuple(claim for claim in found if claim.source.kind in OWN)
        if own:
            claims[operation.id] = own
        callers[operation.id] = tuple(claim for claim in found if claim.source.kind == "session")
        if several and any(callback.body.is_valid(body) for callback in operation.events):
            fitting.add(operation.id)
    events = [event for operation in operations.values() for event in operation.events]
    declared = not events or any(has_constants(event.body, body) for event in events)
    callbacks = {
        operation.id: frozenset(event.name for event in operation.events if has_constants(event.body, body))
        for operation in operations.values()
    }
    return Traits(declared, frozenset(fitting), claims, callers, callbacks)


class Matching:
    """Compares the events and the exchanges of one batch."""

    def __init__(
        self, operations: Mapping[str, Operation], keys: Keys | None = None, known: Collection[Exchange] = ()
    ) -> None:
        """Take what they are compared by.

        Args:
            operations: The contract's operations, by their ids.
            keys: How values come back in events; None: unchanged.
            known: The exchanges among which a value may be one's own.
        """
        self._operations = operations
        self._keys = keys
        self._known = known
        self._counts: dict[tuple[str, str, type], Counter[str]] = {}
        self._own: dict[tuple[int, str, type], Any] = {}
        self._read: dict[int, bool] = {}
        self._sources: dict[tuple[str, str, type], tuple[Source, ...]] = {}
        self._expects: dict[tuple[int, bool], bool] = {}
        self._most: dict[tuple[int, str], int] = {}
        self._traits: dict[int, tuple[Delivery, Traits]] = {}

    def traits(self, delivery: Delivery) -> Traits:
        """Return what the event of a delivery says of itself; it is asked several times of each."""
        known = self._traits.get(id(delivery))
        if known is None:
            known = self._traits[id(delivery)] = delivery, _traits_of(self._operations, delivery)
        return known[1]

    def callbacks(self, exchange: Exchange) -> int:
        """Return how many events an exchange may have: one of each callback, or as many as the contract counts."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None:
            return 1
        if not operation.counts_events:
            return max(1, len(operation.events))
        return max(1, sum(self.most(exchange, event.name) for event in operation.events))

    def most(self, exchange: Exchange, callback: str) -> int:
        """Return how many events of a callback an exchange may lack; one where the contract counts none."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not operation.counts_events:
            return 1
        key = (exchange.number, callback)
        if key not in self._most:
            whens = (event.when for event in operation.events if event.name == callback)
            when = next((when for when in whens if when is not None), None)
            number = 1 if when is None else when.number(Moment(operation.path, exchange.sent, exchange.answer))
            self._most[key] = 1 if number is None else number
        return self._most[key]

    def sends_any_number(self, exchange: Exchange) -> bool:
        """Return whether an exchange owes events, and its request or answer does not say how many."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None or not operation.counts_events or not exchange.succeeded:
            return False
        moment = Moment(operation.path, exchange.sent, exchange.answer)
        whens = (event.when for event in operation.events if is_expected(event, moment))
        return any(when is not None and when.number(moment) is None for when in whens)

    def owes_one(self, exchange: Exchange) -> bool:
        """Return whether an exchange owes one event, whatever was asked."""
        operation = self._operations.get(exchange.case.operation)
        if operation is None or len(operation.events) != 1 or exchange.case.expect.refused or exchange.idle:
            return False
        when = operation.events[0].when
        return exchange.succeeded and when is not None and when.owed and not when.conditions and when.single

    def expects(self, exchange: Exchange, *, behind: bool = False) -> bool:
        """Return whether the answer of an exchange goes with an event."""
        key = (exchange.number, behind)
        if key not in self._expects:
            self._expects[key] = self._find_expected(exchange, behind=behind)
        return self._expects[key]

    def _find_expected(self, exchange: Exchange, *, behind: bool) -> bool:
        operation, answer = self._operations.get(exchange.case.operation), exchange.answer
        if operation is None:
            return isinstance(answer, Answer) and answer.success and not behind
        events = [event for event in operation.events if not (behind and event.delivery.answer == "after")]
        moment = Moment(operation.path, exchange.sent, answer)
        return any(is_expected(event, moment) for event in events)

    @staticmethod
    def is_of_caller(traits: Traits, exchange: Exchange) -> bool | None:
        """Return whether an event is of the caller of an exchange; None: unknown.

        Where callers take turns, many exchanges are of one: it says whose an event is not.
        """
        claims = traits.callers.get(exchange.case.operation, ())
        if not claims or exchange.session is None:
            return None
        session = dict(exchange.session)
        return all(json_equal(resolve(session, claim.source.pointer), claim.value) for claim in claims)

    @staticmethod
    def repeats_an_answer(traits: Traits) -> bool:
        """Return whether an event has a value that must be of an answer."""
        return any(claim.source.kind in ANSWERED for claims in traits.claims.values() for claim in claims)

    def match(self, traits: Traits, exchange: Exchange) -> Match:
        """Return how well an event goes with an exchange, or with a repeat of it, whose answer it may have."""
        found = self._match(traits, exchange)
        return max(found, *(self._match(traits, one) for one in exchange.repeats)) if exchange.repeats else found

    def _match(self, traits: Traits, exchange: Exchange) -> Match:
        operation = exchange.case.operation
        if traits.operations and operation not in traits.operations:
            return Match.ANY
        values = [self._compared(claim, exchange) for claim in traits.claims.get(operation, ())]
        known = [(claim, wanted) for claim, wanted in values if wanted is not UNKNOWN]
        there = [(claim, wanted) for claim, wanted in known if wanted is not MISSING]
        if there and all(agrees(claim, wanted) for claim, wanted in known):
            answered = any(claim.source.kind in ANSWERED for claim, _ in there)
            return Match.SURE if answered else Match.VALUES
        if any(json_equal(wanted, claim.value) and self._is_own(claim, exchange) for claim, wanted in there):
            return Match.PARTLY
        if values and not known and exchange.succeeded:
            return Match.POSSIBLE
        return Match.OPERATION if traits.operations else Match.ANY

    def has_own(self, traits: Traits, exchange: Exchange, most: int = 1) -> bool:
        """Return whether an event has a value of an exchange that no other one has, or so many exchanges at most.

        A value of an answer need be no such value: it may repeat the request, as that of another one does.
        """
        claims = traits.claims.get(exchange.case.operation, ())
        found = (self._compared(claim, one) for one in (exchange, *exchange.repeats) for claim in claims)
        there = [(claim, value) for claim, value in found if value is not UNKNOWN and value is not MISSING]
        # What a request was answered that was sent again is not counted.
        return any(json_equal(value, claim.value) and self._times(claim, exchange) <= most for claim, value in there)

    def excluded(self, traits: Traits, exchange: Exchange) -> bool:
        """Return whether an exchange can't have sent an event: a value that the contract declares says another one."""
        return bool(self.why_excluded(traits, exchange))

    def why_excluded(self, traits: Traits, exchange: Exchange) -> str:
        """Return why an exchange can't have sent an event, in words; empty: it can."""
        operation = exchange.case.operation
        if traits.operations and operation not in traits.operations:
            return "the schema of its event is another one"
        if traits.is_foreign(operation):
            return "its event has other constants"
        if self.is_of_caller(traits, exchange) is False:
            return "another caller"
        claims = traits.claims.get(operation, ())
        for one in exchange.repeats:
            if not any(self._is_another(claim, one) for claim in claims):
                return ""
        found = next((claim for claim in claims if self._is_another(claim, exchange)), None)
        return "" if found is None else f"another value at {found.source.text}"

    def _is_another(self, claim: Provenance, exchange: Exchange) -> bool:
        """Return whether an exchange has another value than an event at a source; of a refusal, if it has one there."""
        claim, wanted = self._compared(claim, exchange)
        if wanted is UNKNOWN and claim.source.kind in ANSWERED:
            wanted = said_in_refusal(claim.source, exchange, like=claim.value)
            return wanted is not MISSING and not json_equal(wanted, claim.value)
        if wanted is MISSING and claim.source.kind == "request-body" and not self._is_read(exchange):
            return False  # some targets read what is no JSON
        return wanted is not UNKNOWN and not agrees(claim, wanted)

    def _is_read(self, exchange: Exchange) -> bool:
        if exchange.number not in self._read:
            self._read[exchange.number] = is_read(exchange.sent)
        return self._read[exchange.number]

    def contradicted(self, traits: Traits, exchange: Exchange) -> bool:
        """Return whether the answer of an exchange has another value where an event repeats its answer's."""
        return all(self._contradicted(traits, one) for one in (exchange, *exchange.repeats))

    def _contradicted(self, traits: Traits, exchange: Exchange) -> bool:
        claims = (c for c in traits.claims.get(exchange.case.operation, ()) if c.source.kind in ANSWERED)
        values = ((claim, self._value(claim, exchange)) for claim in claims)
        return any(
            wanted is not MISSING and wanted is not UNKNOWN and not json_equal(wanted, claim.value)
            for claim, wanted in values
        )

    def _compared(self, claim: Provenance, exchange: Exchange) -> tuple[Provenance, Any]:
        """Return what a value of an event is compared with: what its exchange has at its source.

        What an answer must repeat of its request may be right in the event, and wrong in the answer, or the answer is a
        refusal: the event is of the request that it repeats.
        """
        wanted = self._value(claim, exchange)
        if wanted is UNKNOWN or not agrees(claim, wanted):
            for source in self._repeated(claim, exchange.case.operation):
                asked = replace(claim, source=source)
                value = self._value(asked, exchange)
                if value is not UNKNOWN and value is not MISSING and json_equal(value, claim.value):
                    return asked, value
        return claim, wanted

    def _repeated(self, claim: Provenance, operation: str) -> tuple[Source, ...]:
        """Return the places of a request that a value of its answer must come from, by what the answer declares."""
        if claim.source.kind != "answer-body":
            return ()
        key = operation, claim.source.text, type(claim.value)
        if key not in self._sources:
            pointer = claim.source.pointer
            body: Any = claim.value
            for name in reversed(split(pointer)):
                body = {name: body}
            walks = [walk for answer in self._operations[operation].answers for walk in answer.walks.values()]
            found = [each for walk in walks for each in walk.find(body) if each.pointer == pointer]
            self._sources[key] = tuple(each.source for each in found if each.source.kind in OWN - ANSWERED)
        return self._sources[key]

    def _is_own(self, claim: Provenance, exchange: Exchange) -> bool:
        """Return whether no other exchange of the operation has a value that an event and this exchange have."""
        return self._times(claim, exchange) == 1

    def _times(self, claim: Provenance, exchange: Exchange) -> int:
        """Return how many exchanges have a value of an event; of what may always be alike, more than there are."""
        if isinstance(claim.value, bool | None):
            return len(self._known) + 2
        name = exchange.case.operation
        key = (name, claim.source.text, type(claim.value))
        if key not in self._counts:
            values = (self._value(claim, each) for each in self._known if each.case.operation == name)
            self._counts[key] = Counter(canonical(v) for v in values if v is not MISSING and v is not UNKNOWN)
        return self._counts[key][canonical(claim.value)]

    def _value(self, claim: Provenance, exchange: Exchange) -> Any:
        """Return what an exchange has at a source, as events have it."""
        value = self._value_as_sent(claim, exchange)
        if self._keys is None or not isinstance(value, str):
            return value
        return self._keys.altered(exchange.case.operation, claim.source.text, value)

    def _value_as_sent(self, claim: Provenance, exchange: Exchange) -> Any:
        operation = self._operations[exchange.case.operation]
        if isinstance(claim.value, list | dict) and not _is_json(claim.source, exchange):
            # What a form, a query or a header has there is read like each item.
            return own_value(claim.source, exchange, operation, like=claim.value)
        key = (exchange.number, claim.source.text, type(claim.value))
        if key not in self._own:
            self._own[key] = own_value(claim.source, exchange, operation, like=claim.value)
        return self._own[key]


def _is_json(source: Source, exchange: Exchange) -> bool:
    """Return whether what stands at a source is the same whatever it is compared with."""
    media_type = exchange.sent.header("content-type") or ""
    return source.kind in {"request-body", "answer-body"} and not is_form(media_type)
