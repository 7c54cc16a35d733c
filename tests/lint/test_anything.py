"""Lint says what is wrong with any document: nothing that stands anywhere in it makes lint fail."""

from __future__ import annotations

import copy
import json
import os
import random
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from bothends.errors import ContractError
from bothends.lint import lint, proposed, read_subject
from bothends.records.pointers import join
from tests.lint.contract import SETTINGS, SPEC

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ODD: tuple[Any, ...] = (None, True, 7, "x", [], {}, [1], {"x": 1}, {"$ref": "#/nowhere"}, {"$ref": 7}, ["x", None])
COUNT = int(os.environ.get("ODD_DOCUMENTS", "15"))


def ways(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to each part of a document but the whole."""
    keys = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield (*way, key)
        yield from ways(value[key], (*way, key))


@pytest.mark.parametrize("version", ["3.1.0", "3.0.3"])
def test_no_document_makes_lint_fail(tmp_path: Path, version: str) -> None:
    """A part of a right contract is replaced by something else, here and there."""
    chance = random.Random(version)  # noqa: S311 -- a choice of documents, and no secret
    document = {**yaml.safe_load(SPEC), "openapi": version}
    parts = list(ways(document))
    (tmp_path / "bothends.toml").write_text(SETTINGS.replace("openapi.yaml", "openapi.json"), "utf-8")
    for _ in range(COUNT):
        changed = copy.deepcopy(document)
        way, odd = chance.choice(parts), chance.choice(ODD)
        holder = changed
        for key in way[:-1]:
            holder = holder[key]
        holder[way[-1]] = odd
        (tmp_path / "openapi.json").write_text(json.dumps(changed), "utf-8")
        try:
            assert isinstance(lint(tmp_path / "bothends.toml"), list)
            proposed(read_subject(tmp_path / "bothends.toml"))
        except ContractError:
            pass  # `lint` tells of it, `read_subject` raises it
        except Exception as error:
            raise AssertionError(f"{odd!r} at {way}") from error


ODD_PARTS = [
    ("paths", "/orders/{id}"),
    ("paths", "/orders/{id}", "parameters"),
    ("paths", "/orders/{id}", "parameters", 0),
    ("paths", "/orders/{id}", "parameters", 0, "name"),
    ("paths", "/orders", "post", "operationId"),
]


@pytest.mark.parametrize("way", ODD_PARTS, ids=lambda way: "/".join(map(str, way)))
def test_an_odd_part_is_told(tmp_path: Path, way: tuple[Any, ...]) -> None:
    """A number where OpenAPI has a mapping, a list or a text is an error at its place, or above it."""
    document = yaml.safe_load(SPEC)
    holder = document
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = 7
    (tmp_path / "openapi.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "bothends.toml").write_text(SETTINGS.replace("openapi.yaml", "openapi.json"), "utf-8")
    found = [each for each in lint(tmp_path / "bothends.toml") if each.level == "error"]
    pointers = [each.where.pointer for each in found]
    if way[-1] != "operationId":
        assert [each for each in pointers if join(*way).startswith(each) or each.startswith(join(*way[:2]))]
    else:
        assert [] == pointers  # an operation without a name has that of its line
