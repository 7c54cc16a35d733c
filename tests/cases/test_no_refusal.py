"""Operations that declare no refusal, or no 2xx: what is right of them is what they declare."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bothends.cases.fuzzing.checks import GeneratorChecks
from bothends.cases.fuzzing.judging import coverage_cases
from bothends.cases.fuzzing.schemathesis_bridge import SchemathesisBridge
from bothends.contract import Contract, load
from bothends.records import Answer, Case, Exchange

if TYPE_CHECKING:
    from pathlib import Path

BODY = {"required": True, "content": {"application/json": {"schema": {"type": "object", "required": ["a"]}}}}


def contract(folder: Path, responses: dict[str, object]) -> Contract:
    """Return the contract of one operation with these answers."""
    operation = {"operationId": "ask", "requestBody": BODY, "responses": responses}
    document = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": {"/": {"post": operation}}}
    (folder / "openapi.json").write_text(json.dumps(document), "utf-8")
    (folder / "bothends.toml").write_text('spec = "openapi.json"\n', "utf-8")
    return load(folder / "bothends.toml")


def rejections(found: Contract) -> set[str]:
    """Return which checks fail where each wrong request is a success."""
    bridge = SchemathesisBridge(found)
    failed = GeneratorChecks(found)
    right = Answer(200, (), b"", 0)
    cases = [case for case in coverage_cases(bridge, found.operations[0], exclude=set()) if case.origin]
    assert cases
    return {check for case in cases for check, _, _ in failed(_exchange(case, right))}


def _exchange(case: Case, answer: Answer) -> Exchange:
    return Exchange(1, case, None, case.request, answer, 0.0, 0.1)


def test_where_no_refusal_is_declared_none_is_demanded(tmp_path: Path) -> None:
    """A refusal would not be declared, so that no answer would be right; where one is declared, it is demanded."""
    only, both = tmp_path / "only", tmp_path / "both"
    only.mkdir()
    both.mkdir()
    answers: dict[str, object] = {"200": {"description": "Right."}}
    assert "negative_data_rejection" not in rejections(contract(only, answers))
    assert "negative_data_rejection" in rejections(contract(both, {**answers, "422": {"description": "Wrong."}}))


def test_a_redirect_may_be_the_success(tmp_path: Path) -> None:
    """Of an operation that declares no 2xx."""
    found = contract(tmp_path, {"307": {"description": "There."}, "403": {"description": "No."}})
    assert {307} == found.operations[0].success_statuses
