"""A spoilt pact is read or refused: never another exception."""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bothends.errors import ContractError
from bothends.pacts import conditions, disagreements, read_pacts
from tests.pacts.pact_files import (
    EVENT,
    SETTINGS,
    V2,
    V3,
    message,
    pact_json,
    project_contract,
    read,
    signed_out,
    success,
    to_ingest,
    to_settings,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bothends.pacts import Pact

WRONG: list[Any] = [
    *(None, True, 0, -1.5, "", "text", [], {}, [None], [[]], [{}], {"": 1}, "4.0", {"name": "signed in"}),
    *("POST", "/api/route", "Synchronous/HTTP", "Asynchronous/Messages", [{"name": "signed in"}], 2**70, 200),
    *({"content": None}, {"content": "[1", "encoded": "JSON"}, {"content": "AA==", "encoded": "base64"}, SETTINGS),
]
GOOD = [
    pact_json("route", success(), signed_out(), message(wrapped(EVENT))),
    pact_json("ingest", to_ingest(), consumer="route"),
    pact_json("settings", to_settings(), consumer="route"),
    V2,
    V3,
]


def ways(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the way to each value that stands in another."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*here, key)
        yield from ways(item, (*here, key))


def spoilt(value: Any, way: tuple[str | int, ...], change: str, wrong: Any) -> Any:
    """Return a copy of a pact with one value left out, replaced, or put under another key."""
    made = copy.deepcopy(value)
    holder = made
    for key in way[:-1]:
        holder = holder[key]
    if change == "drop":
        del holder[way[-1]]
    elif change == "rename" and isinstance(holder, dict):
        holder[f"{way[-1]}s"] = holder.pop(way[-1])
    else:
        holder[way[-1]] = wrong
    return made


@contextmanager
def ended_by_a_contract_error() -> Iterator[None]:
    """Let an error of the contract's pass, provided that it says where."""
    try:
        yield
    except ContractError as error:
        if error.where is None:
            raise


def use(pact: Pact) -> None:
    """Ask a pact all that other parts ask of it."""
    disagreements(pact, project_contract())
    for each in pact.interactions:
        assert each.description
        _ = (each.target, each.request_body, each.response_body, each.contents, each.metadata, each.status)
        _ = (each.request_headers, each.response_headers, each.request_media_type, each.response_media_type)
        assert 1 == sum(len(pact.only(each).get(key, ())) for key in ("interactions", "messages"))
        conditions(pact, each, project_contract())


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_spoilt_pact_is_read_or_refused(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever is wrong with a pact, nothing but an error of the contract comes of it."""
    value = data.draw(st.sampled_from(GOOD))
    for _ in range(data.draw(st.integers(1, 3))):
        way = data.draw(st.sampled_from(list(ways(value))))
        change = data.draw(st.sampled_from(["drop", "rename", "replace"]))
        value = spoilt(value, way, change, data.draw(st.sampled_from(WRONG)))
        if not list(ways(value)):
            break
    with ended_by_a_contract_error():
        use(read(tmp_path, value))


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text() | st.recursive(st.just("1"), lambda inner: inner.map(lambda t: f'{{"interactions":[{t}]}}')))
def test_any_text_is_refused(tmp_path: Path, text: str) -> None:
    """A text that is no pact is refused, whatever it is."""
    (tmp_path / "x.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(ContractError):
        read_pacts(tmp_path)
