"""Keeps what is created, where the spec makes plain that an operation creates something and where it is then.

That is so where a POST on a path has a success with `Location`, with a link, or with the status 201, and the document
has paths below that path with one more parameter: `POST /orders`, then `/orders/{id}`.
"""

from __future__ import annotations

import re
import uuid
from collections import OrderedDict
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote

from bothends.contract.messages import as_text
from bothends.contract.openapi import X_NEW
from bothends.contract.requests import SAFE
from bothends.mock.members import members_in
from bothends.records import MISSING, split
from bothends.schemas import NoValueError, Shaper, Wishes, fits_schema, targets_in, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from bothends.contract import DeclaredAnswer, Operation
    from bothends.mock.exchange import Exchange
    from bothends.schemas import Schema
    from bothends.world import Reply

_GAP = re.compile(r"\{([^{}]+)\}")
_MOST = 10_000
_CONFLICT = "409"


@dataclass(slots=True)
class Thing:
    """Something that was created.

    Attributes:
        value: What is known of it.
        owner: Who created it; empty: nobody who is known.
        answered: The names of the members that the answer to its creation had.
    """

    value: dict[str, Any]
    owner: str = ""
    answered: frozenset[str] = frozenset()

    @property
    def shown(self) -> dict[str, Any]:
        """What its creator was shown of it, as it is now; all that is known, where that was nothing."""
        return {name: each for name, each in self.value.items() if name in self.answered} or self.value


@dataclass(slots=True)
class Collection:
    """A path on which things are created, and those below it.

    Attributes:
        path: The path: `/orders`.
        parameter: The parameter that names a thing.
        maker: The operation that creates one.
        schema: The schema of the parameter; None: anything.
        samples: Values of the parameter that the contract gives as examples: these are there from the beginning.
        things: By the path of the collection as asked for, and the value of the parameter.
        removed: Those that were deleted.
        done: What was done once with a thing, and conflicts with doing it again: operation, caller, path, value.
    """

    path: str
    parameter: str
    maker: Operation
    schema: Schema | None = None
    samples: frozenset[str] = frozenset()
    things: OrderedDict[tuple[str, str], Thing] = field(default_factory=OrderedDict)
    removed: set[tuple[str, str]] = field(default_factory=set)
    done: set[tuple[str, str, str, str]] = field(default_factory=set)

    def of(self, values: Mapping[str, str]) -> str:
        """Return the collection's path with the values of its parameters."""
        return _GAP.sub(lambda gap: quote(values.get(gap[1], ""), safe=""), self.path)


def collections_of(operations: Iterable[Operation]) -> list[Collection]:
    """Return the collections of a contract."""
    every = list(operations)
    found = []
    for maker in every:
        if maker.method != "POST" or not _creates(maker):
            continue
        below: dict[str, set[str]] = {}
        schemas: dict[str, Schema | None] = {}
        for each in every:
            match = re.fullmatch(rf"{re.escape(maker.path.rstrip('/'))}/\{{([^{{}}/]+)\}}(/.*)?", each.path)
            if match is not None:
                samples = below.setdefault(match[1], set())
                own = (one for one in each.parameters if (one.location, one.name) == ("path", match[1]))
                schemas.setdefault(match[1], next((one.schema for one in own), None))
                samples |= {
                    sample
                    for one in each.parameters
                    if one.location == "path" and one.name == match[1]
                    for sample in (one.example_text, *(as_text(value) for _, value in one.examples))
                    if sample is not None
                }
        if below:
            name = next(iter(below))
            given = frozenset(sample for each in below.values() for sample in each)
            found.append(Collection(maker.path.rstrip("/"), name, maker, schemas[name], given))
    return found


def _creates(operation: Operation) -> bool:
    successes = [each for each in operation.answers if each.status.startswith("2")]
    return any(each.status == "201" or "location" in each.headers or _leads_on(each.links) for each in successes)


def _leads_on(links: Iterable[Any]) -> bool:
    return any(not expression.of_request for link in links for _, expression in link.values)


_Key = TypeVar("_Key")


def _add(known: set[_Key], key: _Key) -> None:
    """Remember a key; where there are too many, all others are forgotten."""
    if len(known) >= _MOST:
        known.clear()
    known.add(key)


def known_after(exchange: Exchange, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is still known of a thing after a request: PUT replaces all that its body could have said."""
    if exchange.operation.method != "PUT" or exchange.operation.body is None:
        return dict(value)
    schemas = [schema.raw for schema in exchange.operation.body.content.values() if schema is not None]
    named = {name for raw in schemas for name in members_in(raw, targets_in(raw))}
    return {name: each for name, each in value.items() if name not in named}


class Things:
    """All that was created.

    Args:
        operations: All operations.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        every = list(operations)
        self._collections = collections_of(every)
        self._above: dict[str, tuple[Collection, str]] = {}
        self._made: dict[str, Collection] = {each.maker.id: each for each in self._collections}
        self._listed: dict[str, Collection] = {}
        for each in every:
            for one in self._collections:
                rest = each.path.removeprefix(one.path)
                below = re.fullmatch(r"/\{([^{}/]+)\}(/.*)?", rest) if rest != each.path else None
                if below is not None and below[1] == one.parameter:
                    self._above[each.id] = (one, below[2] or "")
                elif each.path.rstrip("/") == one.path and each.method == "GET":
                    self._listed[each.id] = one

    def clear(self) -> None:
        """Forget all."""
        for each in self._collections:
            each.things.clear()
            each.removed.clear()
            each.done.clear()

    def take_over(self, before: Things) -> None:
        """Keep what was created on the same paths; requests that are still under way under them add to it."""
        known = {(each.path, each.parameter): each for each in before._collections}
        for each in self._collections:
            same = known.get((each.path, each.parameter))
            if same is not None:
                each.things, each.removed, each.done = same.things, same.removed, same.done

    def makes(self, operation: Operation) -> bool:
        """Return whether an operation creates things."""
        return operation.id in self._made

    def path_below(self, operation: Operation) -> str:
        """Return the path of what an operation creates, with its parameter; empty: it creates nothing."""
        made = self._made.get(operation.id)
        return "" if made is None else f"{made.path}/{{{made.parameter}}}"

    def is_of_one(self, operation: Operation) -> bool:
        """Return whether an operation is at the path of one thing."""
        above = self._above.get(operation.id)
        return above is not None and not above[1]

    def fresh(self, operation: Operation) -> frozenset[str]:
        """Return the names of the properties that are a new thing's own in an answer."""
        made = self._made.get(operation.id)
        if made is not None:
            return frozenset({"id", made.parameter})
        # What a POST answers with is new, whether or not the document says where it is then.
        return frozenset({"id"}) if operation.method == "POST" and operation.id not in self._above else frozenset()

    def new_members(self, operation: Operation, answer: DeclaredAnswer | None) -> frozenset[str]:
        """Return the names of the properties that each success makes anew (`x-new`), but for its object's id."""
        if answer is None or not answer.new_values or operation.method in SAFE:
            return frozenset()
        schemas = [schema for schema in answer.content.values() if schema is not None]
        places = [split(pointer) for schema in schemas for pointer, part in walk(schema.raw) if X_NEW in part]
        above = self._above.get(operation.id)
        own = set() if above is None or self.fresh(operation) else {"id", above[0].parameter}
        return frozenset(place[-1] for place in places if place[-2:-1] == ["properties"]) - own

    def sought(self, exchange: Exchange) -> tuple[Thing | None, bool, bool]:
        """Return the thing that a request is about, whether it has to be one, and whether it is another caller's."""
        above = self._above.get(exchange.operation.id)
        if above is None:
            return None, False, False
        collection, _ = above
        name = exchange.path.get(collection.parameter, "")
        key = collection.of(exchange.path), name
        thing = collection.things.get(key)
        mine = thing is None or exchange.operation.shared or thing.owner in {"", exchange.verdict.subject}
        if not mine:
            return None, True, True
        if thing is None and name in collection.samples and key not in collection.removed:
            return Thing({collection.parameter: name}), True, False
        return thing, True, False

    def conflicts(self, exchange: Exchange) -> bool:
        """Return whether a request does what was done before with the same thing, and can be done only once.

        That is so of a POST below a thing, such as `/orders/{id}/cancel`, that declares 409, and not for its key.
        """
        done = self._action(exchange)
        return done is not None and done[1] in done[0].done

    def _action(self, exchange: Exchange) -> tuple[Collection, tuple[str, str, str, str]] | None:
        operation = exchange.operation
        above, terms = self._above.get(operation.id), operation.idempotency
        declared = any(each.status == _CONFLICT and each.is_plain for each in operation.answers)
        of_keys = terms is not None and int(_CONFLICT) in (terms.conflict, terms.in_flight)
        if above is None or not above[1] or operation.method != "POST" or not declared or of_keys:
            return None
        collection = above[0]
        name = exchange.path.get(collection.parameter, "")
        return collection, (operation.id, exchange.verdict.subject, collection.of(exchange.path), name)

    def listed(self, exchange: Exchange) -> list[Thing] | None:
        """Return what a list has to show; None: the operation lists nothing that is kept."""
        collection = self._listed.get(exchange.operation.id)
        if collection is None:
            return None
        here = collection.of(exchange.path)
        mine = ("", exchange.verdict.subject)
        return [each for (path, _), each in collection.things.items() if path == here and each.owner in mine]

    def new_identity(self, operation: Operation, seed: str) -> str:
        """Return a value that names a new thing whose body has none; empty: the operation creates none.

        Args:
            operation: The operation.
            seed: The value follows from it.
        """
        made = self._made.get(operation.id)
        if made is None:
            return ""
        rng = Random(seed)  # noqa: S311 -- reproducible, not secret
        identity = str(uuid.UUID(int=rng.getrandbits(128), version=4))
        if made.schema is None or fits_schema(made.schema, identity, formats=True):
            return identity
        try:
            return as_text(Shaper(made.schema).make(seed, Wishes(fresh=frozenset({made.parameter}))))
        except NoValueError:
            return identity

    def location(self, operation: Operation, exchange: Exchange, base_path: str, identity: str) -> str:
        """Return the path of a new thing; empty: the operation creates none."""
        made = self._made.get(operation.id)
        if made is None or not identity:
            return ""
        return f"{base_path}{made.of(exchange.path)}/{quote(identity, safe='')}"

    def identity(self, operation: Operation, value: Any) -> str:
        """Return the value that names a new thing, as the body of its answer has it; empty: it has none."""
        made = self._made.get(operation.id)
        if made is None or not isinstance(value, dict):
            return ""
        own = [value, *(each for each in value.values() if isinstance(each, dict))]
        for holder in own:
            for name in (made.parameter, "id"):
                found = holder.get(name)
                if isinstance(found, str | int) and not isinstance(found, bool) and as_text(found).strip("."):
                    return as_text(found)
        return ""

    def note(self, exchange: Exchange, reply: Reply) -> None:
        """Take note of what a success has created, changed or removed."""
        operation = exchange.operation
        made = self._made.get(operation.id)
        if made is not None:
            self._add(made, exchange, reply)
            return
        done = self._action(exchange)
        if done is not None:
            _add(done[0].done, done[1])
        above = self._above.get(operation.id)
        if above is None or above[1]:
            return
        collection, _ = above
        key = collection.of(exchange.path), exchange.path.get(collection.parameter, "")
        if operation.method == "DELETE":
            collection.things.pop(key, None)
            _add(collection.removed, key)
        elif operation.method in ("PUT", "PATCH") and isinstance(exchange.body, dict):
            before = collection.things.get(key)
            value = {} if before is None else known_after(exchange, before.value)
            owner = exchange.verdict.subject if before is None else before.owner
            answered = frozenset() if before is None else before.answered
            collection.things[key] = Thing({**value, **exchange.body}, owner, answered)

    def _add(self, made: Collection, exchange: Exchange, reply: Reply) -> None:
        value = exchange.answer if isinstance(exchange.answer, dict) else {}
        body = exchange.body if isinstance(exchange.body, dict) else {}
        names = set(self._names(made, exchange, reply))
        for name in names:
            collection = made.of(exchange.path)
            made.things[collection, name] = Thing({**body, **value}, exchange.verdict.subject, frozenset(value))
            made.removed.discard((collection, name))
            while len(made.things) > _MOST:
                made.things.popitem(last=False)

    def _names(self, made: Collection, exchange: Exchange, reply: Reply) -> Iterator[str]:
        identity = self.identity(made.maker, exchange.answer)
        if identity:
            yield identity
        location = exchange.headers.get("location", "")
        match = re.search(rf"{re.escape(made.of(exchange.path))}/([^/?#]+)$", location)
        if match is not None:
            yield unquote(match[1])
        moment = exchange.moment(reply, "")
        for answer in made.maker.answers:
            for link in answer.links if answer.status.startswith("2") else ():
                for (where, name), linked in link.values:
                    if where != "body" and name == made.parameter and not linked.of_request:
                        value = linked.of(moment)
                        if value is not MISSING and value is not None:
                            yield as_text(value)
