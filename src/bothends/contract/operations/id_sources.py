"""Which operations give the ids that others need, and which values their answers give.

What gives an id, in this order (a guess makes no finding: an id that is not there is answered as such, which is right):

1. `links` of an answer that lead to the operation (OpenAPI 3.1.0, section 4.8.20);
2. the `Location` of a 2xx whose path is one of the operation's, or its beginning (RFC 9110, section 10.2.2);
3. the answer of a POST on the path before the parameter: the property of the parameter's name, else `id`;
4. where none of these is, the path of a PUT on the object itself, which has put it there under a name of its own (RFC
   9110, section 9.3.4);
5. the first item that a GET on that path lists, likewise.

What stands in the query of a `Location` is known along with the object there, under the names of the query.

A link may put a value into any place of a request: a parameter, or a member of the body. Where no link does, a member
that is named as the parameter of another path is taken for the id of an object there.

Where the body has neither property, the only object in it is looked at, likewise. Of several, it is the only one that
has the property, where the body or that object is what a GET of the path shows: `{"data": {"id": …}, "rights": {…}}`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from bothends.contract.messages import (
    Expression,
    Moment,
    RequestPlace,
    as_text,
    path_value,
    read_expression,
    read_linked_value,
    value_of,
)
from bothends.contract.requests import (
    AS_SEEN,
    SAFE,
    IdPlace,
    IdSource,
    Link,
    OwnPlace,
    schema_within,
    taking_mark,
    with_marks_within,
)
from bothends.contract.terms import fitting, fitting_pattern
from bothends.records import MISSING, Answer, join
from bothends.schemas import fits_schema, in_place, located, targets_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from urllib.parse import SplitResult

    from bothends.contract.messages import Change, LinkedValue
    from bothends.contract.model import Operation, Parameter
    from bothends.contract.requests import SetupPlace
    from bothends.documents import Place
    from bothends.records import Exchange, Request
    from bothends.schemas import Schema, Target

_GAP = re.compile(r"\{([^{}]+)\}")
_USUAL = "id"
_MADE, _PUT, _READ = "POST", "PUT", "GET"
_LONGEST = 512
"""Characters of an id: what is longer is not what an id looks like."""


# Reading.


def read_links(answer: Place) -> Iterator[Link]:
    """Yield the links of an answer; what is wrong with one of them only means that it gives no id."""
    links = answer.get("links")
    for _, place in links.members() if links is not None and isinstance(links.value, dict) else ():
        link = place.value if isinstance(place.value, dict) else {}
        operation = link.get("operationId") or str(link.get("operationRef", "")).removeprefix("#")
        parameters = link.get("parameters")
        values = parameters.items() if isinstance(parameters, dict) else ()
        found = [(_named(name), read) for name, text in values if (read := read_linked_value(text)) is not None]
        found += _of_body(link.get("requestBody"), "")
        if isinstance(operation, str) and operation and found:
            yield Link(operation, tuple(found))


def _of_body(value: Any, pointer: str) -> Iterator[tuple[tuple[str, str], LinkedValue]]:
    """Yield the values that a link puts into a body, each with its place; constants are the case's to choose."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _of_body(each, pointer + join(str(key)))
    elif (read := read_linked_value(value)) is not None and pointer:
        yield ("body", pointer), read


def _named(name: str) -> tuple[str, str]:
    where, dot, rest = name.partition(".")
    return (where, rest) if dot and where in {"path", "query", "header", "cookie"} else ("", name)


def with_known_ids(operations: Sequence[Operation], routes: Sequence[tuple[str, str]]) -> tuple[Operation, ...]:
    """Return operations with the places in their requests that need an id which exists, or a value of their own.

    Where the contract gives a value itself (an example, a default, a choice, setup), or where no other operation can
    give one, there is no place that needs an id.
    """
    known = _Known(operations)
    paths = Counter(anonymous(path) for _, path in routes)
    operations = tuple(_with_new_place(operation, known, paths) for operation in operations)
    known.put = tuple((each.id, each.new_place.leads) for each in operations if each.new_place is not None)
    return tuple(_with_own_place(_with_places(operation, known), paths) for operation in operations)


class _Known:
    """What gives ids, looked up once: a document may have thousands of operations.

    Attributes:
        put: The operations that put an object under a name of its own, each with the path that leads to it.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.put: tuple[tuple[str, str], ...] = ()
        self._links: dict[str, list[tuple[Operation, Link]]] = {}
        self._at: dict[str, list[Operation]] = {}
        self._makers: list[tuple[str, str]] = []
        for each in operations:
            own = anonymous(each.path).rstrip("/")
            self._at.setdefault(own, []).append(each)
            if each.method not in SAFE and _may_have_location(each):
                self._makers.append((each.id, own))
            for answer in each.answers:
                for link in answer.links if answer.status.startswith("2") else ():
                    self._links.setdefault(link.operation, []).append((each, link))
        linked = (each for each in operations if each.id in self._links or each.pointer in self._links)
        self._linked = [(each, anonymous(each.path)) for each in linked]
        self._named: dict[str, dict[str, str]] = {}
        for each in operations:
            for name in _GAP.findall(each.path):
                before = each.path.partition("{" + name + "}")[0]
                self._named.setdefault(_plain(name), {})[f"{anonymous(before)}{{}}"] = before

    def linked(self, operation: Operation, leads: str) -> Iterator[IdSource]:
        """Yield the links to an operation that give a value which leads there."""
        for name in dict.fromkeys((operation.id, operation.pointer)):
            for source, link in self._links.get(name, ()):
                values = tuple((_leads_of(operation, *key), value) for key, value in link.values)
                given = dict(values).get(leads)
                if given and (not given.of_request or ("?" in leads and self._is_chosen(source, given))):
                    yield IdSource(source.id, "link", values)

    def _is_chosen(self, source: Operation, value: LinkedValue) -> bool:
        """Return whether a request names what it makes: a link that repeats any other value repeats what was known."""
        known = {place.name for place in source.setup_places if place.part == "body"} | {*self.in_body(source)}
        named = [part for part in value.parts if isinstance(part, Expression)]
        if (
            source.body is None
            or source.method in SAFE
            or any(one.part != "body" or one.name in known for one in named)
        ):
            return False
        schemas = [schema for schema in source.body.content.values() if schema is not None]
        return all(any(schema_within(schema, one.name) is not None for schema in schemas) for one in named)

    def in_body(self, operation: Operation) -> Iterator[str]:
        """Yield the places in the bodies of an operation that a link puts a value into."""
        for name in dict.fromkeys((operation.id, operation.pointer)):
            for _, link in self._links.get(name, ()):
                yield from (pointer for (where, pointer), _ in link.values if where == "body")

    def named(self, name: str) -> Mapping[str, str]:
        """Return the objects whose parameter has a name: by the path that leads to them, the path before it."""
        return self._named.get(_plain(name), {})

    def linked_below(self, leads: str) -> Iterator[IdSource]:
        """Yield the links that give a value which leads there, to whatever operation."""
        for each, path in self._linked:
            if path.startswith(leads):
                yield from self.linked(each, leads)

    def locations(self, leads: str) -> Iterator[IdSource]:
        """Yield the operations whose `Location` may be the path of an object, or of a part of it."""
        for name, own in self._makers:
            # An operation below the object has its id in its own path already.
            if not own.startswith(leads) and f"{own}/{{}}".startswith(leads):
                yield IdSource(name, "location")

    def made(self, before: str) -> Iterator[IdSource]:
        """Yield what makes an object of a collection."""
        here = self._at.get(anonymous(before).rstrip("/"), ())
        yield from (IdSource(each.id, "answer") for each in here if each.method == _MADE)

    def listed(self, before: str) -> Iterator[IdSource]:
        """Yield what lists the objects of a collection."""
        here = self._at.get(anonymous(before).rstrip("/"), ())
        yield from (IdSource(each.id, "list") for each in here if each.method == _READ)

    def shown(self, leads: str) -> Iterator[Schema]:
        """Yield the schemas by which a GET of a path shows what is there."""
        reading = (each for each in self._at.get(leads, ()) if each.method == _READ)
        answers = (answer for each in reading for answer in each.answers if answer.status.startswith("2"))
        yield from (schema for answer in answers for schema in answer.content.values() if schema is not None)


def _plain(name: str) -> str:
    """Return a name however its words are put together: `customerId` is `customer_id`. `id` is that of anything."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return "" if plain == _USUAL else plain


def _may_have_location(operation: Operation) -> bool:
    """Return whether a success of an operation may have a `Location`."""
    created = any(answer.status in {"201", "2XX"} for answer in operation.answers)
    return created or any("location" in answer.headers for answer in operation.answers if answer.status.startswith("2"))


def _with_places(operation: Operation, known: _Known) -> Operation:
    taken = {(place.part, place.name) for place in operation.setup_places}
    places: dict[tuple[str, str], IdPlace] = {}
    for parameter in operation.parameters:
        key = (parameter.location, parameter.name)
        if key in taken or parameter.location not in {"path", "query", "header"} or parameter.idempotency is not None:
            continue
        # A header is given a value by a link alone: its example may be of another object.
        if parameter.example is not None and parameter.location != "header":
            continue
        place = _place(operation, parameter, known)
        # Of a parameter of the query, only a link says that it is an id. Where nothing gives one, it is made up.
        if place is not None and place.sources and (parameter.location != "query" or parameter.required):
            places[key] = place
    operation = _with_body_places(
        operation, [one for one in _in_body(operation, known) if ("body", one.name) not in taken]
    )
    if not places:
        return operation
    marked = tuple(
        replace(one, mark=place.mark, always=one.always or _is_usual(operation, place), fixed=())
        if (place := places.get((one.location, one.name))) is not None
        else one
        for one in operation.parameters
    )
    return replace(operation, parameters=marked, id_places=(*places.values(), *operation.id_places))


def _is_usual(operation: Operation, place: IdPlace) -> bool:
    """Whether requests have a header that a link gives a value: a reading asks for what there is, known or not."""
    return place.part == "header" and not (operation.method in SAFE and place.name.lower() == "if-none-match")


def _in_body(operation: Operation, known: _Known) -> Iterator[IdPlace]:
    """Yield the places in the bodies of an operation that have a value of another operation's answer."""
    if operation.body is None:
        return
    linked = tuple(dict.fromkeys(known.in_body(operation)))
    schemas = [schema for schema in operation.body.content.values() if schema is not None]
    pointer = f"{operation.pointer}/requestBody"
    for name in linked:
        within = (schema_within(schema, name) for schema in schemas)
        leads = _leads_of(operation, "body", name)
        sources = tuple(known.linked(operation, leads))
        if sources:
            schema = next((each for each in within if each is not None), None)
            yield IdPlace("body", name, leads, sources, pointer, schema=schema)
    for member, schema in _members(schemas):
        if join(member) not in linked and not _is_given(operation, member, schema) and not _is_read_only(schema):
            yield from _guessed(operation, member, schema, known)


def _members(schemas: Sequence[Schema]) -> Iterator[tuple[str, Schema]]:
    """Yield the members that each kind of body has by its schema, with what is said of them."""
    names = [_named_in(targets_in(schema.raw), schema.raw, frozenset()) for schema in schemas]
    for name in sorted(frozenset.intersection(*names)) if names else ():
        within = [schema_within(schema, join(name)) for schema in schemas]
        if within[0] is not None and None not in within:
            yield name, within[0]


def _named_in(target: Target, part: Any, seen: frozenset[str]) -> frozenset[str]:
    if not isinstance(part, dict):
        return frozenset()
    properties = part.get("properties")
    names = frozenset(properties if isinstance(properties, dict) else ())
    for at, each in located(part, "", target):
        if at not in seen:
            names |= _named_in(target, each, seen | {at})
    return names


def _is_given(operation: Operation, member: str, schema: Schema) -> bool:
    """Return whether the contract gives a value of a member of the body itself."""
    examples = (one.value for one in operation.examples)
    said = {"example", "examples", "default", "enum", "const"}
    return not said.isdisjoint(schema.raw) or any(isinstance(one, dict) and member in one for one in examples)


def _is_read_only(schema: Schema) -> bool:
    """Return whether a member is for answers alone: it should not be sent (OpenAPI 3.0.3, section 4.7.24.2)."""
    return any(part.get("readOnly") is True for part in in_place(schema.raw, targets_in(schema.raw)))


def _guessed(operation: Operation, member: str, schema: Schema, known: _Known) -> Iterator[IdPlace]:
    """Yield the place of a member that is named as the parameter of one other path, where such objects are made."""
    named = known.named(member)
    if len(named) != 1:
        return
    [(leads, before)] = named.items()
    sources = _makers(known, before, leads)
    # Who makes the object chooses its name there.
    if sources and operation.id not in {source.operation for source in sources}:
        yield IdPlace(
            "body", join(member), leads, sources, f"{operation.pointer}/requestBody", schema=schema, guessed=True
        )


def _with_body_places(operation: Operation, places: Sequence[IdPlace]) -> Operation:
    """Return an operation whose bodies take the marks of places in them."""
    body = operation.body
    if body is None or not places:
        return operation
    content = dict(body.content)
    for media_type, schema in content.items():
        if schema is not None:
            for place in places:
                schema = taking_mark(schema, place.name, place.mark)  # noqa: PLW2901 -- each adds its own
            content[media_type] = schema
    examples = tuple(replace(one, value=with_marks_within(places, one.value)) for one in operation.examples)
    return replace(
        operation, body=replace(body, content=content), examples=examples, id_places=(*operation.id_places, *places)
    )


def _with_new_place(operation: Operation, known: _Known, paths: Counter[str]) -> Operation:
    """Return an operation with the place in its path that has a new name where it makes objects for others.

    That is a `PUT` at a path that other operations have as well, or go on from. Where nobody else asks for the object,
    the value may be the key of a request, and no name.
    """
    place = _named_by_caller(operation)
    if place is None or _is_alone(place.leads, paths):
        return operation
    before = operation.path.partition("{" + place.name + "}")[0]
    others = [source for source in _makers(known, before, place.leads) if source.operation != operation.id]
    return operation if others else replace(operation, new_place=place)


def _with_own_place(operation: Operation, paths: Counter[str]) -> Operation:
    """Return an operation with the place in its path that has a value of its own in each request, if there is one.

    Args:
        operation: The operation, with the ids that it needs.
        paths: How many operations of the document each path has, names left out.
    """
    place = _named_by_caller(operation)
    if place is None or not _is_alone(place.leads, paths):
        return operation
    parameters = tuple(
        replace(one, mark=place.mark) if (one.location, one.name) == (place.part, place.name) else one
        for one in operation.parameters
    )
    return replace(operation, parameters=parameters, own_places=(place,))


def _is_alone(leads: str, paths: Counter[str]) -> bool:
    """Return whether one operation has a path, and none goes on from it."""
    return sum(count for path, count in paths.items() if path.startswith(leads)) == 1


def _named_by_caller(operation: Operation) -> OwnPlace | None:
    """Return the place at the end of the path of a `PUT` whose value is the caller's to choose; None: there is none."""
    last = next((one for one in operation.parameters if operation.path.endswith("{" + one.name + "}")), None)
    if operation.method != _PUT or last is None or last.location != "path" or last.example is not None or last.mark:
        return None
    of_setup = any((place.part, place.name) == ("path", last.name) for place in operation.setup_places)
    draw = fitting(last.schema, None) or fitting_pattern(last.schema)
    # The requests of one key are one request, and have one path; a precondition is of an object that is there.
    names = {one.name.lower() for one in operation.parameters}
    of_one = operation.idempotency is not None or not names.isdisjoint(AS_SEEN)
    if of_setup or of_one or draw is None:
        return None
    # A number is counted by whoever gives it, and has few digits.
    if last.schema is not None and not last.schema.is_valid(draw(Random(0))):  # noqa: S311 -- it is no secret
        return None
    return OwnPlace("path", last.name, anonymous(operation.path), draw)


def _place(operation: Operation, parameter: Parameter, known: _Known) -> IdPlace | None:
    key = (parameter.location, parameter.name)
    if parameter.location != "path":
        leads, optional = _leads_of(operation, *key), not parameter.required
        sources = tuple(known.linked(operation, leads))
        return IdPlace(*key, leads, sources, parameter.pointer, schema=parameter.schema, optional=optional)
    before, gap, _ = operation.path.partition("{" + parameter.name + "}")
    if not gap:
        return None
    leads = f"{anonymous(before)}{{}}"
    # Who asks for an object has its id already: what its own answer gives is for others.
    sources = tuple(source for source in _makers(known, before, leads) if source.operation != operation.id)
    # What leads to an object that is put under a name is in the path of the request that has put it there.
    beyond = [name for name, path in known.put if path.startswith(leads) and anonymous(operation.path).startswith(path)]
    if not sources and operation.id in beyond:
        return None  # who puts an object there is not asked for one that is there
    sources = sources or tuple(IdSource(name, "path") for name in beyond)
    return IdPlace(*key, leads, (*sources, *known.listed(before)), parameter.pointer, tuple(known.shown(leads)))


def _makers(known: _Known, before: str, leads: str) -> tuple[IdSource, ...]:
    """Return what gives the id of an object that it makes, or links to."""
    return tuple(dict.fromkeys((*known.linked_below(leads), *known.locations(leads), *known.made(before))))


def _leads_of(operation: Operation, where: str, name: str) -> str:
    before, gap, _ = operation.path.partition("{" + name + "}")
    if where == "path" or (not where and gap):
        return f"{anonymous(before)}{{}}"
    named = (one.location for one in operation.parameters if one.name.lower() == name.lower())
    where = where or next(named, "query")
    name = name.lower() if where == "header" else name
    return f"{anonymous(operation.path)}?{operation.id} {where} {name}"


def anonymous(path: str) -> str:
    """Return a path with its parameters' names left out: `/orders/{}`."""
    return _GAP.sub("{}", path)


# What an answer gives.


def values_of_answer(operation: Operation, place: IdPlace, source: IdSource, exchange: Exchange) -> dict[str, Any]:
    """Return the values that lead to an object, by how far each leads; none where the answer does not give all.

    Args:
        operation: The source's.
        place: What is asked for.
        source: The source.
        exchange: A success of that operation.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer):
        return {}
    sent = _at_path(operation.path, exchange.sent)
    moment = Moment(operation.path, sent, answer)
    above = {
        f"{anonymous(operation.path.partition('{' + name + '}')[0])}{{}}": value
        for name in _GAP.findall(operation.path)
        if isinstance(value := path_value(operation.path, sent.target, name), str)
    }
    match source.how:
        case "link":
            found = _by_link(source, place, moment)
        case "location":
            found = _by_location(place, moment)
        case "answer":
            found = _by_body(place, _parsed(answer))
        case "path":
            found = _as_id(place, above.get(place.leads, MISSING))
        case _:
            found = _by_body(place, _first_item(_parsed(answer)))
    if not found:
        return {}
    return {**above, **found}


def _at_path(path: str, sent: Request) -> Request:
    """Return a request as sent without what stands before its path: the path of the target's base URL."""
    head, question, query = sent.target.partition("?")
    own = "[^/]+".join(map(re.escape, _GAP.split(path)[::2]))
    match = re.fullmatch(f".*?({own})", head)
    return sent if match is None else replace(sent, target=f"{match[1]}{question}{query}")


def _by_link(source: IdSource, place: IdPlace, moment: Moment) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for leads, linked in source.values:
        value = linked.of(moment)
        if "?" not in leads:
            found |= _as_id(replace(place, leads=leads), value)
        elif value is not MISSING and value is not None:
            found[leads] = value  # in a header or a body, it is the value that the link names
    return found if place.leads in found else {}


def _by_location(place: IdPlace, moment: Moment) -> dict[str, str]:
    match = _location_at(place.leads, _location(moment).path)
    return {} if match is None else _led_by(place.leads, match)


def _location(moment: Moment) -> SplitResult:
    expression = read_expression("$response.header.Location")
    location = MISSING if expression is None else value_of(expression, moment)
    try:
        return urlsplit(location if isinstance(location, str) else "")
    except ValueError:  # what can't be read leads nowhere
        return urlsplit("")


def _location_at(leads: str, path: str) -> re.Match[str] | None:
    # The path may begin with that of the base URL, and go on with a part of the object.
    pattern = re.escape(leads).replace(re.escape("{}"), "([^/]+)")
    return re.search(f"{pattern}(?=/|$)", path)


def _led_by(leads: str, match: re.Match[str]) -> dict[str, str]:
    """Return the values in a path that leads to an object, by how far each leads."""
    found: dict[str, str] = {}
    beginning = ""
    for literal, text in zip(leads.split("{}"), match.groups(), strict=False):
        beginning += f"{literal}{{}}"
        value = _unquoted(text)
        found |= {beginning: value} if _is_id(value) else {}
    return found


def query_of_location(operation: Operation, known: Mapping[str, Any], exchange: Exchange) -> dict[str, Any]:
    """Return what the `Location` of an answer has in its query, where its path leads to an object, or to a part of it.

    A URI is what a client is to follow, its query included (RFC 3986, section 3.4): a service may keep the state of an
    upload there, or a token. A later answer about the object may have another one.

    Args:
        operation: The exchange's.
        known: The values that lead to the object, by how far each leads.
        exchange: A success of that operation.

    Returns:
        By the path, the values by their names; nothing, where there is no query, or the object is another one.
    """
    answer = exchange.answer
    if not isinstance(answer, Answer) or answer.header("location") is None:
        return {}
    location = _location(Moment(operation.path, _at_path(operation.path, exchange.sent), answer))
    fields = dict(parse_qsl(location.query, keep_blank_values=True))
    for leads in sorted((each for each in known if fields and "?" not in each), key=len, reverse=True):
        match = _location_at(leads, location.path)
        if match is not None:
            led = _led_by(leads, match)
            own = led.get(leads) is not None and all(known.get(each) == value for each, value in led.items())
            return {f"{leads}{location.path[match.end() :]}?": fields} if own else {}
    return {}


def with_query_of_location(operation: Operation, request: Request, known: Mapping[str, Any]) -> Request:
    """Return a request with the query of the `Location` that led to its object, as far as it needs these parameters.

    What the contract refuses there is what the case is about: it stays. So does a value that the contract gives.
    """
    fields = known.get(f"{anonymous(operation.path)}?")
    if not fields or request.raw is not None or request.method != operation.method:
        return request
    for one in operation.parameters:
        if one.location == "query" and one.required and one.example is None and not one.mark and one.name in fields:
            there = _seen_there(one, fields[one.name])
            request = RequestPlace("query", one.name).rewritten(request, there, operation.path)
    return request


def _seen_there(parameter: Parameter, seen: str) -> Change:
    def there(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- what stands in a query is a text
        return seen if fits_schema(parameter.schema, value) else value

    return there


def _unquoted(text: str) -> str:
    value = path_value("/{x}", f"/{text}", "x")
    return value if isinstance(value, str) else text


def _by_body(place: IdPlace, body: Any) -> dict[str, str]:
    if not isinstance(body, dict):
        return {}
    if found := _by_name(place, body):
        return found
    held = [each for each in body.values() if isinstance(each, dict)]
    for one in _only([each for each in held if _by_name(place, each)]):
        # Beside others, it may be another object that is named there: a customer of an order.
        if len(held) == 1 or any(schema.is_valid(each) for schema in place.shown for each in (one, body)):
            return _by_name(place, one)
    return {}


def _by_name(place: IdPlace, holder: dict[str, Any]) -> dict[str, str]:
    found = (_as_id(place, holder.get(name, MISSING)) for name in (place.title, _USUAL))
    return next(filter(None, found), {})


def _first_item(body: Any) -> Any:
    if isinstance(body, dict):
        lists = _only([each for each in body.values() if isinstance(each, list)])
        body = lists[0] if lists else None
    return body[0] if isinstance(body, list) and body else None


def _only(values: list[Any]) -> list[Any]:
    return values if len(values) == 1 else []


def _parsed(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError):
        return None  # what can't be read gives nothing


def _as_id(place: IdPlace, value: Any) -> dict[str, str]:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return {}
    text = as_text(value)
    return {place.leads: text} if _is_id(text) else {}


def _is_id(text: str) -> bool:
    # A segment of dots is removed by whoever normalises a path (RFC 3986, section 5.2.4).
    return bool(text.strip(".")) and len(text) <= _LONGEST


# Marks in the requests of an operation.


def with_new_mark(operation: Operation, request: Request) -> Request:
    """Return a request that makes an object for others, with the mark of a new name where it chooses the name."""
    place = operation.new_place
    if place is None or request.method != operation.method:
        return request

    def mark(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- it has a new name, whatever stands there
        return place.mark

    return place.rewritten(request, mark, operation.path)


def about_theirs(operation: Operation, request: Request, place: IdPlace | None = None) -> Request:
    """Return a request that is about another caller's object: each mark of its target says so, or that of one place."""
    target = request.target
    for each in operation.id_places if place is None else ():
        target = target.replace(each.mark, each.theirs)
    return replace(request, target=target) if place is None else with_mark(request, place, place.theirs)


def with_mark(request: Request, place: IdPlace | SetupPlace, other: str) -> Request:
    """Return a request with another mark than the usual one in a place."""
    return replace(
        request,
        target=request.target.replace(place.mark, other),
        headers=tuple((name, value.replace(place.mark, other)) for name, value in request.headers),
        body=None if request.body is None else request.body.replace(place.mark.encode(), other.encode()),
    )


def with_id_marks(operation: Operation, request: Request) -> Request:
    """Return a request whose values in the path and in headers, where they may be such, are the marks of known ones.

    What the contract refuses there is what the case is about: it stays.
    """
    if request.raw is not None:
        return request
    schemas = {(one.location, one.name): one.schema for one in operation.parameters}
    for place in operation.id_places:
        if place.part in {"path", "header"}:
            schema = schemas.get((place.part, place.name))
            request = place.rewritten(request, _marking(place, schema), operation.path)
    marked = [place.leads for place in operation.id_places if place.part == "path" and place.mark in request.target]
    for one in operation.parameters:
        # What is made with the contract's example there is nowhere else.
        leads = leads_to(operation, one) if one.example is not None else ""
        if leads and any(each.startswith(leads) for each in marked):
            request = RequestPlace("path", one.name).rewritten(request, _as_example(one), operation.path)
    return request


def leads_to(operation: Operation, parameter: Parameter) -> str:
    """Return the path up to and including a parameter of it, names left out; empty where it stands elsewhere."""
    before, gap, _ = operation.path.partition("{" + parameter.name + "}")
    return f"{anonymous(before)}{{}}" if gap and parameter.location == "path" else ""


def _as_example(parameter: Parameter) -> Change:
    def example(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- what stands in a path is a text
        return parameter.example_text if fits_schema(parameter.schema, value) else value

    return example


def with_own_marks(operation: Operation, request: Request, taken: set[tuple[str, str]]) -> Request:
    """Return a request with the mark of a value of its own where it has one that another request has.

    Args:
        operation: The request's.
        request: What was drawn.
        taken: By operation, the values that requests have; those of this one are added.
    """
    if request.raw is not None or request.method != operation.method:
        return request
    schemas = {one.name: one.schema for one in operation.parameters if one.location == "path"}
    for place in operation.own_places:

        def mark(value: Any, *, as_text: bool, place: OwnPlace = place) -> Any:  # noqa: ARG001 -- it is a text
            again = (operation.id, value) in taken
            taken.add((operation.id, value))
            return place.mark if again and fits_schema(schemas.get(place.name), value) else value

        request = place.rewritten(request, mark, operation.path)
    return request


def _marking(place: IdPlace, schema: Schema | None) -> Change:
    def mark(value: Any, *, as_text: bool) -> Any:  # noqa: ARG001 -- what stands in a path is a text
        return place.mark if fits_schema(schema, value) else value

    return mark
