"""The bank itself: its mutants are well told, apply to their targets as these are now, and still parse."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bothends.laws import all_laws
from tests.bank.bank import AREAS, ROOT, TARGETS, BankError, Edit, check_syntax, edited, expects, mutants, plant
from tests.bank.trial import DIED

if TYPE_CHECKING:
    from pathlib import Path

ALL = tuple(mutant for target in TARGETS for mutant in mutants(target))
KNOWN_LAWS = {law.name for law in all_laws()} | {DIED}
LEAST = 120


def test_there_are_enough() -> None:
    """The bank has at least the number of mutants that the project promises."""
    assert len(ALL) >= LEAST


@pytest.mark.parametrize("target", TARGETS)
def test_names_are_unique(target: str) -> None:
    """No two mutants of a target have one name, which is in kebab case."""
    names = Counter(mutant.name for mutant in mutants(target))
    assert [] == [name for name, count in names.items() if count > 1]
    assert [] == [name for name in names if not name.replace("-", "").isalnum() or name != name.lower()]


@pytest.mark.parametrize("target", TARGETS)
def test_no_two_make_the_same_edits(target: str) -> None:
    """Each mutant is a bug of its own."""
    edits = Counter(mutant.edits for mutant in mutants(target))
    assert 1 == max(edits.values(), default=1)


@pytest.mark.parametrize("target", TARGETS)
def test_all_areas_have_some(target: str) -> None:
    """The mutants of each target are spread over all areas."""
    assert set(AREAS) == {mutant.area for mutant in mutants(target)}


@pytest.mark.parametrize("target", TARGETS)
def test_each_mutant_is_well_told_and_applies(target: str) -> None:
    """It says what it is, whence it comes and who should name it, and its edits apply to the target as it is."""
    for mutant in mutants(target):
        assert mutant.about.endswith("."), mutant.name
        assert mutant.source.strip(), mutant.name
        assert mutant.laws, mutant.name
        assert set() == set(mutant.laws) - KNOWN_LAWS, mutant.name
        assert edited(mutant), mutant.name


@pytest.mark.parametrize(
    ("law", "expected"),
    [("answered", True), ("schemathesis:use_after_free", True), ("schemathesis", True), ("answered-in-time", False)],
)
def test_a_law_that_was_named(law: str, *, expected: bool) -> None:
    """A law is named by its whole name, but the checks of Schemathesis all at once."""
    assert expected == expects(("answered", "schemathesis"), law)


@pytest.mark.parametrize("target", TARGETS)
def test_sources_still_parse(target: str) -> None:
    """A mutant is a bug of a program, not a text that is none."""
    check_syntax({f"{mutant.name}/{file}": text for mutant in mutants(target) for file, text in edited(mutant).items()})


@pytest.mark.parametrize("target", TARGETS)
def test_planting(target: str, tmp_path: Path) -> None:
    """A planted copy has the target's settings, and differs from the target in the edited files alone."""
    mutant = mutants(target)[0]
    assert plant(mutant, tmp_path).is_file()
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    changed = {
        file.relative_to(tmp_path).as_posix()
        for file in files
        if file.read_bytes() != (ROOT / file.relative_to(tmp_path)).read_bytes()
    }
    assert {edit.file for edit in mutant.edits} == changed


@pytest.mark.parametrize(
    ("file", "find", "told"),
    [
        ("examples/hardened/hardened/app.py", "no such text", "0 times"),
        ("examples/hardened/hardened/app.py", "import", "times, not once"),
        ("examples/hardened/none.py", "import", "is no file"),
    ],
)
def test_an_edit_that_does_not_apply(file: str, find: str, told: str) -> None:
    """A text that stands nowhere or several times in its file, or a file that is not there, is an error."""
    mutant = replace(mutants("hardened")[0], edits=(Edit(file, find, ""),))
    with pytest.raises(BankError, match=told):
        edited(mutant)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [("a.py", "def", "invalid syntax"), ("a.mjs", "const", "SyntaxError"), ("a.toml", "", "neither")],
)
def test_source_that_does_not_parse(name: str, text: str, told: str) -> None:
    """Source that its language can't read is an error that says why."""
    with pytest.raises(BankError, match=told):
        check_syntax({name: text})


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("else.toml", "", "no such area"),
        ("leaks.toml", "[[mutants]]\n", "nothing else"),
        ("leaks.toml", '[[mutant]]\nname = "x"\nabuot = "y"\n', "missing .*unknown"),
    ],
)
def test_a_file_of_another_form(
    file: str, text: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An area that is not known, another table, or a key that is missing or unknown is an error."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / file).write_text(text)
    monkeypatch.setattr("tests.bank.bank.BANK", tmp_path)
    with pytest.raises(BankError, match=told):
        mutants("mine")
