"""`x-idempotency`: what it may say, where it may stand, and the keys that requests get."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.contract.terms import ALIKE
from bothends.contract.terms.idempotency import OTHER_CASE, OTHER_END
from bothends.records import Request

if TYPE_CHECKING:
    from bothends.contract.terms import Idempotency
    from tests.contract.folder import Folder

PLAIN: dict[str, Any] = {"type": "string"}


def declare(folder: Folder, said: Any = True, schema: Any = None, **parameter: Any) -> None:  # noqa: FBT002 -- what a contract says
    """Give the operation a key."""
    key = {"name": "Idempotency-Key", "in": "header", "schema": schema or PLAIN, "x-idempotency": said, **parameter}
    folder.operation.setdefault("parameters", []).append(key)


def key_of(folder: Folder, schema: Any = None, **parameter: Any) -> Idempotency:
    """Return the key that a schema makes."""
    declare(folder, schema=schema, **parameter)
    found = folder.load().operations[0].idempotency
    assert found is not None
    return found


def test_what_is_promised_is_read(folder: Folder) -> None:
    """Each part is optional, and `true` promises none of them."""
    declare(folder, {"conflict": 422, "in_flight": 400, "errors": "again"})
    found = folder.load().operations[0].idempotency
    assert found is not None
    assert (422, 400, True, frozenset()) == (found.conflict, found.in_flight, found.errors, found.frees)
    folder.operation["parameters"][0]["x-idempotency"] = {"errors": "anew", "refusals": "anew"}
    anew = folder.load().operations[0].idempotency
    assert anew is not None
    assert (False, frozenset({"errors", "refusals"})) == (anew.errors, anew.frees)
    folder.operation["parameters"][0]["x-idempotency"] = True
    bare = folder.load().operations[0].idempotency
    assert bare is not None
    assert (None, None, False) == (bare.conflict, bare.in_flight, bare.errors)


def test_a_key_that_it_does_not_have_is_named(folder: Folder) -> None:
    """The error stands at the key, and says what was perhaps meant."""
    declare(folder, {"conflct": 422})
    error = folder.error()
    assert ("x-idempotency has no key 'conflct' here.", "Did you mean 'conflict'?") == (error.problem, error.advice)
    assert "one of conflict, in_flight, errors, refusals, scope, survives" == error.expected
    assert error.where is not None
    assert error.where.pointer.endswith("/parameters/0/x-idempotency/conflct")


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (False, ""),
        ("true", ""),
        ({}, ""),
        ({"conflict": 200}, "/conflict"),
        ({"conflict": "422"}, "/conflict"),
        ({"errors": True}, "/errors"),
        ({"refusals": "again"}, "/refusals"),
    ],
)
def test_what_it_may_not_say(folder: Folder, said: Any, key: str) -> None:
    """The error has the line, and says what would be right."""
    declare(folder, said)
    error = folder.error()
    assert "x-idempotency is wrong" in error.problem
    assert "conflict: 422, in_flight: 409, errors: again or anew, refusals: anew, scope: [" in str(error.expected)
    assert error.where is not None
    assert str(error.where).endswith(f"/parameters/0/x-idempotency{key}")
    assert error.where.line is not None


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"in": "query"}, "on the query parameter 'Idempotency-Key'"),
        ({"name": "Authorization"}, "which OpenAPI does not treat as a parameter"),
        ({"schema": {"type": "string", "enum": ["a", "b"]}}, "takes no value that is new in each request"),
        ({"schema": {"type": "string", "maxLength": 4}}, "takes no value that is new in each request"),
        ({"x-idempotency": {"in_flight": 423}}, "promises 423 for `in_flight`, which no response declares"),
    ],
)
def test_where_it_has_no_meaning(folder: Folder, change: dict[str, Any], problem: str) -> None:
    """It is on a header, whose schema takes new values, of an operation that declares what is promised."""
    declare(folder, **{"said": True} if "x-idempotency" not in change else {"said": change["x-idempotency"]})
    folder.operation["parameters"][0].update(change)
    error = folder.error()
    assert problem in error.problem
    assert error.expected


def test_it_stands_on_a_parameter_alone(folder: Folder) -> None:
    """On an operation, or in a schema's place, nothing would read it."""
    folder.operation["x-idempotency"] = True
    error = folder.error()
    assert "x-idempotency has no meaning here." == error.problem
    assert "on a header parameter" in error.expected


def test_an_operation_has_one_key(folder: Folder) -> None:
    """Of two, none is the one that tells requests apart."""
    declare(folder)
    declare(folder, name="X-Request-Key")
    assert "'Idempotency-Key' and 'X-Request-Key' both have x-idempotency" in folder.error().problem


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        (PLAIN, None),
        ({"type": "string", "format": "uuid"}, None),
        ({"type": "string", "pattern": '^"[!-~]{1,64}"$'}, None),
        ({"type": "string", "pattern": "^KEY[0-9]{14}$"}, "KEY12345678901234"),
        ({"type": "string", "pattern": "^order_[a-z0-9]{20}$"}, "order_ab12cd34ef56gh78ij90"),
        ({"type": "string", "maxLength": 16}, None),
        ({"type": "integer"}, None),
    ],
    ids=["text", "uuid", "quoted", "digits", "prefix", "short", "integer"],
)
def test_each_request_has_a_key_that_its_schema_takes(folder: Folder, schema: Any, example: str | None) -> None:
    """Keys differ by exchange and by run, and are as long as the mark that they replace."""
    found = key_of(folder, schema, **({} if example is None else {"example": example}))
    assert found.schema is not None
    keys = [found.key(run, number) for run in "ab" for number in range(50)]
    assert 100 == len(set(keys))
    assert found.key("a", 1) == keys[1]
    for key in (found.mark, *keys):
        assert len(found.mark) == len(key)
        assert found.schema.is_valid(int(key) if schema["type"] == "integer" else key)


def test_two_keys_differ_as_little_as_the_schema_allows(folder: Folder) -> None:
    """Of a UUID, only the last digit: letters in either case are the same UUID (RFC 9562 section 4)."""
    found = key_of(folder)
    for how in ALIKE:
        pair = found.two_keys(how)
        assert pair is not None
        one, other = pair
        assert one != other
        assert (one.lower() == other.lower()) is (how == OTHER_CASE)
    folder.operation["parameters"][0]["schema"] = {"type": "string", "format": "uuid"}
    strict = folder.load().operations[0].idempotency
    assert strict is not None
    assert [OTHER_END] == [how for how in ALIKE if strict.two_keys(how) is not None]


def test_a_right_value_becomes_the_mark(folder: Folder) -> None:
    """Values that a generator repeats would make one request of two; a wrong value is what its case is about."""
    found = key_of(folder, {"type": "string", "minLength": 8})
    for value, wanted in (("12345678", found.mark), ("short", "short")):
        request = found.marked(Request("POST", "/", (("idempotency-KEY", value), ("a", "12345678"))))
        assert (("idempotency-KEY", wanted), ("a", "12345678")) == request.headers
    raw = Request("POST", "/", raw=b"POST / HTTP/1.1")
    assert raw is found.marked(raw)


@pytest.mark.parametrize(
    ("said", "scope"),
    [("path", {"path"}), (["operation", "path"], {"operation", "path"}), (["operation"], {"operation"})],
)
def test_a_key_has_a_scope(folder: Folder, said: Any, scope: set[str]) -> None:
    """It is one word, or a list of them; what is absent is not promised."""
    declare(folder, said={"scope": said})
    found = folder.load().operations[0].idempotency
    assert found is not None
    assert scope == found.scope


def test_a_contract_without_a_key_is_as_before(folder: Folder) -> None:
    """Its digest, and so the IDs of its findings, do not depend on the extension."""
    before = folder.load()
    assert before.operations[0].idempotency is None
    assert before.digest == folder.load().digest
