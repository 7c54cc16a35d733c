"""What a document lacks of the events that it declares: which of them an operation sends, and what holds of them.

A part of a document that others use, too, is changed only where all of them are seen to agree: what is said of a schema
is said of each value that it describes. OpenAPI 3.1 lets a document say more beside a `$ref`, where nobody else looks.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bothends.contract.messages import is_json
from bothends.contract.openapi import METHODS, X_SENDS, select
from bothends.contract.operations import answers_of, media_types, receiver_of, root_webhooks
from bothends.contract.requests import X_FROM
from bothends.contract.terms import X_DELIVERY, X_WHEN
from bothends.errors import ContractError
from bothends.records import MISSING, count_of, join
from bothends.scaffold.content import equal_sources, source_of
from bothends.scaffold.events import TYPE_KEYS, SeenCallback, delivery_of, owed, ties_of
from bothends.scaffold.proposal import Proposal
from bothends.schemas import SchemaShelf, all_of, has_own_constants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bothends.contract import Contract, Operation
    from bothends.documents import Place
    from bothends.scaffold.content import Row
    from bothends.scaffold.observation import Observations
    from bothends.schemas import Schema

_DEEPEST = 32


@dataclass(frozen=True, slots=True)
class Use:
    """An event that an operation declares, or is seen to send.

    Attributes:
        operation: The operation.
        place: The operation of its callback, or of the webhook.
        said: The extensions that hold of it already.
        seen: Its events; None: none arrived.
        told_by: The member of its events that has its name, if only that tells it from other webhooks; else empty.
    """

    operation: Operation
    place: Place
    said: frozenset[str]
    seen: SeenCallback | None
    told_by: str = ""


def uses_of(root: Place, place: Place, operation: Operation, seen: Sequence[SeenCallback]) -> list[Use]:
    """Return the events that an operation declares, each with what was seen of it.

    Args:
        root: The document.
        place: Where the operation stands.
        operation: The operation.
        seen: What arrived of its declared events, by their names.
    """
    by_name = {each.name: each for each in seen}
    places = list(_event_places(root, place))
    found = []
    for event in operation.events:
        for name, holders in places:
            if (name, holders[-1].pointer) == (event.callback, event.pointer):
                found.append(Use(operation, holders[-1], _said(holders), by_name.get(event.name)))
                break
    return found


def _event_places(root: Place, operation: Place) -> Iterator[tuple[str, tuple[Place, ...]]]:
    """Yield the name of each callback and webhook of an operation, and the places that say something of it."""
    callbacks = operation.get("callbacks")
    for name in callbacks.mapping() if callbacks is not None else ():
        if callbacks is None or name.startswith("x-"):
            continue
        try:
            callback = callbacks.child(name).follow()
            items = [item for _, item in callback.members()]
        except ContractError:
            continue  # the contract has no event of it either, and says why
        yield from ((name, (callback, item, item.child(method))) for item in items for method in _methods(item))
    webhooks = dict(root_webhooks(root)) if X_SENDS in operation.mapping() else {}
    for name in operation.mapping().get(X_SENDS, ()):
        yield from ((name, (webhooks[name], webhooks[name].child(method))) for method in _methods(webhooks[name]))


def _methods(item: Place) -> list[str]:
    return [method for method in METHODS if method in item.mapping()]


def _said(holders: Sequence[Place]) -> frozenset[str]:
    return frozenset(key for place in holders for key in place.mapping())


# Root webhooks that an operation is seen to send.


def sent_webhook(
    root: Place, place: Place, operation: Operation, callback: SeenCallback, contract: Contract
) -> tuple[Proposal, Use] | None:
    """Return the `x-sends` of a webhook that events are, and the webhook with them; None: they are of none.

    Args:
        root: The document.
        place: Where the operation that sent them stands.
        operation: The operation.
        callback: Events that nothing declares so far.
        contract: The contract.
    """
    world = contract.settings.world
    ingest = callback.events[0].delivery.ingest
    if callback.url.startswith("{$") or ingest not in world.ingests:
        return None  # its address comes from the request: a webhook's does not
    shelf = SchemaShelf()
    fitting = []
    for name, item in root_webhooks(root):
        schema = _schema_of(item, callback.method, shelf)
        if schema is not None and all(schema.is_valid(each.delivery.payload) for each in callback.events):
            fitting.append((name, item, schema))
    payloads = [each.delivery.payload for each in callback.events]
    own = [each for each in fitting if all(_is_its_own(each[2], payload) for payload in payloads)]
    constant = [each for each in own if all(has_own_constants(each[2], payload) for payload in payloads)]
    found = constant or own or fitting
    told_by = ""
    if len(found) > 1:  # a schema that webhooks share: the event itself says which of them it is
        keys = {each[0]: _told_by(each[0], payloads) for each in found}
        found = [each for each in found if keys[each[0]]]
        told_by = keys[found[0][0]] if found else ""
    if len(found) != 1:
        return None
    ((name, item, _),) = found
    receivers = {one: each for each, table in world.ingests.items() for one in table.receives}
    arrives = receiver_of(name, tuple(world.ingests), receivers) == ingest
    count = len(callback.events)
    why = f"{count_of(count, 'event')} that arrived fit{'s' * (count == 1)} its schema"
    why += "" if own else ", as anything does"
    why += "" if arrives else f"; add to [world.ingests.{ingest}]: receives = [{json.dumps(name)}]"
    at = item.child(callback.method)
    seen = SeenCallback(name, callback.url, callback.method, callback.events, callback.is_sure)
    proposal = Proposal(place, {X_SENDS: [name]}, f"{name}: {why}", is_sure=bool(own) and arrives and callback.is_sure)
    return proposal, Use(operation, at, _said((item, at)), seen, told_by)


def _schema_of(item: Place, method: str, shelf: SchemaShelf) -> Schema | None:
    place = _json_schema(item.child(method)) if method in item.mapping() else None
    try:
        return None if place is None else shelf.take(place)
    except ContractError:
        return None  # no event can be held against it, and the contract says why


def _json_schema(event: Place) -> Place | None:
    """Return the schema that a contract holds an event against."""
    body = event.get("requestBody")
    for media_type, content in media_types(body) if body is not None else ():
        if is_json(media_type) and "schema" in content.mapping():
            return content.child("schema")
    return None


def _is_its_own(schema: Schema, payload: Any) -> bool:
    return not schema.is_valid({}) or has_own_constants(schema, payload)


def _told_by(webhook: str, payloads: Sequence[Any]) -> str:
    """Return the member of events that has the name of a webhook, of those that mostly say what an event is."""
    told = (key for key in TYPE_KEYS if all(isinstance(each, dict) and each.get(key) == webhook for each in payloads))
    return next(told, "")


# What holds of them.


def lacking(root: Place, uses: Sequence[Use], contract: Contract, found: Observations) -> Iterator[Proposal]:
    """Yield what declared events lack: when they are owed, how they are delivered, where their values come from.

    Args:
        root: The document.
        uses: All declared events of the operations under test, and those that are seen to be sent.
        contract: The contract.
        found: What was seen.
    """
    terms = [(use, each) for use in uses for each in _terms(use, contract, found)]
    for use, each in terms:
        others = [other for other in uses if other.place.identity == use.place.identity and other is not use]
        agreed = [other for other, one in terms if one.update == each.update and one.is_sure]
        alone = all(any(other is one for one in agreed) for other in others)
        why = each.why if alone else f"{each.why}; other operations share it, and were not seen to do so"
        yield Proposal(each.place, each.update, why, is_sure=each.is_sure and alone, notes=each.notes)
    yield from _Values(root, uses, contract).proposals()


def _terms(use: Use, contract: Contract, found: Observations) -> Iterator[Proposal]:
    if use.seen is None:
        return
    if X_WHEN not in use.said:
        when, why = owed(use.seen, use.operation, found)
        if when is not MISSING:
            yield Proposal(use.place, {X_WHEN: when}, why)
    settings = contract.settings.callbacks.get(use.seen.name)
    if X_DELIVERY not in use.said and (settings is None or settings.delivery is None):
        terms = delivery_of(ties_of(use.seen, use.operation, contract), use.operation, found)
        if terms.value:
            yield Proposal(use.place, {X_DELIVERY: terms.value}, terms.notes.get("/answer", ""))


# Where their values come from.

_CONST = "const"
_Spot = tuple["Place", tuple[str, ...]]
"""A place, and the keys from there to what is said."""


@dataclass(frozen=True, slots=True)
class _Value:
    """A value of an event that was seen to come from somewhere.

    Attributes:
        use: The event.
        spots: Where that can be said: at its schema, and beside the first `$ref` on the way to it.
        source: Where it comes from.
        why: What was seen.
        is_sure: Whether it is more than chance.
        fitting: All sources that would fit.
        keyword: What says it: `x-from`; or `const`, if the value tells which webhook an event is.
    """

    use: Use
    spots: tuple[_Spot, ...]
    source: str
    why: str
    is_sure: bool
    fitting: tuple[str, ...] = ()
    keyword: str = X_FROM


class _Values:
    """Finds where the values of declared events come from, and where that can be said."""

    def __init__(self, root: Place, uses: Sequence[Use], contract: Contract) -> None:
        self._root = root
        self._uses = uses
        self._contract = contract
        self._shelf = SchemaShelf()
        self._is_openapi_30 = root.library.is_openapi_30

    def proposals(self) -> Iterator[Proposal]:
        """Yield the proposals, one for each place that is sure, and one for each value that is not."""
        found = _with_shared([value for use in self._uses for value in self._of_event(use)])
        others = list(self._other_schemas()) if found else []
        made: dict[tuple[str, str], _Merged] = {}
        for value in found:
            spot = next((each for each in value.spots if self._is_agreed(each, value, found, others)), None)
            if value.is_sure and spot is not None:
                made.setdefault(spot[0].identity, _Merged(spot[0])).add(spot[1], value)
                continue
            lacks = "it never differed" if not value.is_sure else "others share this schema, and were not seen to"
            place, keys = value.spots[0]
            yield Proposal(place, _nested((*keys, value.keyword), value.source), f"{value.why}; {lacks}", is_sure=False)
        yield from (each.proposal for each in made.values())

    def _is_agreed(self, spot: _Spot, value: _Value, found: Sequence[_Value], others: Sequence[Place]) -> bool:
        """Return whether nothing else uses a place, but events whose values there come from where this one does."""
        place, keys = spot
        if any(self._reaches(schema, place) for schema in others):
            return False
        agreed = [
            each.use
            for each in found
            if each.is_sure
            and each.source == value.source
            and any(one.identity == place.identity and way == keys for one, way in each.spots)
        ]
        users = [use for use in self._uses if (at := _json_schema(use.place)) and self._reaches(at, place)]
        return all(any(use is each for each in agreed) for use in users)

    def _reaches(self, schema: Place, place: Place) -> bool:
        """Return whether a place is a part of a schema, or of one that it refers to."""
        _, bundle = self._shelf.take_bundle(schema)
        origins = (bundle.parts.origins[name] for name in bundle.parts.needed(bundle.references))
        return any(
            one.document.file == place.document.file and f"{place.pointer}/".startswith(f"{one.pointer}/")
            for one in (schema, *origins)
        )

    def _other_schemas(self) -> Iterator[Place]:
        """Yield the schema of each body of the document that is none of the events which are looked at."""
        own = {use.place.identity for use in self._uses}
        bodies: list[Place | None] = []
        for each in select(self._root, ["*"], None).chosen:
            bodies += [each.place.get("requestBody"), *(answer for _, answer in answers_of(each.place))]
            bodies += [
                holders[-1].get("requestBody")
                for _, holders in _event_places(self._root, each.place)
                if holders[-1].identity not in own
            ]
        for _, item in root_webhooks(self._root):
            events = [item.child(method) for method in _methods(item)]
            bodies += [event.get("requestBody") for event in events if event.identity not in own]
        for body in bodies:
            for _, content in media_types(body) if body is not None else ():
                if "schema" in content.mapping():
                    yield content.child("schema")

    # The walk through a schema, with the values that it describes.

    def _of_event(self, use: Use) -> Iterator[_Value]:
        schema = None if use.seen is None else _json_schema(use.place)
        if use.seen is None or schema is None or any(each.delivery.payload is None for each in use.seen.events):
            return
        rows = [(each.delivery.payload, each) for each in use.seen.events]
        yield from self._within(use, schema, rows, None, 0)

    def _within(
        self, use: Use, schema: Place, rows: Sequence[Row], beside: _Spot | None, depth: int
    ) -> Iterator[_Value]:
        """Yield the values in some values that one schema describes.

        Args:
            use: The event.
            schema: The schema.
            rows: The values, each with its event.
            beside: The first `$ref` on the way, and the keys from there; None: there is none so far.
            depth: How many schemas lead here.
        """
        if not isinstance(schema.value, dict) or depth > _DEEPEST or not rows:
            return
        if schema.is_reference:
            at = None if self._is_openapi_30 else beside or (schema, ())
            yield from self._within(use, schema.follow(), rows, at, depth + 1)
            if self._is_openapi_30:
                return
        for each in all_of(schema):
            yield from self._within(use, each, rows, beside, depth + 1)
        for keyword in ("oneOf", "anyOf"):
            for index in range(len(schema.value.get(keyword, ()))):
                branch = schema.child(keyword).child(index)
                fits = self._shelf.take(branch)
                some = [row for row in rows if fits.is_valid(row[0])]
                # What is said beside a `$ref` holds for each branch.
                yield from self._within(use, branch, some, beside if len(some) == len(rows) else None, depth + 1)
        for name in schema.value.get("properties", ()):
            inner = [(value[name], one) for value, one in rows if isinstance(value, dict) and name in value]
            member = schema.child("properties").child(name)
            further = None if beside is None else (beside[0], (*beside[1], "properties", name))
            if name == use.told_by and all(value is one.delivery.payload for value, one in rows):
                spots = ((member, ()),) if further is None else ((member, ()), further)
                why = f"the name of the webhook in {count_of(len(inner), 'event')}: others have this schema"
                yield _Value(use, spots, str(inner[0][0]), why, is_sure=True, keyword=_CONST)
            elif inner and isinstance(member.value, dict):
                yield from self._of_member(use, member, inner, further, depth)

    def _of_member(
        self, use: Use, member: Place, rows: Sequence[Row], beside: _Spot | None, depth: int
    ) -> Iterator[_Value]:
        own = member.follow() if self._is_openapi_30 else member
        if not isinstance(own.value, dict) or X_FROM in own.value or X_FROM in member.follow().mapping():
            return
        source, why, is_sure = source_of(rows, member.pointer, use.operation, self._contract)
        is_told = is_sure or (isinstance(rows[0][0], str | int | float) and not isinstance(rows[0][0], bool))
        is_fixed = "const" in own.value or len(own.value.get("enum", ())) == 1
        if source and is_told and not is_fixed:
            spots = ((own, ()), beside) if beside is not None else ((own, ()),)
            yield _Value(use, spots, source, why, is_sure, equal_sources(rows, use.operation, self._contract))
        if not (source and is_sure):
            yield from self._within(use, member, rows, beside, depth + 1)


def _with_shared(values: Sequence[_Value]) -> list[_Value]:
    """Return values with a source that fits all events which have them at one place, where there is one.

    An id is that of the path in a change, and that of the answer in a creation: in both, it is that of the answer.
    """
    by_place: dict[tuple[Any, ...], list[_Value]] = {}
    for each in values:
        place, keys = each.spots[0]
        by_place.setdefault((*place.identity, *keys, each.keyword), []).append(each)
    shared: dict[int, _Value] = {}
    for some in by_place.values():
        first, *others = some
        fitting = [source for source in first.fitting if all(source in each.fitting for each in others)]
        if fitting and any(each.source != first.source for each in others) and all(each.is_sure for each in some):
            why = f"the value of {fitting[0]} in the events of {count_of(len(some), 'operation')}"
            shared |= {id(each): replace(each, source=fitting[0], why=why) for each in some}
    return [shared.get(id(each), each) for each in values]


@dataclass(slots=True)
class _Merged:
    """What is said at one place of several values.

    Attributes:
        place: The place.
        update: What is merged there.
        whys: Why, of each.
        notes: The comments, by pointer into the update.
    """

    place: Place
    update: dict[str, Any] = field(default_factory=dict)
    whys: dict[str, None] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, keys: Sequence[str], value: _Value) -> None:
        """Say where one more value comes from."""
        holder = self.update
        for key in keys:
            holder = holder.setdefault(key, {})
        holder[value.keyword] = value.source
        self.whys[value.why] = None
        self.notes[join(*keys, value.keyword)] = value.why

    @property
    def proposal(self) -> Proposal:
        """All of it as one proposal."""
        if len(self.whys) == 1:
            return Proposal(self.place, self.update, next(iter(self.whys)))
        return Proposal(self.place, self.update, "values that were seen to come from somewhere", notes=self.notes)


def _nested(keys: Sequence[str], value: str) -> dict[str, Any]:
    made: Any = value
    for key in reversed(keys):
        made = {key: made}
    found: dict[str, Any] = made
    return found
