"""Whatever schema a contract has for a body, cases can be made of it: each with a name of its own, none by a crash."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bothends.cases.families.registry import plain_cases, plain_families
from bothends.contract import load
from bothends.errors import ContractError
from tests.cases.orders import ORDERS, ORDERS_TOML

if TYPE_CHECKING:
    from pathlib import Path

NAMES = st.sampled_from(["a", "a-b", "n", "id", "__proto__", "x.y", "fraction", "Größe", "A", ""])
BOUNDS = st.sampled_from([0, 1, 3, 1.5, 10**18])
LENGTHS = st.sampled_from([0, 1, 5, 30_000])
PATTERNS = st.sampled_from(["^[a-z]+$", r"^\d{3}$", r"^\p{Lu}+$", "^$"])
FORMATS = st.sampled_from(["uuid", "date", "email", "of-nobody"])


def some(kind: str, **words: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas of a type with any of some keywords."""
    return st.fixed_dictionaries({"type": st.just(kind)}, optional=words)


PLAIN = st.one_of(
    some("string", minLength=LENGTHS, maxLength=LENGTHS, pattern=PATTERNS, format=FORMATS, default=st.just("q")),
    some("integer", minimum=BOUNDS, maximum=BOUNDS, multipleOf=st.just(2), default=st.just(3)),
    some("number", exclusiveMinimum=BOUNDS, exclusiveMaximum=BOUNDS, multipleOf=st.just(0.1)),
    some("boolean"),
    some("null"),
    st.builds(lambda choices: {"enum": choices}, st.just(["a", "B", 1, 1.5, None, {"x": 1}, [1]])),
    st.builds(lambda value: {"const": value}, st.sampled_from(["c", 0, None, {"k": "v"}])),
    st.sampled_from([{}, True, False, {"type": ["string", "null", "integer"]}]),
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return schemas of lists, of objects, and of several schemas in one."""
    properties = st.dictionaries(NAMES, inner, max_size=3)
    lists = some("array", items=inner, minItems=st.sampled_from([0, 2]), maxItems=LENGTHS, uniqueItems=st.booleans())
    objects = properties.flatmap(
        lambda named: st.fixed_dictionaries(
            {"type": st.just("object"), "properties": st.just(named)},
            optional={
                "required": st.lists(st.sampled_from(sorted(named) or ["a"]), unique=True),
                "additionalProperties": st.one_of(st.booleans(), inner),
            },
        )
    )
    several = st.builds(
        lambda word, two: {word: two}, st.sampled_from(["oneOf", "anyOf", "allOf"]), st.tuples(inner, inner)
    )
    return st.one_of(lists, objects, several)


@given(schema=st.recursive(PLAIN, nested, max_leaves=8), parameter=PLAIN)
# An example makes the cases of a whole contract: a tenth of the usual number.
@settings(max_examples=settings().max_examples // 10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_schema_has_its_cases(tmp_path: Path, schema: Any, parameter: Any) -> None:
    """A contract that is taken makes cases, and each has a name by which it can be run alone."""
    spec = copy.deepcopy(ORDERS)
    spec["components"]["schemas"]["Order"] = schema
    spec["paths"]["/shops/{shop}/orders"]["parameters"][0]["schema"] = parameter
    (tmp_path / "spec.json").write_text(json.dumps(spec), encoding="utf-8")
    (tmp_path / "bothends.toml").write_text(ORDERS_TOML, encoding="utf-8")
    try:
        contract = load(tmp_path / "bothends.toml")
    except ContractError:
        return  # it is told what is wrong with it, which is the tests of the contract's to see
    for family in plain_families():
        names = [case.name for case in plain_cases(contract, family)]
        assert len(set(names)) == len(names)
    assert list(plain_cases(contract, "routing"))
