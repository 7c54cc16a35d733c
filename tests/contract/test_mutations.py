"""A spoilt spec gives a contract or an error of the contract's: never another exception."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bothends.contract import admission, load
from bothends.errors import ContractError
from bothends.records import Request
from bothends.records.pointers import join

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.contract import Contract

WRONG: list[Any] = [
    *(None, True, 0, -1.5, "", "text", [], {}, [None], [[]], [{}], {"": 1}, {"$ref": 5}, {"$ref": "#/nope"}),
    *({"$ref": "#"}, {"$ref": "#/paths"}, {"$ref": "#/components/schemas/User"}, {"x-given": "signed-out"}),
    *({"x-from": "clock.ms"}, {"type": "object"}, {"oneOf": [{}]}, {"properties": {"a": 5}}, "#/components", 2**70),
]
JSON = (("Content-Type", "application/json"),)
PAYLOAD = {"name": "x", "ts": 1, "user": {}, "data": {"appSettings": {}}}


def pointers(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value that stands in another."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*here, key)
        yield from pointers(item, (*here, key))


def spoilt(spec: Any, way: tuple[str | int, ...], change: str, value: Any) -> Any:
    """Return a copy of a spec with one value left out, replaced, or put under another key."""
    made = copy.deepcopy(spec)
    holder = made
    for key in way[:-1]:
        holder = holder[key]
    if change == "drop":
        del holder[way[-1]]
    elif change == "rename" and isinstance(holder, dict):
        holder[f"{way[-1]}x"] = holder.pop(way[-1])
    else:
        holder[way[-1]] = value
    return made


def use(contract: Contract) -> None:
    """Ask the contract what other parts ask of it."""
    for operation in contract.operations:
        for body in (None, b"{}", b"[", b'{"data":1}'):
            admission(operation, Request(operation.method, operation.path, JSON, body))
        for event in operation.events:
            event.body.errors([PAYLOAD])
            event.provenance(PAYLOAD)
            event.path_for("http://h", "k")
        for status in (200, 404, 503):
            operation.answer_for(status)


@pytest.fixture(scope="module")
def settings_file(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Return a settings file beside which a spec can be put."""
    folder = tmp_path_factory.mktemp("spoilt")
    text = (request.config.rootpath / "bothends.toml").read_text("utf-8")
    (folder / "bothends.toml").write_text(text.replace("openapi.yaml", "openapi.json"), "utf-8")
    return folder / "bothends.toml"


@given(data=st.data())
def test_any_spoilt_spec_is_loaded_or_refused(project_spec: Any, settings_file: Path, data: st.DataObject) -> None:
    """Leaving out, renaming or replacing anything in the spec is survived."""
    way = data.draw(st.sampled_from(list(pointers(project_spec))))
    change = data.draw(st.sampled_from(["drop", "rename", "replace"]))
    spec = spoilt(project_spec, way, change, data.draw(st.sampled_from(WRONG)) if change == "replace" else None)
    (settings_file.parent / "openapi.json").write_text(json.dumps(spec), "utf-8")
    try:
        use(load(settings_file))
        placed = True
    except ContractError as error:
        placed = error.where is not None and error.problem != ""
    assert placed, join(*way)
