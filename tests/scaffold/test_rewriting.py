"""Documents that are written anew with another value: it is that value, and the rest of the text is as it was."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.documents import Document, parse_yaml
from bothends.errors import ContractError
from bothends.records import resolve
from bothends.scaffold.rewriting import rewritten
from bothends.scaffold.yaml_lines import block

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = """\
# A comment that stays.
paths:
  /items/{id}:
    post:
      parameters:
        - name: id   # the way to it
          in: path
        - {name: limit, in: query}
      responses:
        '200': {description: Taken.}
        4xx:   # all of them
          description: Refused.
      callbacks:
        added:
          "{$url}":
            # what is sent
            post: {}
  schema:
    type: String
    nullable: true   # it may be nothing

    properties:
      size: {type: integer, exclusiveMinimum: true, minimum: 1}
      name:
        description: |
          two
          lines
        required: true
"""


def document(text: str, name: str = "openapi.yaml") -> Document:
    """Return a document of a text."""
    value, lines = parse_yaml(text)
    return Document(Path(name), value, text, lines)


def renamed(value: Any, pointer: str, old: str, new: str) -> None:
    """Give a member another key."""
    holder = resolve(value, pointer)
    holder[new] = holder.pop(old)


POST = "/paths/~1items~1{id}/post"
SCHEMA = "/paths/schema"
SIZE = f"{SCHEMA}/properties/size"
KEY = "{$request.query.url}"


def put(value: Any, pointer: str, drop: str = "", **members: Any) -> None:
    """Change members of a part."""
    part = resolve(value, pointer)
    part.update(members)
    part.pop(drop, None)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda v: renamed(v, f"{POST}/responses", "4xx", "4XX"), "4xx:", '"4XX":'),
        (lambda v: renamed(v, f"{POST}/callbacks/added", "{$url}", KEY), "{$url}", KEY),
        (lambda v: put(v, SCHEMA, type="string"), "type: String", "type: string"),
        (
            lambda v: put(v, SCHEMA, "nullable", type=["string", "null"]),
            "type: String\n    nullable: true   # it may be nothing\n",
            'type: [string, "null"]\n',
        ),
        (
            lambda v: put(v, SIZE, "minimum", exclusiveMinimum=1),
            "exclusiveMinimum: true, minimum: 1}",
            "exclusiveMinimum: 1}",
        ),
        (lambda v: put(v, f"{SCHEMA}/properties/name", "required"), "lines\n        required: true", "lines"),
        (lambda v: put(v, SCHEMA, required=["name"]), "  required: true\n", "  required: true\n    required: [name]\n"),
        (
            lambda v: put(v, f"{POST}/parameters/0", required=True),
            "in: path\n",
            "in: path\n          required: true\n",
        ),
        (
            lambda v: put(v, f"{POST}/parameters/1", required=True),
            "{name: limit",
            "{required: true, name: limit",
        ),
        (
            lambda v: resolve(v, f"{POST}/parameters").append({"name": "x", "in": "query"}),
            "{name: limit, in: query}\n",
            "{name: limit, in: query}\n        - {name: x, in: query}\n",
        ),
    ],
)
def test_a_change_is_the_only_one(change: Callable[[Any], Any], old: str, new: str) -> None:
    """Comments, quotes, the order and the form of all else stay."""
    spec = document(SPEC)
    wanted = copy.deepcopy(spec.value)
    change(wanted)
    text = rewritten(spec, wanted, 2)
    assert wanted == parse_yaml(text)[0]
    before, found, after = SPEC.partition(old)
    assert (old, before + new + after) == (found, text)


def test_what_others_share_is_not_changed() -> None:
    """The advice names the overlay."""
    spec = document("one: &shared {type: String}\ntwo: *shared\n")
    wanted = {"one": {"type": "string"}, "two": {"type": "String"}}
    with pytest.raises(ContractError) as caught:
        rewritten(spec, wanted, 2)
    assert "--in-place" in caught.value.advice


def test_true_is_no_number() -> None:
    """A limit that is 1 is another value than one that is `true`."""
    assert "limit: 1\n" == rewritten(document("limit: true\n"), {"limit": 1}, 2)


def test_json_keeps_its_order() -> None:
    """What has another key stays in its place; what is new comes last."""
    spec = document('{"a": {"4xx": 1, "b": 2}, "c": 3}', "openapi.json")
    text = rewritten(spec, {"d": 4, "a": {"b": 2, "4XX": 1}, "c": 3}, 1)
    assert '{"a": {"4XX": 1, "b": 2}, "c": 3, "d": 4}' == json.dumps(json.loads(text))
    assert '\n  "4XX": 1' in text


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aAbB 4:{'", max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=3), VALUES, min_size=1, max_size=4), VALUES, st.data())
def test_it_is_what_is_wanted_or_refused(value: dict[str, Any], new: Any, data: st.DataObject) -> None:
    """Whatever is changed, and wherever it stands: never anything else is written."""
    spec = document("\n".join(block(value, "", {})) + "\n")
    wanted = copy.deepcopy(value)
    holder: Any = wanted
    while isinstance(holder, dict) and holder:
        key = data.draw(st.sampled_from(list(holder)))
        if not isinstance(holder[key], dict) or not holder[key] or data.draw(st.booleans()):
            how = data.draw(st.sampled_from(("put", "new", "drop", "rename")))
            if how in {"drop", "rename"}:
                old = holder.pop(key)
                holder |= {f"{key}!": old} if how == "rename" else {}
            else:
                holder[key if how == "put" else f"{key}?"] = new
            break
        holder = holder[key]
    try:
        text = rewritten(spec, wanted, 2)
    except ContractError:
        return
    assert json.dumps(wanted, sort_keys=True) == json.dumps(parse_yaml(text)[0], sort_keys=True)
