"""Which operations an edit of the spec touches."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bothends.contract import load
from bothends.watch.differences import touched
from tests.cli.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SPEC = """\
openapi: 3.1.0
info: {title: Orders, version: '1'}
paths:
  /orders:
    get:
      operationId: listOrders
      responses:
        '200': {description: All., content: {application/json: {schema: {$ref: '#/components/schemas/Orders'}}}}
    post:
      operationId: createOrder
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}
      responses: {'201': {description: Made.}}
  /health:
    get: {operationId: health, responses: {'200': {description: Well.}}}
components:
  schemas:
    Order: {type: object, properties: {item: {type: string}}}
    Orders: {type: array, items: {$ref: '#/components/schemas/Order'}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("openapi: 3.1.0", "# a comment\n\nopenapi: 3.1.0", ()),
        ("title: Orders", "title: All orders", ()),
        ("'201': {description: Made.}", "'202': {description: Made.}", ("createOrder",)),
        ("item: {type: string}", "item: {type: integer}", ("listOrders", "createOrder")),
        ("type: array", "type: array, maxItems: 9", ("listOrders",)),
        ("  /health:\n", "  /other:\n    get: {responses: {'200': {description: x}}}\n  /health:\n", ("GET /other",)),
        ("/health:", "/healthz:", ("health",)),
    ],
)
def test_an_edit_touches_the_operations_that_mean_something_else(
    tmp_path: Path, old: str, new: str, expected: tuple[str, ...]
) -> None:
    """Also where it stands behind a reference; lines that move touch nothing."""
    contracts = []
    for text in (SPEC, SPEC.replace(old, new)):
        (tmp_path / "openapi.yaml").write_text(text)
        (tmp_path / "bothends.toml").write_text('spec = "openapi.yaml"\n')
        contracts.append(load(tmp_path / "bothends.toml"))
    assert SPEC != SPEC.replace(old, new)
    assert expected == touched(*contracts)


def test_events_and_sign_in_are_part_of_an_operation(tmp_path: Path) -> None:
    """The contract of this repository is the same as itself, and other with another event."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    settings, spec = tmp_path / "bothends.toml", tmp_path / "openapi.yaml"
    settings.write_text(settings.read_text().replace('pacts = "contracts/pacts"\n', ""))
    first = load(settings)
    assert () == touched(first, load(settings))
    spec.write_text(spec.read_text().replace("const: app/route.requested", "const: app/other"))
    assert (first.operations[0].id,) == touched(first, load(settings))
