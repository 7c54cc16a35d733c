"""`x-from`: its grammar, and the walk that finds the values under it."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bothends.contract.terms import ProvenanceWalk, Source, Sources, read_source
from bothends.documents import NO_LINES, Document, Library, Place
from bothends.errors import ContractError
from bothends.records.pointers import MISSING, join, lookup
from bothends.schemas import Schema

if TYPE_CHECKING:
    from pathlib import Path

    from bothends.contract import Contract

PARAMETERS: dict[tuple[str, str], Schema | None] = {
    ("query", "page"): Schema({"type": "integer", "default": 1}),
    ("header", "X-Tag"): None,
}
ALL = Sources(
    upstreams=("settings", "plans"),
    path_parameters=("id",),
    session=True,
    body=True,
    bodies=(Schema({"properties": {"note": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"default": "none"}}}),),
    parameters=PARAMETERS,
    answer_headers=("location",),
)
NONE = Sources(upstreams=(), path_parameters=(), session=False, body=False)


def read(text: Any, tmp_path: Path, sources: Sources = ALL) -> Source:
    """Read an x-from."""
    return read_source(Place(Library(), Document(tmp_path, None, "", NO_LINES), "", text), sources)


@pytest.mark.parametrize(
    ("text", "kind", "name", "pointer"),
    [
        ("session.user", "session", "user", ""),
        ("upstream.settings", "upstream", "settings", ""),
        ("request.body", "request-body", "", ""),
        ("request.body#/a/0~1", "request-body", "", "/a/0~1"),
        ("request.path.id", "request-path", "id", ""),
        ("answer.body#", "answer-body", "", ""),
        ("answer.body#/success", "answer-body", "", "/success"),
        ("upstream.settings#/a~1b/0", "upstream", "settings", "/a~1b/0"),
        ("request.query.page", "request-query", "page", ""),
        ("request.header.x-tag", "request-header", "x-tag", ""),
        ("request.header.X-TAG", "request-header", "x-tag", ""),
        ("answer.header.Location", "answer-header", "location", ""),
        ("clock.ms", "clock", "ms", ""),
        ("clock.s", "clock", "s", ""),
        ("clock.iso", "clock", "iso", ""),
    ],
)
def test_the_grammar(tmp_path: Path, text: str, kind: str, name: str, pointer: str) -> None:
    """Each source of the grammar is read."""
    source = read(text, tmp_path)
    assert (kind, name, pointer, text) == (source.kind, source.name, source.pointer, source.text)


@pytest.mark.parametrize(
    ("text", "sources", "expected"),
    [
        ("sesion.user", ALL, "unknown source: 'sesion.user'"),
        ("clock.us", ALL, "unknown source"),
        ("request.cookie.x", ALL, "unknown source"),
        ("request.query.pag", ALL, "unknown query parameter: 'pag'"),
        ("request.header.tag", ALL, "unknown header parameter: 'tag'"),
        ("answer.header.etag", ALL, "unknown header of a 2xx answer: 'etag'"),
        ("upstream.settings#x", ALL, "unknown source"),
        ("request.body/data", ALL, "unknown source"),
        ("request.body#data", ALL, "unknown source"),
        ("request.body#/a~2", ALL, "unknown source"),
        ("upstream.", ALL, "unknown source"),
        ("", ALL, "unknown source: ''"),
        (5, ALL, "unknown source: 5"),
        (["clock.ms"], ALL, "unknown source"),
        ("upstream.setting", ALL, "unknown upstream: 'setting'"),
        ("request.path.x", ALL, "unknown path parameter: 'x'"),
        ("session.user", NONE, "no caller can sign in"),
        ("request.body#/x", NONE, "the operation has none"),
        ("upstream.settings", NONE, "unknown upstream: 'settings'"),
    ],
)
def test_what_is_not_in_the_grammar_or_not_there_is_refused(
    tmp_path: Path, text: Any, sources: Sources, expected: str
) -> None:
    """An unknown source, or one that this contract has not, is an error."""
    with pytest.raises(ContractError) as caught:
        read(text, tmp_path, sources)
    assert expected in caught.value.problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("request.query.page", 1),
        ("request.header.x-tag", MISSING),
        ("request.path.id", MISSING),
        ("request.body#/note", "none"),
        ("request.body#/other", MISSING),
    ],
)
def test_a_default_of_the_contract_goes_with_its_source(tmp_path: Path, text: str, expected: object) -> None:
    """A target may fill in what the schema of a parameter or of a member declares."""
    assert expected == read(text, tmp_path).default


def walk(schema: dict[str, Any], payload: Any) -> list[tuple[str, Any, str]]:
    """Return what the walk through a payload finds, each x-from being its own source."""
    texts = ("a", "b", "c", "d")
    sources = {text: Source("clock", text, "", text) for text in texts}
    found = ProvenanceWalk(Schema(schema), sources).find(payload)
    return [(each.pointer, each.value, each.source.name) for each in found]


A, B, C = ({"x-from": text} for text in "abc")


@pytest.mark.parametrize(
    ("schema", "payload", "expected"),
    [
        (A, 5, [("", 5, "a")]),
        ({"properties": {"x/y": A}}, {"x/y": 1, "z": 2}, [("/x~1y", 1, "a")]),
        ({"properties": {"x": A}}, {}, []),
        ({"properties": {"x": A}}, [1], []),
        ({"items": A}, [1, 2], [("/0", 1, "a"), ("/1", 2, "a")]),
        ({"prefixItems": [A], "items": B}, [1, 2], [("/0", 1, "a"), ("/1", 2, "b")]),
        ({"prefixItems": [A]}, [1, 2], [("/0", 1, "a")]),
        ({"additionalProperties": A, "properties": {"x": True}}, {"x": 1, "y": 2}, [("/y", 2, "a")]),
        (
            {"patternProperties": {"^x": A}, "additionalProperties": B},
            {"xx": 1, "y": 2},
            [("/xx", 1, "a"), ("/y", 2, "b")],
        ),
        ({"patternProperties": {"^x": A}, "properties": {"x": B}}, {"x": 1}, [("/x", 1, "a"), ("/x", 1, "b")]),
        (
            {"$ref": "#/$defs/r", **A, "$defs": {"r": {"properties": {"x": B}}}},
            {"x": 1},
            [("", {"x": 1}, "a"), ("/x", 1, "b")],
        ),
        ({"allOf": [A, {"allOf": [A, B]}]}, 5, [("", 5, "a"), ("", 5, "b")]),
        ({"oneOf": [{"type": "integer", **A}, {"type": "string", **B}]}, "s", [("", "s", "b")]),
        ({"anyOf": [{"type": "integer", **A}, {"minimum": 3, **B}, False]}, 5, [("", 5, "a"), ("", 5, "b")]),
        # Nothing fits: the branches of the value's type are followed.
        ({"oneOf": [{"type": "integer", "minimum": 9, **A}, {"type": "string", **B}]}, 5, [("", 5, "a")]),
        ({"oneOf": [{"type": ["integer", "null"], "minimum": 9, **A}, False]}, 5, [("", 5, "a")]),
        ({"oneOf": [{"$ref": "#/$defs/r"}], "$defs": {"r": {"type": "integer", "minimum": 9, **A}}}, 5, [("", 5, "a")]),
        ({"if": {"type": "integer"}, "then": A, "else": B}, 5, [("", 5, "a")]),
        ({"if": {"type": "integer"}, "then": A, "else": B}, "x", [("", "x", "b")]),
        ({"if": True}, 5, []),
        ({"dependentSchemas": {"x": A, "y": B}}, {"x": 1}, [("", {"x": 1}, "a")]),
        ({"not": A, "contains": B, "const": A}, 5, []),
        # What looks like a reference in a value is none, and leads nowhere.
        ({"properties": {"x": {"const": {"$ref": "#/no/where"}}, "y": A}}, {"x": 1, "y": 2}, [("/y", 2, "a")]),
    ],
)
def test_the_walk_follows_every_applicator(schema: dict[str, Any], payload: Any, expected: list[Any]) -> None:
    """Each value under an x-from is found once for each source, through whatever leads to it."""
    assert sorted(expected, key=str) == sorted(walk(schema, payload), key=str)


def test_a_walk_can_be_sent_to_another_process() -> None:
    """A walk that has been used finds the same after pickling."""
    sources = {"a": Source("clock", "a", "", "a")}
    made = ProvenanceWalk(Schema({"oneOf": [A, False]}), sources)
    found = made.find(5)
    assert found == pickle.loads(pickle.dumps(made)).find(5)  # noqa: S301 -- made here


# A schema, a value that fits it, and the pointers of what stands under an x-from.
Grown = tuple[dict[str, Any], Any, list[str]]


def grow(inner: st.SearchStrategy[Grown]) -> st.SearchStrategy[Grown]:
    """Put what was grown into an object, a list, an allOf or a oneOf."""

    def in_object(parts: dict[str, Grown]) -> Grown:
        return (
            {"type": "object", "properties": {key: part[0] for key, part in parts.items()}},
            {key: part[1] for key, part in parts.items()},
            [join(key) + pointer for key, part in parts.items() for pointer in part[2]],
        )

    def in_list(parts: list[Grown]) -> Grown:
        pointers = [join(index) + pointer for index, part in enumerate(parts) for pointer in part[2]]
        return {"type": "array", "prefixItems": [part[0] for part in parts]}, [part[1] for part in parts], pointers

    return st.one_of(
        st.dictionaries(st.text(max_size=3), inner, max_size=3).map(in_object),
        st.lists(inner, min_size=1, max_size=3).map(in_list),
        inner.map(lambda part: ({"allOf": [part[0]]}, part[1], part[2])),
        inner.map(lambda part: ({"oneOf": [False, part[0]]}, part[1], part[2])),
    )


LEAF: st.SearchStrategy[Grown] = st.one_of(
    st.integers().map(lambda value: ({"x-from": "a"}, value, [""])),
    st.text(max_size=3).map(lambda value: ({"type": "string"}, value, [])),
)


@settings(deadline=None)
@given(st.recursive(LEAF, grow, max_leaves=8))
def test_each_value_is_found_at_its_pointer(grown: Grown) -> None:
    """Whatever the schema, exactly the values under an x-from are found, each where its pointer leads."""
    schema, payload, pointers = grown
    found = walk(schema, payload)
    assert sorted(pointers) == sorted(pointer for pointer, _, _ in found)
    assert all(value == lookup(payload, pointer) for pointer, value, _ in found)


def test_this_projects_event(contract: Contract) -> None:
    """The event's time, user and settings are found."""
    (event,) = contract.operation("postRoute").events
    payload = {
        "name": "app/route.requested",
        "v": "1",
        "ts": 1,
        "user": {"name": "a", "email": None, "image": None},
        "data": {"appSettings": {"appName": "x", "environment": "staging", "locale": "d", "features": {}}},
    }
    expected = {"/ts": "clock.ms", "/user": "session.user", "/data/appSettings": "upstream.settings"}
    assert expected == {each.pointer: each.source.text for each in event.provenance(payload)}
    # With a key too many it is no event of the contract, and its values are found all the same.
    assert expected.keys() == {each.pointer for each in event.provenance({**payload, "more": 1})}
