"""Coverage and fuzzed cases, and what the contract expects of each."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

import schemathesis

from bothends.cases.families.expectations import anything_declared, refusal, success
from bothends.cases.fuzzing.hypothesis_draws import REJECTED, draws
from bothends.cases.selector import COVERAGE, FUZZ_INVALID, FUZZ_VALID
from bothends.contract import admission
from bothends.records import MISSING, Case, Expectation, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bothends.cases.fuzzing.schemathesis_bridge import Made, SchemathesisBridge
    from bothends.contract import Operation
    from bothends.records import Request

Mode = Literal["valid", "invalid"]


# What makes two requests the same.


def digest(request: Request) -> int:
    """Return 64 bits of a request's method, target, headers, framing and body."""
    state = blake2b(digest_size=8)
    for part in (request.method, request.target, request.framing, *(text for pair in request.headers for text in pair)):
        state.update(part.encode("utf-8", "surrogatepass"))
        state.update(b"\x00")
    # No body and an empty one are two things.
    state.update(b"-" if request.body is None else b"+" + request.body)
    return int.from_bytes(state.digest(), "big")


# What the contract says of a request that Schemathesis made.
#
# Two judges look at each: `admission`, which reads the contract alone, and Schemathesis' label. Only
# where the first is certain and both agree is a case held to its family's statuses; elsewhere any
# declared answer that is no server error is right, and Schemathesis' own checks of acceptance are left out.


def judged(operation: Operation, family: str, name: str, made: Made) -> Case:
    """Return a case that Schemathesis made, with what the contract expects of it."""
    expect, agreed = _expectation(operation, made)
    origin = {**made.origin, "acceptance": agreed and "meta" in made.origin}
    return Case(operation.id, family, name, made.request, expect=expect, origin=origin)


def _expectation(operation: Operation, made: Made) -> tuple[Expectation, bool]:
    """Return the expectation, and whether the two judges agree."""
    if made.request.method != operation.method:
        why = f"{operation.path} declares no {made.request.method}: any answer is right, but no call and no event"
        return Expectation(refused=True, why=why), False
    verdict = admission(operation, made.request)
    if not verdict.certain or made.positive == bool(verdict.refusals):
        return anything_declared(operation), False
    return (refusal(operation, verdict.refusals) if verdict.refusals else success(operation)), True


# `coverage`: the cases of Schemathesis' coverage phase, one for each boundary that the schema has.


def coverage_cases(bridge: SchemathesisBridge, operation: Operation, *, exclude: set[int]) -> Iterator[Case]:
    """Yield the distinct cases of the coverage phase; those of a method that is not declared are named by it.

    No request is made whose digest is excluded; those that are made are added.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    counts: dict[str, int] = {}
    for made in bridge.coverage(operation):
        mark = digest(made.request)
        if mark in exclude:
            continue
        exclude.add(mark)
        stem = _stem(made, operation)
        counts[stem] = count = counts.get(stem, 0) + 1
        yield judged(operation, COVERAGE, stem if count == 1 else f"{stem}-{count}", made)


def _stem(made: Made, operation: Operation) -> str:
    if made.request.method != operation.method:
        return f"method-{made.request.method}"
    scenario = (made.scenario or "case").replace("_", "-")
    return "-".join(filter(None, (scenario, _UNNAMED.sub("-", _about(made)).strip("-"))))


# What does not stand in a name: `--only` reads it, and a person.
_UNNAMED = re.compile(r"[^A-Za-z0-9_.]+")
_MEMBER = re.compile(r"(?:Missing required property: |Object with (?:all required properties and|valid) ')([^']+)")


def _about(made: Made) -> str:
    """Return the member or the parameter that a case is about; empty: it is about the whole.

    A name has it so that a number in it counts the cases of one member: those of another one change no name.
    """
    data = made.origin.get("meta", {}).get("phase", {}).get("data", {})
    steps = iter((data.get("location") or "").split("/"))
    path = [next(steps, "") for step in steps if step == "properties"]
    told = _MEMBER.match(made.description)
    parameter = data.get("parameter") if data.get("parameter_location") not in {None, "BODY"} else None
    return ".".join(filter(None, (parameter, *path, told and told[1])))


# A spec made easier to draw distinct bodies from. What it admits, the spec admits too.
#
# Of the bodies that are drawn from a spec as it stands, three in four are repetitions: its examples, no
# body at all, the empty object. The plain families send those already. So they are taken out where
# bodies are drawn: examples go, the body is required, and in the tight form each property is too. It has no
# preconditions that may be left out: all right requests that are drawn could be refused for the same made-up one.

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
_EXAMPLES = ("example", "examples")
# RFC 9110 sections 13.1.1 and 13.1.4: true of an object only while it is as it was seen, so never if made up.
_HELD_TO_WHAT_WAS_SEEN = frozenset({"if-match", "if-unmodified-since"})
# Where one of these stands, a property more may make a right body wrong.
_CONDITIONS = frozenset(
    (
        *("allOf", "anyOf", "oneOf", "not", "if", "dependentSchemas", "dependentRequired", "dependencies"),
        *("maxProperties", "propertyNames", "discriminator", "$ref", "$dynamicRef"),
    )
)


def drawing_spec(document: Mapping[str, Any], *, tight: bool) -> dict[str, Any]:
    """Return the spec, its request bodies made easier to draw from."""
    spec: dict[str, Any] = copy.deepcopy(dict(document))
    for path in _paths(spec) if tight else ():
        for holder in (path, *_operations_of(path)):
            _leave_preconditions(spec, holder)
    for operation in (operation for path in _paths(spec) for operation in _operations_of(path)):
        body = _resolved(spec, operation.get("requestBody"))
        if not isinstance(body, dict):
            continue
        content = {
            name: _media_type(spec, media_type, tight=tight) if isinstance(media_type, dict) else media_type
            for name, media_type in body.get("content", {}).items()
        }
        operation["requestBody"] = {**body, "required": True, "content": content}
    return spec


def _paths(spec: dict[str, Any]) -> Iterator[dict[str, Any]]:
    paths = spec.get("paths")
    items = (_resolved(spec, path) for path in paths.values()) if isinstance(paths, dict) else ()
    yield from (item for item in items if isinstance(item, dict))


def _operations_of(path: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (path[method] for method in _METHODS if isinstance(path.get(method), dict))


def _leave_preconditions(spec: dict[str, Any], holder: dict[str, Any]) -> None:
    """Take optional preconditions out of a path or an operation: one that is made up fits no state of an object."""
    if isinstance(parameters := holder.get("parameters"), list):
        holder["parameters"] = [each for each in parameters if not _is_free_precondition(_resolved(spec, each))]


def _is_free_precondition(parameter: Any) -> bool:
    return (
        isinstance(parameter, dict)
        and parameter.get("in") == "header"
        and str(parameter.get("name")).lower() in _HELD_TO_WHAT_WAS_SEEN
        and not parameter.get("required")
    )


def _media_type(spec: dict[str, Any], media_type: dict[str, Any], *, tight: bool) -> dict[str, Any]:
    plain = _without_examples(media_type)
    schema = _resolved(spec, plain.get("schema"))
    if isinstance(schema, dict):
        plain["schema"] = _tightened(spec, _without_examples(schema)) if tight else _without_examples(schema)
    return plain


def _tightened(spec: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema with each property required that a request can hold."""
    properties = schema.get("properties")
    if not isinstance(properties, dict) or _CONDITIONS & schema.keys():
        return schema
    able = [name for name, value in properties.items() if _can_be_sent(_resolved(spec, value))]
    return {**schema, "required": list(dict.fromkeys((*schema.get("required", ()), *able)))}


def _can_be_sent(schema: Any) -> bool:
    return schema is True or (isinstance(schema, dict) and not schema.get("readOnly"))


def _without_examples(value: dict[str, Any]) -> dict[str, Any]:
    return {key: part for key, part in value.items() if key not in _EXAMPLES}


def _resolved(spec: dict[str, Any], value: Any) -> Any:
    """Return what a reference within the spec leads to; anything else as it is."""
    seen: set[str] = set()
    while isinstance(value, dict) and isinstance(value.get("$ref"), str) and len(value) == 1:
        reference = value["$ref"]
        if not reference.startswith("#/") or reference in seen:
            return value
        seen.add(reference)
        value = resolve(spec, reference[1:])
    return None if value is MISSING else value


# Cases drawn from Schemathesis' strategies.

_TURN = 8  # each strategy is drawn from once in so many draws, however little it gives


@dataclass(slots=True)
class _Spring:
    """A strategy, and how much of what it gave was new."""

    values: Iterator[Any]
    draws: int = 0
    new: int = 0

    @property
    def yields(self) -> float:
        """The share of draws that gave something new; hopeful at first."""
        return (self.new + 1) / (self.draws + 1)


def drawn(bridge: SchemathesisBridge, operation: Operation, *, positive: bool, seed: int) -> Iterator[Made | None]:
    """Yield cases drawn for an operation, without end.

    Right cases come from two forms of the spec, mostly from the one that gives more that is new:
    see `drawing_spec`. Wrong cases come from the looser form alone: what breaks the tight form may
    be right by the spec.

    Yields:
        A case; None where a draw gave nothing new, or something of the other kind.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    mode = schemathesis.GenerationMode.POSITIVE if positive else schemathesis.GenerationMode.NEGATIVE
    seen: set[int] = set()
    with bridge.blaming(operation):
        springs = [
            _spring(bridge, operation, mode, seed, tight=tight) for tight in ((False, True) if positive else (False,))
        ]
        number = 0
        while True:
            number += 1
            spring = _turn(springs, number)
            case = next(spring.values)
            spring.draws += 1
            if case is REJECTED or case.meta.generation.mode is not mode:
                yield None
                continue
            key = bridge.key(bridge.spared(operation, case))  # told before it is serialised, which costs more
            if key in seen:
                yield None
                continue
            seen.add(key)
            spring.new += 1
            yield bridge.made(operation, case)


def _spring(
    bridge: SchemathesisBridge, operation: Operation, mode: schemathesis.GenerationMode, seed: int, *, tight: bool
) -> _Spring:
    theirs = bridge.load(drawing_spec(bridge.document.value, tight=tight))[operation.path][operation.method]
    return _Spring(draws(theirs.as_strategy(generation_mode=mode), seed))


def _turn(springs: list[_Spring], number: int) -> _Spring:
    if number % _TURN < len(springs):
        return springs[number % _TURN]
    return max(springs, key=lambda spring: spring.yields)


# `fuzz-valid` and `fuzz-invalid`: distinct cases drawn from Schemathesis' strategies.

# A strategy that gives nothing new this many times in a row has no more to give: about three in four
# draws of this kind are repetitions, and 0.75 to the power of 300 is 10 to the power of -38.
_BARREN = 300


def fuzz_cases(  # noqa: PLR0913 -- each is a part of what makes the cases what they are
    bridge: SchemathesisBridge,
    operation: Operation,
    *,
    seed: int,
    count: int,
    mode: Mode,
    exclude: set[int],
) -> Iterator[Case]:
    """Yield distinct cases, the same for the same seed; fewer when the schema has no more to give.

    No request is made whose digest is excluded; those that are made are added.

    Raises:
        ContractError: Schemathesis can't generate for this operation.
    """
    family = FUZZ_VALID if mode == "valid" else FUZZ_INVALID
    made, barren = 0, 0
    for one in _fuzz_draws(bridge, operation, seed=seed, mode=mode):
        if made >= count or barren >= _BARREN:
            return
        mark = None if one is None else digest(one.request)
        if one is None or mark is None or mark in exclude:
            barren += 1
            continue
        exclude.add(mark)
        made, barren = made + 1, 0
        yield replace(judged(operation, family, f"{made:04}", one), drawn=True)


def _fuzz_draws(bridge: SchemathesisBridge, operation: Operation, *, seed: int, mode: Mode) -> Iterator[Made | None]:
    """Return what `fuzz_cases` chooses from: see `drawn`."""
    return drawn(bridge, operation, positive=mode == "valid", seed=_seed(seed, operation.id, mode))


def _seed(seed: int, operation: str, mode: str) -> int:
    return int.from_bytes(blake2b(f"{seed}/{operation}/{mode}".encode(), digest_size=8).digest(), "big")
