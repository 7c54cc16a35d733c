"""Whether a schema includes another: what is argued is never refuted by a value, and a value that is shown is one."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from bothends.diff import Options, Verdict, compare
from bothends.diff.definitions import Definitions, opened
from bothends.diff.given import Facts
from bothends.diff.inclusion import Inclusion
from bothends.diff.witnesses import Witnesses
from tests.diff.schema_pairs import SchemaMaker, ValueMaker
from tests.diff.table import contract
from tests.diff.test_table import write

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Json = dict[str, Any]
SAMPLES = 60
quick = settings(
    max_examples=500, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


class Pair:
    """Two schemas that stand alone, and what is said of them."""

    def __init__(self, first: Json, second: Json, *, closed: bool = False) -> None:
        """Argue."""
        sides = [Definitions(each.get("$defs", {})) for each in (first, second)]
        tops = [{key: value for key, value in each.items() if key != "$defs"} for each in (first, second)]
        self.first, self.second = sides[0].take(tops[0]), sides[1].take(tops[1])
        self.facts, self.reader = Facts(sides[0], closed=closed), sides[1]
        self.gaps = Inclusion(self.facts, self.reader).gaps(self.first, self.second)

    def shows(self, value: Any) -> bool:
        """Return whether a value is one of the first, and none of the second."""
        return self.facts.definitions.is_valid(self.first, value) and not self.reader.is_valid(self.second, value)

    def witnesses(self) -> list[Any]:
        """Return a value for each gap that has one."""
        found = Witnesses(self.facts, self.reader)
        return [value for gap in self.gaps[:6] for value in found.of(gap, self.shows)]


def sample(rng: Random, schema: Json) -> Iterator[Any]:
    """Yield values that may well fit a schema, and a few of any kind."""
    maker = ValueMaker(rng, schema)
    for _ in range(SAMPLES):
        yield maker.value(schema)
    for _ in range(SAMPLES // 4):
        yield maker.anything()


@quick
@given(st.integers(0, 2**32))
def test_no_break_is_never_said_where_a_value_shows_one(seed: int) -> None:
    """For 500 pairs: no sampled value refutes what is argued, by a second validator; what is shown, it confirms."""
    rng = Random(seed)  # noqa: S311 -- reproducible on purpose
    first, second = SchemaMaker(rng).pair()
    one, other = Draft202012Validator(first), Draft202012Validator(second)
    pair = Pair(first, second)
    if not pair.gaps:
        assert [] == [value for value in sample(rng, first) if one.is_valid(value) and not other.is_valid(value)]
    for value in pair.witnesses():
        assert one.is_valid(value)
        assert not other.is_valid(value)


@quick
@given(st.integers(0, 2**32))
def test_a_reader_that_passes_by_what_it_does_not_know_takes_all_values_of_the_schema(seed: int) -> None:
    """What is opened takes each value that the schema takes, so that a value that shows a break shows it to both."""
    rng = Random(seed)  # noqa: S311 -- reproducible on purpose
    schema, _ = SchemaMaker(rng).pair()
    parts = {name: opened(each) for name, each in schema.get("$defs", {}).items()}
    wide = opened({key: value for key, value in schema.items() if key != "$defs"})
    one, other = Draft202012Validator(schema), Draft202012Validator({**wide, **({"$defs": parts} if parts else {})})
    assert [] == [value for value in sample(rng, schema) if one.is_valid(value) and not other.is_valid(value)]


@settings(quick, max_examples=40)
@given(seed=st.integers(0, 2**32))
def test_a_whole_comparison_says_no_break_only_where_there_is_none(tmp_path_factory: Any, seed: int) -> None:
    """The same through two documents, for what callers send and for what consumers get, counted strictly."""
    rng = Random(seed)  # noqa: S311 -- reproducible on purpose
    first, second = (inline(each) for each in SchemaMaker(rng).pair())
    sent, got = (Draft202012Validator(each) for each in (first, second))
    folder: Path = tmp_path_factory.mktemp("pair")
    found = _compared(folder, first, second)
    refuted = [value for value in sample(rng, first) if sent.is_valid(value) and not got.is_valid(value)]
    if refuted:
        assert [each for each in found if each.verdict is not Verdict.COMPATIBLE]


def inline(schema: Json) -> Json:
    """Return a schema without parts of its own, which in a document stand elsewhere."""
    left = {key: value for key, value in schema.items() if key != "$defs"}
    members = {
        name: {} if isinstance(each, dict) and "$ref" in each else each
        for name, each in left.get("properties", {}).items()
    }
    return {**left, "properties": members} if members else left


def _compared(folder: Path, first: Json, second: Json) -> list[Any]:
    contracts = []
    for schema in (first, second):
        made = contract()
        body = made["paths"]["/orders/{id}"]["post"]["requestBody"]["content"]["application/json"]
        body["schema"] = schema
        contracts.append(made)
    files = write(folder, *contracts)
    return list(compare(*files, Options(config=folder / "none.toml", strict=True)).changes)


def _of(first: Json, second: Json, *, closed: bool = False) -> list[str]:
    return [gap.keyword for gap in Pair(first, second, closed=closed).gaps]


def test_circles_of_references_end() -> None:
    """Two schemas that hold themselves are compared once round."""
    tree: Json = {"type": "object", "properties": {"left": {"$ref": "#/$defs/T"}, "value": {"type": "integer"}}}
    wide: Json = {**tree, "properties": {**tree["properties"], "value": {"type": "number"}}}
    assert [] == _of({"$ref": "#/$defs/T", "$defs": {"T": tree}}, {"$ref": "#/$defs/T", "$defs": {"T": wide}})
    pair = Pair({"$ref": "#/$defs/T", "$defs": {"T": wide}}, {"$ref": "#/$defs/T", "$defs": {"T": tree}})
    assert ["type"] == [gap.keyword for gap in pair.gaps]
    assert pair.witnesses()


def test_what_hangs_on_a_refuted_answer_is_forgotten() -> None:
    """A part that was argued only by way of another is not argued any more where that one has a gap."""
    parts: Json = {
        "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}, "n": {"type": "number"}}},
        "B": {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}},
    }
    narrow: Json = {**parts, "A": {**parts["A"], "properties": {**parts["A"]["properties"], "n": {"type": "integer"}}}}
    sides = [Definitions(parts), Definitions(narrow)]
    inclusion = Inclusion(Facts(sides[0]), sides[1])
    for name in ("A", "B", "A"):
        reference = {"$ref": f"#/$defs/{name}"}
        gaps = inclusion.gaps(sides[0].take(dict(reference)), sides[1].take(dict(reference)))
        assert ["type"] == [gap.keyword for gap in gaps]


def test_a_sender_writes_no_members_that_its_schema_does_not_name() -> None:
    """Unless the schema says something of other members, or names none."""
    named: Json = {"type": "object", "properties": {"a": {"type": "string"}}}
    more: Json = {**named, "properties": {**named["properties"], "b": {"type": "string"}}}
    assert ["type"] == _of(named, more)
    assert [] == _of(named, more, closed=True)
    assert ["type"] == _of({**named, "additionalProperties": True}, more, closed=True)
    assert ["type", "type"] == _of({"type": "object"}, more, closed=True)


def test_what_cannot_be_argued_is_a_gap() -> None:
    """A pattern that is another one may take the same texts: nobody says so."""
    pair = Pair({"type": "string", "pattern": "^a$"}, {"type": "string", "pattern": "^(a)$"})
    assert ["pattern"] == [gap.keyword for gap in pair.gaps]
    assert [] == pair.witnesses()
