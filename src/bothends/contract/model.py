"""The contract, read: what the other parts of bothends know of an implementation."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from bothends.contract.messages import accept_of, fits
from bothends.contract.requests import PRECONDITIONS
from bothends.contract.terms import FORBIDDEN, OBJECT_FAMILIES, DeliveryTerms, Security

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from pathlib import Path

    from bothends.contract.messages import Encoding, UrlTemplate
    from bothends.contract.openapi import Unusable
    from bothends.contract.requests import (
        IdPlace,
        Link,
        Needs,
        OwnPlace,
        Registers,
        RequestAddress,
        SetupPlace,
        Transitions,
    )
    from bothends.contract.settings import Settings
    from bothends.contract.tables import SessionSettings
    from bothends.contract.terms import (
        Consistency,
        FamilyRule,
        Idempotency,
        PageTerms,
        Provenance,
        ProvenanceWalk,
        StateTerms,
        When,
    )
    from bothends.documents import Document
    from bothends.errors import Location
    from bothends.schemas import Schema

T = TypeVar("T")
_STATUSES = range(100, 600)
_SUCCESS = frozenset(range(200, 300))
_REDIRECTS = frozenset(range(300, 400))
_ERRORS = frozenset(range(400, 600))
# RFC 9110 sections 15.5.5, 15.5.10, 15.5.11 and 15.5.13: not found, conflict, gone, precondition failed.
_ABSENT = frozenset({404, 409, 410, 412})
_STALE = frozenset({412})
_REQUIRED = frozenset({428})


def answer_names(status: int) -> tuple[str, ...]:
    """Return the names of a declared answer to a status, the first that is there counts (OpenAPI 3.1.0, 4.8.16)."""
    return (str(status), f"{status // 100}XX", "default")


@dataclass(frozen=True, slots=True)
class BodyExample:
    """An example of a request's body.

    Attributes:
        name: Its key under `examples`; `example` where it has none; unique within the operation.
        media_type: The media type that it is an example of, as declared.
        value: A JSON value.
        pointer: Where it stands.
    """

    name: str
    media_type: str
    value: Any
    pointer: str


@dataclass(frozen=True, slots=True)
class BodyRule:
    """What an operation takes as its body.

    Attributes:
        required: Whether there must be one.
        content: The schema of each media type, keys as declared and in lower case; None: anything.
        max_bytes: The largest body that is accepted, bytes, as the `x-given` of `body-too-large` says.
        encodings: By media type, how the members of a form are written, by their names.
    """

    required: bool
    content: Mapping[str, Schema | None]
    max_bytes: int | None = None
    encodings: Mapping[str, Mapping[str, Encoding]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeaderRule:
    """A header that an answer declares.

    Attributes:
        name: Its name, as declared.
        required: Whether each such answer has it.
        schema: Its schema; None: anything.
        example: The first example, default, constant or choice that the contract gives; None without one.
        pointer: Where it stands.
        explode: Whether an object in it is written as `name=value,name=value`.
        media_type: The media type of its value, where it has `content`; empty: it is written in the style `simple`.
    """

    name: str
    required: bool
    schema: Schema | None
    example: Any
    pointer: str
    explode: bool = False
    media_type: str = ""

    @property
    def example_text(self) -> str | None:
        """The example as it stands in a header; None without one."""
        return _as_text(self.example)


@dataclass(frozen=True, slots=True)
class DeclaredAnswer:
    """An answer that the contract declares.

    Attributes:
        status: As declared: `401`, `5XX` or `default`.
        pointer: Where it stands.
        description: Its description.
        content: The schema of each media type, keys in lower case; None: anything; empty: no body.
        family_rules: What leads to it; none where the contract does not say.
        examples: Of a callback's answer: examples of its body, each with its media type as declared.
        headers: The names of the headers that it declares, in lower case.
        links: Its links: which values of it other operations may be asked with.
        walks: By media type, what finds the values of its body that must come from somewhere; none where there are no
            such values.
        new_values: Likewise, what finds the values that each success makes anew (`x-new`).
        body_examples: Examples of its body; only where the contract was loaded in detail.
        header_rules: Its headers, with their schemas.
    """

    status: str
    pointer: str
    description: str
    content: Mapping[str, Schema | None]
    family_rules: tuple[FamilyRule, ...] = ()
    examples: tuple[tuple[str, Any], ...] = ()
    headers: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    walks: Mapping[str, ProvenanceWalk] = field(default_factory=dict, repr=False, compare=False)
    new_values: Mapping[str, ProvenanceWalk] = field(default_factory=dict, repr=False, compare=False)
    body_examples: tuple[BodyExample, ...] = field(default=(), repr=False, compare=False)
    header_rules: tuple[HeaderRule, ...] = field(default=(), repr=False, compare=False)

    @property
    def families(self) -> tuple[str, ...]:
        """The families that lead to it, as `x-given` names them."""
        return tuple(dict.fromkeys(rule.family for rule in self.family_rules))

    @property
    def is_plain(self) -> bool:
        """Whether it may be that of a usual request: no family leads to it but those of what there is, and is not."""
        return all(rule.family in OBJECT_FAMILIES for rule in self.family_rules)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the path, the query, a header or a cookie.

    Attributes:
        name: Its name.
        location: `path`, `query`, `header` or `cookie`.
        required: Whether it must be there.
        schema: Its schema; None: anything.
        example: The first example, default, constant or choice that the contract gives; None without one.
        pointer: Where it stands.
        always: Whether requests have it though it is optional: the URL of an event is read from it, or it is a key.
        idempotency: What requests with the same value of it promise; None: it is no key.
        mark: What stands in cases for an id that exists, or for a value that each request has of its own; empty: it is
            neither, or the contract gives its value.
        fixed: The texts of which a valid request has one: the constant, the only choice, the examples of a header;
            empty: the contract leaves it open.
        examples: Its examples by their names; only where the contract was loaded in detail.
    """

    name: str
    location: str
    required: bool
    schema: Schema | None
    example: Any
    pointer: str
    always: bool = False
    idempotency: Idempotency | None = None
    mark: str = ""
    fixed: tuple[str, ...] = ()
    examples: tuple[tuple[str, Any], ...] = field(default=(), repr=False, compare=False)

    @property
    def example_text(self) -> str | None:
        """The example as it stands in a URL or a header, before it is escaped; None without one."""
        return _as_text(self.example)


def _as_text(example: Any) -> str | None:
    return example if example is None or isinstance(example, str) else json.dumps(example)


@dataclass(frozen=True, slots=True)
class EventContract:
    """An event that an operation sends, as its callback declares it.

    Attributes:
        name: The callback's name; with the method and the key where the callback has several. Unique in its operation.
        url: Where the event goes.
        method: HTTP method, upper case.
        media_type: The media type of its body, as declared: the one that is described, else the first; empty: none is.
        body: The schema of one event; one that takes anything where none is declared.
        pointer: Where the callback's operation stands.
        walk: Finds the values that must come from somewhere.
        answers: What the ingest may answer, in the document's order.
        callback: The callback's name, as written.
        described: Whether a schema of a JSON body is declared, so that the event can be held against it.
        when: Which answers owe it; None where the contract does not say: a 2xx may cause it, none must.
        delivery: What is promised of its delivery.
        state: The object that it is about, and which state of it it shows; None: the contract does not say.
        ingest: The ingest that it arrives at; empty: its URL leads to none of the world's.
        location: Where the callback's operation stands, as a person finds it; None: in no file.
        headers: The header parameters that its requests have, as far as their values can be read.
        other_parameters: The names of parameters that are declared, and that no law looks at.
        body_examples: Examples of its body; only where the contract was loaded in detail.
        listed: The schema of a whole body that may be a list of events; None: each body is one event.
        always_listed: Whether each body is such a list.
        media_types: All media types that its body may have, as declared.
    """

    name: str
    url: UrlTemplate
    method: str
    media_type: str
    body: Schema
    pointer: str
    walk: ProvenanceWalk = field(repr=False)
    answers: tuple[DeclaredAnswer, ...] = ()
    callback: str = ""
    described: bool = True
    when: When | None = None
    delivery: DeliveryTerms = field(default_factory=DeliveryTerms)
    ingest: str = ""
    location: Location | None = field(default=None, compare=False)
    headers: tuple[Parameter, ...] = ()
    other_parameters: tuple[str, ...] = ()
    body_examples: tuple[BodyExample, ...] = field(default=(), repr=False, compare=False)
    listed: Schema | None = None
    always_listed: bool = False
    state: StateTerms | None = field(default=None, compare=False)
    media_types: tuple[str, ...] = ()

    @property
    def whole(self) -> Schema:
        """The schema of a whole body, be it one event or a list of them."""
        return self.body if self.listed is None else self.listed

    def answer_for(self, status: int) -> DeclaredAnswer | None:
        """Return the ingest's declared answer of a status: its own, else that of its class, else `default`."""
        by_name = {answer.status: answer for answer in self.answers}
        return next((by_name[name] for name in answer_names(status) if name in by_name), None)

    @property
    def url_template(self) -> str:
        """The URL as written: `{ingest}/e/{eventKey}`."""
        return self.url.text

    def path_for(self, ingest: str, event_key: str) -> str:
        """Return the path of the event's URL, and its query; runtime expressions stay as they are."""
        parts = urlsplit(self.url.fill(ingest, event_key))
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def provenance(self, payload: Any) -> list[Provenance]:
        """Return each value of an event that stands under an `x-from`, with its source."""
        return self.walk.find(payload)


class _Made(dict[Any, Any]):
    """What was made of an operation: another process makes its own."""

    def __reduce__(self) -> tuple[type[_Made], tuple[()]]:
        return _Made, ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of the contract.

    Attributes:
        id: Its `operationId`; `POST /path` where it has none.
        method: HTTP method, upper case.
        path: The path, with its `{parameters}`.
        pointer: Where it stands.
        body: What it takes as its body; None: the contract declares none.
        answers: The answers, in the document's order.
        events: The events that it sends.
        security: What it asks of its callers.
        examples: Examples of its body.
        parameters: Its parameters, those of the path item among them.
        addresses: The places in its requests from which URLs of events come, those of registrations among them.
        setup_places: The places in its requests that have a value of the target's setup.
        id_places: The places in its requests that have an id which exists, or another value that an answer has given.
        own_places: The places in its path that have a value of its own in each request.
        new_place: The place in its path that has a new name where it makes objects for others; None: there is none.
        needs: How the objects are made that each of its requests needs; none: the contract does not say.
        transitions: In which states of its object it is right, and to which it leads; None: the contract does not say.
        registers: What it does to a registration for events; None: nothing that the contract says.
        shared: Whether the object that its path names is there for all callers.
        consistency: How old the object may be that it reads; None: the contract does not say.
        pages: How the list that it reads comes in pages; None: the contract does not say.
        fixed: The texts that the contract fixes in its requests, as far as they name a host.
        success_statuses: The declared 2xx statuses, but for those that an `x-given` is about; where none is declared,
            the 3xx: a redirect may be all that an operation has to say (a page that signs in, a short link).
    """

    id: str
    method: str
    path: str
    pointer: str
    body: BodyRule | None = None
    answers: tuple[DeclaredAnswer, ...] = ()
    events: tuple[EventContract, ...] = ()
    security: Security = field(default_factory=Security)
    examples: tuple[BodyExample, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    addresses: tuple[RequestAddress, ...] = ()
    setup_places: tuple[SetupPlace, ...] = ()
    id_places: tuple[IdPlace, ...] = ()
    own_places: tuple[OwnPlace, ...] = ()
    new_place: OwnPlace | None = None
    needs: tuple[Needs, ...] = field(default=(), compare=False)
    transitions: Transitions | None = field(default=None, compare=False)
    registers: Registers | None = field(default=None, compare=False)
    shared: bool = False
    consistency: Consistency | None = field(default=None, compare=False)
    pages: PageTerms | None = field(default=None, compare=False)
    fixed: frozenset[str] = frozenset()
    success_statuses: frozenset[int] = field(init=False, repr=False, compare=False)
    _by_name: Mapping[str, DeclaredAnswer] = field(init=False, repr=False, compare=False)
    _statuses: Mapping[str, frozenset[int]] = field(init=False, repr=False, compare=False)
    _known: dict[int, DeclaredAnswer | None] = field(init=False, repr=False, compare=False, default_factory=dict)
    _idempotency: Idempotency | None = field(init=False, repr=False, compare=False)
    _made: _Made = field(init=False, repr=False, compare=False, default_factory=_Made)

    def __post_init__(self) -> None:
        """Look up once what laws ask for every exchange."""
        by_name = {answer.status: answer for answer in self.answers}
        found: dict[str, set[int]] = {answer.status: set() for answer in self.answers}
        for status in _STATUSES:
            for name in answer_names(status):
                if name in by_name:
                    found[name].add(status)
                    break
        idempotency = next((one.idempotency for one in self.parameters if one.idempotency is not None), None)
        object.__setattr__(self, "_idempotency", idempotency)
        object.__setattr__(self, "_by_name", by_name)
        object.__setattr__(self, "_statuses", {name: frozenset(statuses) for name, statuses in found.items()})
        plain = [answer for answer in self.answers if answer.is_plain]
        declared = frozenset[int]().union(*(self.statuses_for(answer) for answer in plain))
        object.__setattr__(self, "success_statuses", declared & _SUCCESS or declared & _REDIRECTS)

    def once(self, make: Callable[[Operation], T]) -> T:
        """Return what a function makes of the operation alone, and nobody changes: it is called once."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def answer_for(self, status: int) -> DeclaredAnswer | None:
        """Return the declared answer of a status: its own, else that of its class, else `default`."""
        known = self._known
        if status not in known:
            known[status] = next((self._by_name[name] for name in answer_names(status) if name in self._by_name), None)
        return known[status]

    def statuses_for(self, answer: DeclaredAnswer) -> frozenset[int]:
        """Return the HTTP statuses that one declared answer is about: those of a class, less the ones
        that have an answer of their own; of `default`, the errors that are left.
        """  # noqa: D205 -- one sentence
        statuses = self._statuses[answer.status]
        return statuses & _ERRORS if answer.status == "default" else statuses

    def statuses_of(
        self,
        family: str,
        upstream: str | None = None,
        places: Collection[str] | None = None,
        credential: str = "",
    ) -> frozenset[int]:
        """Return the statuses that the contract declares for a family.

        Args:
            family: One of `FAMILIES`.
            upstream: The upstream that is at fault; answers that name another one don't count.
            places: What a place in requests is called, empty for that of the path; answers that are for another one
                don't count. None: that does not matter.
            credential: What a caller shows who is signed out, `none` or `wrong`; answers that are for another one don't
                count. Empty: that does not matter.
        """
        about = [
            answer
            for answer in self.answers
            if any(
                rule.family == family
                and (upstream is None or rule.upstream in (None, upstream))
                and (places is None or rule.place in places)
                and not (credential and rule.credential and rule.credential != credential)
                for rule in answer.family_rules
            )
        ]
        return frozenset[int]().union(*(self.statuses_for(answer) for answer in about))

    def refused_after(self) -> dict[str, frozenset[int]]:
        """Return the operations after which an `x-given` says that it is refused, each with the statuses of that."""
        found: dict[str, frozenset[int]] = {}
        for answer in self.answers:
            for rule in answer.family_rules:
                if rule.after:
                    found[rule.after] = found.get(rule.after, frozenset()) | self.statuses_for(answer)
        return found

    def forbidden_numbers(self, session: SessionSettings) -> list[int]:
        """Return which forbidden callers of a session may not use it, from 1; none where no answer is for them."""
        if not self.statuses_of(FORBIDDEN, places={""}):
            return []
        every = enumerate(session.forbidden, 1)
        return [number for number, caller in every if not caller.operations or self.id in caller.operations]

    @property
    def accept(self) -> str:
        """What its requests ask for by `Accept`; empty: whatever there is."""
        return self.once(_accept)

    @property
    def counts_events(self) -> bool:
        """Whether the contract says for one of its events how many an answer owes, other than one."""
        return any(event.when is not None and not event.when.single for event in self.events)

    @property
    def idempotency(self) -> Idempotency | None:
        """What the contract promises of requests that have the same key; None: it has no key."""
        return self._idempotency

    def sends_to(self, ingest: str) -> bool:
        """Return whether an event of it arrives at an ingest."""
        return any(event.ingest == ingest for event in self.events)

    def awaits(self, ingest: str) -> bool:
        """Return whether a success of it waits until an ingest has acknowledged an event that it owes."""
        return any(
            event.ingest == ingest and event.delivery.answer == "after" and event.when is not None and event.when.owed
            for event in self.events
        )

    @property
    def ids_in_target(self) -> tuple[IdPlace, ...]:
        """The places in its path and its query that have an id which exists."""
        return tuple(place for place in self.id_places if place.part in {"path", "query"})

    @property
    def all_own_places(self) -> tuple[OwnPlace, ...]:
        """The places in its path that have a value of their own in each request, or where it makes an object."""
        return self.own_places if self.new_place is None else (*self.own_places, self.new_place)

    @property
    def absent_statuses(self) -> frozenset[int]:
        """The statuses that say that an object is not there, or is another by now, declared or not.

        They are right answers to what is otherwise a right request: ids in the path are made up, and so are the values
        of preconditions. None where the path has no id and no header is a precondition.
        """
        headers = {parameter.name.lower() for parameter in self.parameters if parameter.location == "header"}
        needed = {parameter.name.lower() for parameter in self.parameters if parameter.required}
        # RFC 6585 section 3: it asks for a precondition that the contract lets requests leave out.
        optional = (headers - needed) & PRECONDITIONS and str(int(HTTPStatus.PRECONDITION_REQUIRED)) in self._by_name
        asked = _REQUIRED if optional else frozenset[int]()
        if any(parameter.location == "path" for parameter in self.parameters):
            return _ABSENT | asked
        return (_STALE if headers & PRECONDITIONS else frozenset()) | asked

    @property
    def declares_refusal(self) -> bool:
        """Whether it declares a refusal of any kind: a 4xx, `4XX` or `default`."""
        return any(status < HTTPStatus.INTERNAL_SERVER_ERROR for status in self.error_statuses)

    @property
    def error_statuses(self) -> frozenset[int]:
        """The declared statuses from 400 on."""
        return frozenset[int]().union(*self._statuses.values()) & _ERRORS


def _accept(operation: Operation) -> str:
    successes = (answer for answer in operation.answers if operation.statuses_for(answer) & operation.success_statuses)
    return accept_of(media_type for answer in successes for media_type in answer.content)


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: the spec and the settings.

    Attributes:
        settings: What `bothends.toml` says.
        document: The OpenAPI document.
        operations: Its operations, in the document's order.
        digest: SHA-256 in hexadecimal of what shapes cases: the spec and the files that it refers to,
            the kind of sessions, the upstreams; neither ports nor secrets.
        answers: The schema of each upstream's right answer.
        unsent: The root webhooks that no operation sends, and where each stands.
        unusable: What of the operations under test can't be used, and why.
        left_out: The names of the operations of the document that are not under test.
        defects: What is wrong with the document, and is in nobody's way.
        routes: The method and the path of each operation of the document, those that are left out among them.
        files: The files of the document: its own, and those that its references reached.
        not_looked_at: What the document says in words of a version whose additions bothends does not follow.
        wrong_workflows: What is a mistake in the workflows that come with the document.
        unused_workflows: What is right in them, and of no use here.
    """

    settings: Settings
    document: Document
    operations: tuple[Operation, ...]
    digest: str
    answers: Mapping[str, Schema] = field(default_factory=dict)
    unsent: Mapping[str, Location] = field(default_factory=dict)
    unusable: tuple[Unusable, ...] = ()
    left_out: tuple[str, ...] = ()
    defects: tuple[Unusable, ...] = ()
    routes: tuple[tuple[str, str], ...] = ()
    files: tuple[Path, ...] = ()
    not_looked_at: tuple[Unusable, ...] = ()
    wrong_workflows: tuple[Unusable, ...] = ()
    unused_workflows: tuple[Unusable, ...] = ()

    @property
    def events(self) -> tuple[EventContract, ...]:
        """The events of all operations, in the document's order."""
        return tuple(event for operation in self.operations for event in operation.events)

    @property
    def setup_names(self) -> frozenset[str]:
        """The names of the setup values that an `x-from` of the spec names."""
        places = (place.value for operation in self.operations for place in operation.setup_places)
        return frozenset(places).union(*(event.walk.setup_names for event in self.events))

    def routes_at(self, target: str) -> list[tuple[str, str]]:
        """Return the method and the path of each operation of the document that a target, its query aside, may mean."""
        return [(method, path) for method, path in self.routes if fits(path, target)]

    def operation(self, operation_id: str) -> Operation:
        """Return the operation of that `operationId`, or raise a `KeyError`."""
        for operation in self.operations:
            if operation.id == operation_id:
                return operation
        raise KeyError(operation_id)

    def answer_schema(self, upstream: str) -> dict[str, Any]:
        """Return the JSON Schema, 2020-12 and self-contained, of an upstream's right answer, or raise a `KeyError`."""
        return self.answers[upstream].raw
