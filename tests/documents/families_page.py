"""`docs/reference/families.md`: each family of cases, in its own words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bothends.cases.families.crowds import SOAK
from bothends.cases.families.registry import plain_cases, plain_families
from bothends.cases.selector import COVERAGE, FUZZ_INVALID, FUZZ_VALID, GENERATED, PACT, START_AND_STOP, all_families
from bothends.contract import load
from bothends.contract.terms import FAMILIES as NAMED
from bothends.engine.lifecycle import SCENARIOS
from tests.documents.tables import HEAD, code, sentence, table

if TYPE_CHECKING:
    from bothends.contract import Contract

ROOT = Path(__file__).resolve().parents[2]
TEXT = Path(__file__).parent / "written" / "families.md"

_OTHERS = {
    COVERAGE: "Schemathesis' coverage phase: each keyword of the schema once, valid and invalid.",
    FUZZ_VALID: "Random bodies that the contract accepts.",
    FUZZ_INVALID: "Random bodies that the contract refuses.",
    SOAK: "A valid request 100,000 times, one in ten without a valid session: in a deep run only.",
    PACT: "Each interaction of each pact: `pact/FILE`, or `pact/FILE/DESCRIPTION`, the file's name without `.json`.",
    START_AND_STOP: "The ways in which a launched target starts and stops.",
}


def page() -> str:
    """Return the page."""
    contract = load(ROOT / "bothends.toml")
    if set(_OTHERS) != set(all_families()) - set(plain_families()):
        raise ValueError("a family is described in neither a module of its own nor here")
    plain = [(_shown(name), _about(name), _example(contract, name)) for name in plain_families()]
    examples = {**dict.fromkeys(GENERATED, ""), START_AND_STOP: code(f"{START_AND_STOP}/{SCENARIOS[0].name}")}
    others = [(_shown(name), text, examples.get(name, "")) for name, text in _OTHERS.items()]
    header = ("family", "what it contains", "for example")
    return "".join(
        (
            HEAD.format(source="src/bothends/cases"),
            TEXT.read_text("utf-8"),
            f"\n## Plain\n\n{table(header, plain)}",
            f"\n## Generated, and others\n\n{table(header, others)}",
        )
    )


def _shown(name: str) -> str:
    return f"**{code(name)}**" if name in NAMED else code(name)


def _about(name: str) -> str:
    """Return what the family says of itself."""
    text = plain_families()[name].about
    return " ".join(sentence(part) for part in text.split("\n\n"))


def _example(contract: Contract, name: str) -> str:
    """Return the first case of the family that the repository's contract has."""
    case = next(plain_cases(contract, name), None)
    return "" if case is None else code(case.label)
