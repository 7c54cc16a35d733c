"""Bugs of signing in that released code has had: each is found, and a right target is proven."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bothends.cases.families.key_sets import key_set_cases
from bothends.contract import load
from tests.sign_in.project import LONG, NODE, PYTHON, SHORT, Shop

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LANGUAGES = {"python": PYTHON, "node": NODE}
ES256 = 'algorithm = "ES256"\n'
EDDSA = 'algorithm = "EdDSA"\n'
HS256 = 'algorithm = "HS256"\n'
TYPED = 'type = "at+jwt"\n'

# What is wrong, the session kind, more of its table, and the case that finds it.
BUGS = [
    ("no-signature", "jwt", "", "jwt-unsigned"),
    ("none", "jwt", "", "jwt-unsigned"),
    ("none-in-any-case", "jwt", "", "jwt-unsigned-capital"),
    ("stripped", "jwt", "", "jwt-signature-stripped"),
    ("two-parts", "jwt", "", "jwt-two-parts"),
    ("brings-its-key", "jwt", "", "jwt-with-its-key"),
    ("key-at-address", "jwt", "", "jwt-key-at-address"),
    ("certificate-at-address", "jwt", "", "jwt-certificate-at-address"),
    ("key-name-is-path", "jwt", "", "jwt-key-name-is-path"),
    ("public-key-as-secret", "jwt", "", "jwt-public-key-as-secret"),
    ("any-key", "jwt", "", "jwt-unknown-key"),
    ("zero-signature", "jwt", ES256, "jwt-zero-signature"),
    ("guessed", "jwt", HS256, "jwt-guessed-secret"),
    ("no-end", "jwt", "", "jwt-expired"),
    ("long-skew", "jwt", EDDSA, "jwt-expired-just-now"),
    ("whole-seconds", "jwt", "", "jwt-end-has-a-fraction"),
    ("no-beginning", "jwt", "", "jwt-not-yet-valid"),
    ("no-issuer", "jwt", "", "jwt-of-another-issuer"),
    ("no-issuer-needed", "jwt", "", "jwt-without-issuer"),
    ("no-audience", "jwt", "", "jwt-for-another-audience"),
    ("no-audience-needed", "jwt", "", "jwt-without-audience"),
    ("part-of-audience", "jwt", "", "jwt-for-a-longer-audience"),
    ("one-audience", "jwt", "", "jwt-for-several-audiences"),
    ("no-crit", "jwt", "", "jwt-unknown-critical"),
    ("no-type", "jwt", TYPED, "jwt-of-another-type"),
    ("known-claims-only", "jwt", "", "jwt-with-more-claims"),
    ("known-headers-only", "jwt", "", "jwt-with-more-headers"),
    ("scheme-with-case", "jwt", "", "jwt-in-small-letters"),
    ("any-scheme", "jwt", "", "jwt-after-basic"),
    ("open-without-keys", "jwt", "", "caller-unreachable-and-"),
    ("beginning", "api-key", "", "key-cut"),
    ("longer", "api-key", "", "key-longer"),
    ("no-case", "api-key", "", "key-in-other-case"),
    ("pattern", "api-key", "", "key-is-a-pattern"),
    ("undefined", "api-key", "", "key-is-a-word"),
    ("empty", "api-key", "", "key-empty"),
    ("any", "api-key", "", "key-unknown"),
    ("scheme-with-case", "basic", "", "basic-in-small-letters"),
    ("any-scheme", "basic", "", "basic-as-bearer"),
    ("not-coded", "basic", "", "basic-not-coded"),
    ("no-colon", "basic", "", "basic-no-colon"),
    ("each-colon", "basic", "", ""),
    ("no-password", "basic", "", "basic-wrong-password"),
    ("empty-password", "basic", "", "basic-empty-password"),
    ("beginning", "basic", "", "basic-cut-password"),
    ("longer", "basic", "", "basic-longer-password"),
    ("any-password", "basic", "", "basic-password-of-another"),
    ("any-user", "basic", "", "basic-empty-user"),
]
IN_CI = {
    ("none", "jwt"): "python",
    ("public-key-as-secret", "jwt"): "node",
    ("key-at-address", "jwt"): "node",
    ("one-audience", "jwt"): "python",
    ("open-without-keys", "jwt"): "python",
    ("beginning", "api-key"): "python",
    ("each-colon", "basic"): "python",
    ("any-password", "basic"): "node",
}
RIGHT = [("jwt", ""), ("jwt", ES256), ("jwt", EDDSA), ("jwt", HS256), ("jwt", TYPED)]
RIGHT += [("api-key", ""), ("basic", "")]


def shop(folder: Path, kind: str, lines: str, only: str = "signed-*") -> Shop:
    """Return a contract with a certain sign-in; where services hang in some cases, the target waits briefly."""
    env = {"TYPE": "at+jwt"} if lines == TYPED else {}
    made = Shop(folder, kind, lines=lines, env=env, patience=LONG if only.startswith("signed") else SHORT)
    made.write()
    return made


MEASURED = {("open-without-keys", "jwt"), ("beginning", "api-key"), ("each-colon", "basic")}
"""One bug of each kind; in the others a run does the same."""


def rows() -> Iterator[Any]:
    """Yield the bugs in each language; CI tries some, in one language each."""
    for row in BUGS:
        bug, kind, *_ = row
        for language in LANGUAGES:
            marks = [] if IN_CI.get((bug, kind)) == language else [pytest.mark.long]
            marks += [] if (bug, kind) in MEASURED else [pytest.mark.unmeasured]
            yield pytest.param(row, language, id=f"{kind}-{bug}-{language}", marks=marks)


@pytest.mark.parametrize(("kind", "language"), [("jwt", "python"), ("api-key", "node"), ("basic", "node")])
def test_a_right_target_is_proven(tmp_path: Path, kind: str, language: str) -> None:
    """No valid form is refused, and nothing else is accepted."""
    report = shop(tmp_path, kind, "").verified(LANGUAGES[language])
    assert "proven" == report["verdict"], report["findings"]


@pytest.mark.each_seed
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "row",
    [(*one, "signed-*") for one in RIGHT] + [("jwt", lines, "key-sets") for lines in ("", ES256, EDDSA)],
)
def test_a_right_target_is_proven_with_each_seed(
    tmp_path: Path, row: tuple[str, str, str], language: str, seed: int
) -> None:
    """Whatever the algorithm; and so it is while the key set fails."""
    kind, lines, only = row
    report = shop(tmp_path, kind, lines, only).verified(LANGUAGES[language], only=only, seed=seed)
    assert "proven" == report["verdict"], report["findings"]


@pytest.mark.parametrize(("lines", "expected"), [(HS256, "proven"), (f'{HS256}audience = "shop"\n', "broken")])
def test_who_shares_a_secret_looks_at_an_audience_that_the_settings_name(
    tmp_path: Path, lines: str, expected: str
) -> None:
    """A target that takes each token under its secret is right until the table has an audience."""
    report = shop(tmp_path, "jwt", lines).verified(PYTHON, "no-audience")
    assert expected == report["verdict"], report["findings"]


@pytest.mark.parametrize(("lines", "expected"), [("", True), (HS256, False)])
def test_who_shares_a_secret_asks_for_no_key_set(tmp_path: Path, lines: str, *, expected: bool) -> None:
    """So no case breaks one: what is answered then has nothing to do with it."""
    shop(tmp_path, "jwt", lines)
    contract = load(tmp_path / "bothends.toml")
    assert expected == any(key_set_cases(contract, contract.operations[0]))


@pytest.mark.parametrize(("row", "language"), list(rows()))
def test_a_bug_is_found(tmp_path: Path, row: tuple[str, str, str, str], language: str) -> None:
    """By the case that tries it."""
    bug, kind, lines, case = row
    only = "key-sets" if bug == "open-without-keys" else "signed-*"
    report = shop(tmp_path, kind, lines, only).verified(LANGUAGES[language], bug, only=only)
    assert "broken" == report["verdict"]
    cases = [name for finding in report["findings"] if finding["severity"] == "error" for name in finding["cases"]]
    assert any(case in name for name in cases), cases


IN_SHORT = {"jwt": "python", "api-key": "node", "basic": "python"}
CALLERS = [
    pytest.param(kind, language, marks=() if language == IN_SHORT[kind] else pytest.mark.long)
    for kind in ("jwt", "api-key", "basic")
    for language in LANGUAGES
]


@pytest.mark.parametrize(("kind", "language"), CALLERS)
@pytest.mark.parametrize(
    ("bug", "laws"),
    [
        ("", set()),
        ("permission-not-checked", {"family-status", "no-event-without-success"}),
        ("sent-although-forbidden", {"no-event-without-success"}),
    ],
)
def test_a_caller_without_permission(tmp_path: Path, kind: str, language: str, bug: str, laws: set[str]) -> None:
    """A known caller who may not is refused with 403, and there is no event."""
    made = Shop(tmp_path, kind, forbidden=True)
    made.write()
    report = made.verified(LANGUAGES[language], bug, only="forbidden")
    assert ("broken" if bug else "proven") == report["verdict"], report["findings"]
    found = {finding["law"] for finding in report["findings"] if finding["severity"] == "error"}
    assert found <= laws
    assert bool(found) == bool(laws)


@pytest.mark.parametrize("only", ["start-and-stop/sigterm-during-ingest", "start-and-stop/sigterm-and-newcomers"])
def test_equal_events_of_requests_under_way_are_not_one(tmp_path: Path, only: str) -> None:
    """Callers in turn send requests that are equal, and nothing in the events tells them apart: none is lost."""
    report = shop(tmp_path, "basic", "", only).verified(PYTHON, only=only)
    assert ("proven", []) == (report["verdict"], [f for f in report["findings"] if f["severity"] == "error"])
