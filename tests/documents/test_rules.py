"""The page on rules is held to the code: what it names is there, and each state of a sign-in stands for a rule."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.registry import plain_cases
from bothends.cases.selector import all_families
from bothends.conditions import all_kinds
from bothends.contract import load
from bothends.laws import BUILT_IN
from tests.documents.families_page import ROOT
from tests.documents.rules_page import sections
from tests.idempotency.conftest import BARE, CALLERS, FULL, spec

if TYPE_CHECKING:
    from pathlib import Path

RULES = [(section, rule) for section in sections() for rule in section["rule"]]
NAMES = [f"{section['title']}: {rule['rule'][:50]}" for section, rule in RULES]
PLAYED = ("laws", "cases", "states")


@pytest.fixture(scope="module")
def cases(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Return the labels of the cases of the project's contract, and of one with a key."""
    folder: Path = tmp_path_factory.mktemp("keyed")
    (folder / "openapi.json").write_text(json.dumps(spec(FULL, BARE, signed_in=True)), "utf-8")
    table = ", ".join(f"{{headers = {{Authorization = {json.dumps(value)}}}}}" for value in CALLERS)
    lines = ['spec = "openapi.json"', "[target]", 'command = "true"', "[world]", "upstream_timeout_ms = 1000"]
    lines += [
        "[world.ingest]",
        'kind = "inngest"',
        "[world.sessions.bearer]",
        'kind = "static"',
        f"callers = [{table}]",
    ]
    (folder / "bothends.toml").write_text("\n".join(lines), "utf-8")
    keyed, own = load(folder / "bothends.toml"), load(ROOT / "bothends.toml")
    labels = {case.label for case in plain_cases(keyed, "idempotency")}
    return labels | {case.label for family in ("odd-headers", "tracing-headers") for case in plain_cases(own, family)}


@pytest.mark.parametrize("rule", [rule for _, rule in RULES], ids=NAMES)
def test_what_a_rule_names_is_there(rule: dict[str, Any], cases: set[str]) -> None:
    """Laws, families, cases and states are those of the code."""
    assert set(rule) <= {"rule", "source", "reason", *PLAYED}
    assert rule["rule"].endswith(".")
    assert rule["source"]
    assert set() == set(rule.get("laws", ())) - set(BUILT_IN)
    assert set() == set(rule.get("states", ())) - {one.name for one in all_kinds()}
    families = set(all_families())
    assert [] == [name for name in rule.get("cases", ()) if name not in (cases if "/" in name else families)]
    assert any(rule.get(key) for key in (*PLAYED, "reason"))


def test_each_state_of_a_standard_sign_in_stands_for_a_rule() -> None:
    """No state of a token, of Basic or of an API key is without the rule that it plays."""
    named = {name for _, rule in RULES for name in rule.get("states", ())}
    prefixes = ("jwt-", "basic-", "key-")
    states = {one.name for one in all_kinds() if one.kind == "session" and one.name.startswith(prefixes)}
    assert {"key-at-address", "key-in-file"} == states - named
    assert set() == named - states
