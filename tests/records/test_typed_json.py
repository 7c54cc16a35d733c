"""Records are written by their types, and read as what they were."""

from __future__ import annotations

import collections.abc
import json
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import jsonschema_rs
import pytest

from bothends.records.typed_json import Coders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Mood(StrEnum):
    """A mood."""

    GOOD = "good"
    BAD = "bad"


class Place(NamedTuple):
    """A place."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Leaf:
    """The end of a tree."""

    weight: float


@dataclass(frozen=True, slots=True)
class Tree:
    """All that a record may have."""

    text: str
    body: bytes
    mood: Mood
    place: Place
    day: date
    way: Literal["in", "out"]
    either: Leaf | Tree
    maybe: Tree | None = None
    pair: tuple[str, int] = ("", 0)
    several: tuple[Leaf, ...] = ()
    names: frozenset[str] = frozenset()
    counts: Counter[Place] = field(default_factory=Counter)
    keyed: dict[tuple[str, int], set[str]] = field(default_factory=dict)
    ordered: OrderedDict[str, bool] = field(default_factory=OrderedDict)
    payload: Any = None
    session: Mapping[str, Any] | None = None


class Hides:
    """Hides a word."""

    def text(self, text: str) -> str:
        """Hide it in a text."""
        return text.replace("secret", "[hidden]")

    def headers(self, headers: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
        """Hide nothing."""
        return list(headers)

    def value(self, value: Any) -> Any:
        """Hide it in a value."""
        return json.loads(self.text(json.dumps(value)))


NAMES = {"Tree": Tree, "Leaf": Leaf, "Mapping": collections.abc.Mapping}
TREE = Tree(
    text="a tree \ud800",
    body=b"\xff\x00 bytes",
    mood=Mood.BAD,
    place=Place("here", 1),
    day=date(2030, 12, 31),
    way="out",
    either=Leaf(0.5),
    maybe=Tree("", b"", Mood.GOOD, Place("", 0), date(2000, 1, 1), "in", Leaf(1.0)),
    pair=("two", 2),
    several=(Leaf(1.0), Leaf(2.0)),
    names=frozenset({"b", "a"}),
    counts=Counter({Place("x", 1): 3}),
    keyed={("k", 1): {"v", "w"}},
    ordered=OrderedDict(z=True, a=False),
    payload={"any": [1, None, {"deep": True}]},
    session={"name": "Ann"},
)


def written(tree: Tree) -> tuple[Coders, Any]:
    """Return the coders of a tree, and the tree as JSON."""
    coders = Coders(NAMES)
    return coders, json.loads(json.dumps(coders.of(Tree).write(tree, Hides()), allow_nan=False))


def test_what_is_written_is_read() -> None:
    """A record is the same after it was a text, and what is written meets the schema."""
    coders, value = written(TREE)
    validator = jsonschema_rs.validator_for({**coders.of(Tree).schema, "$defs": coders.definitions})
    validator.validate(value)
    assert TREE == coders.of(Tree).read(value)


def test_secrets_are_hidden_wherever_they_stand() -> None:
    """In texts, bytes, keys, names and values."""
    tree = Tree(
        "secret",
        b"\xff secret",
        Mood.GOOD,
        Place("secret", 1),
        date(2030, 1, 1),
        "in",
        Leaf(1.0),
        names=frozenset({"secret"}),
        counts=Counter({Place("secret", 1): 1}),
        payload={"secret": ["secret"]},
        session={"name": "secret"},
    )
    coders, value = written(tree)
    assert "secret" not in json.dumps(value)
    assert b"\xff [hidden]" == coders.of(Tree).read(value).body


def test_no_number_is_infinite() -> None:
    """JSON has no infinity: the largest number stands there."""
    coders = Coders(NAMES)
    assert Leaf(-1.7976931348623157e308) == coders.of(Leaf).read(coders.of(Leaf).write(Leaf(float("-inf")), Hides()))


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("text", 1),
        ("body", "!"),
        ("mood", "odd"),
        ("place", ["here"]),
        ("place", ["here", 1, 2]),
        ("way", "up"),
        ("either", {"is": "Leaf", "value": {"weight": 1, "more": 2}}),
        ("either", {"is": "Other", "value": {}}),
        ("maybe", {}),
        ("counts", [[["x", 1], "three"]]),
        ("keyed", {}),
    ],
)
def test_what_is_otherwise_is_refused(name: str, wrong: object) -> None:
    """The schema takes nothing that could not have been written."""
    coders, value = written(TREE)
    validator = jsonschema_rs.validator_for({**coders.of(Tree).schema, "$defs": coders.definitions})
    assert not validator.is_valid({**value, name: wrong})
    assert not validator.is_valid({**value, "more": 1})
    assert not validator.is_valid({key: each for key, each in value.items() if key != name})


def test_a_field_may_be_left_out_or_of_another_type() -> None:
    """What is left out has its default; a check sees each object that is read."""
    seen: list[Leaf] = []
    coders = Coders(
        NAMES,
        special={(Tree, "payload"): int},
        left_out={Tree: frozenset({"maybe", "session"})},
        checks={Leaf: seen.append},
    )
    value = coders.of(Tree).write(
        Tree("", b"", Mood.GOOD, Place("", 0), date(2000, 1, 1), "in", Leaf(1.0), payload=3), Hides()
    )
    assert not {"maybe", "session"} & value.keys()
    assert 3 == coders.of(Tree).read(value).payload
    assert [Leaf(1.0)] == seen


def test_a_type_that_is_not_known() -> None:
    """There is no coder of what is no record."""
    with pytest.raises(TypeError):
        Coders({}).of(object)
