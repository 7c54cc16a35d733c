"""The file of known findings: what it says, and what is told of one that is wrong, with its line."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from bothends.contract.settings import Settings, read_known
from bothends.errors import ContractError
from bothends.records import KnownFinding

if TYPE_CHECKING:
    from pathlib import Path

LAWS = ("one-event", "event-schema", "schemathesis")

RIGHT = """\
# why we live with these
[[known]]
id = "3f9a1c2b7d"
reason = "the vendor mends it"
expires = 2030-05-31

[[known]]  # by what it is
law = "one-event"
operation = "placeOrder"
cause = "two events"
status = "201"
case = ""
reason = "issue 12"
expires = 2031-01-01
"""


def settings(folder: Path, text: str | None, name: str = "known-findings.toml") -> Settings:
    """Return settings beside which there is such a file."""
    if text is not None:
        (folder / name).write_text(text)
    return Settings(file=folder / "bothends.toml", spec=folder / "openapi.yaml")


def test_it_is_read_where_it_is_beside_the_settings(tmp_path: Path) -> None:
    """Each table is an entry, known by an ID or by all that an ID is made of."""
    assert (
        KnownFinding("the vendor mends it", date(2030, 5, 31), id="3f9a1c2b7d", line=2),
        KnownFinding("issue 12", date(2031, 1, 1), "", "one-event", "placeOrder", "two events", "201", "", 7),
    ) == read_known(settings(tmp_path, RIGHT), LAWS)


def test_without_one_nothing_is_known(tmp_path: Path) -> None:
    """No file, and an empty one, name no finding."""
    assert () == read_known(settings(tmp_path, None), LAWS)
    assert () == read_known(settings(tmp_path, ""), LAWS)


def test_one_that_is_named_must_be_there(tmp_path: Path) -> None:
    """A name that leads nowhere is a mistake of the settings."""
    named = Settings(tmp_path / "bothends.toml", tmp_path / "openapi.yaml", known_findings=tmp_path / "known.toml")
    with pytest.raises(ContractError, match="The file of known findings does not exist"):
        read_known(named, LAWS)
    (tmp_path / "known.toml").write_text(RIGHT)
    assert 2 == len(read_known(named, LAWS))


WRONG = [
    ("known = 3", "1 known", "'known' is not a list of tables."),
    ("\nfindings = []", "2 findings", "'findings' is not a key of the file of known findings."),
    ('[[known]]\nid = "3f9a1c2b7d"\nreson = "x"', "3 known.reson", "'reson' is not a key of a known finding."),
    ('[[known]]\nreason = "x"', "1 known.id", "The entry names no finding."),
    ('[[known]]\nlaw = "l"\n\nid = "a"\ncause = "c"', "4 known.id", "The entry has both an ID and 'law'."),
    ('[[known]]\nlaw = "one-event"\nreason = "x"', "2 known.law", "'cause' is missing."),
    ('[[known]]\ncause = "c"\nreason = "x"', "1 known.law", "'law' is missing."),
    ('[[known]]\nlaw = "one-event"\ncause = "c"', "2 known.law", "'operation', 'status' and 'case' are missing: the"),
    (
        '[[known]]\nlaw = "one-event"\ncause = "c"\noperation = "a"\nstatus = ""',
        "2 known.law",
        "'case' is missing: the entry would accept new findings as well.",
    ),
    ('[[known]]\nid = "3f9a1c2b"', "2 known.id", "'3f9a1c2b' is no ID of a finding, or one of an earlier version."),
    ("[[known]]\nid = 7", "2 known.id", "'id' is 7."),
    ('[[known]]\nid = " "', "2 known.id", "'id' is ' '."),
    ('[[known]]\nlaw = "event-shema"\ncause = "c"', "2 known.law", "'event-shema' is not a law."),
    ('[[known]]\nid = "3f9a1c2b7d"', "1 known.reason", "'reason' is missing."),
    ('[[known]]\nid = "3f9a1c2b7d"\nreason = "x"', "1 known.expires", "'expires' is missing."),
    (
        '[[known]]\nid = "3f9a1c2b7d"\nreason = "x"\nexpires = "2030-01-01"',
        "4 known.expires",
        "'expires' is '2030-01-01'.",
    ),
    (
        '[[known]]\nid = "3f9a1c2b7d"\nreason = "x"\nexpires = 2030-01-01T00:00:00Z',
        "4 known.expires",
        "'expires' is 2030",
    ),
    (f'{RIGHT}\n[[known]]\nid = "3f9a1c2b7d"\nreason = "x"\nexpires = 2030-01-01', "16 known", "Line 2 already"),
    ('known = [{id = "3f9a1c2b7d"}]', "1 known.reason", "'reason' is missing."),
    ("[[known]]\nid = ", "2 ", "The file of known findings is not TOML"),
]


@pytest.mark.parametrize(("text", "where", "problem"), WRONG, ids=[problem for _, _, problem in WRONG])
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, where: str, problem: str) -> None:
    """What is wrong, and in which line."""
    with pytest.raises(ContractError) as told:
        read_known(settings(tmp_path, text), LAWS)
    location = told.value.where
    assert location is not None
    assert where == f"{location.line} {location.pointer}"
    assert problem in told.value.problem


def test_a_law_that_is_misspelt_is_told_which_was_meant(tmp_path: Path) -> None:
    """What names no law would never match a finding; a generator's check is named after the generator."""
    others = 'cause = "c"\noperation = "*"\nstatus = "*"\ncase = "*"\nreason = "x"\nexpires = 2030-01-01'
    entry = f'[[known]]\nlaw = "{{}}"\n{others}'
    with pytest.raises(ContractError) as told:
        read_known(settings(tmp_path, entry.format("event-shema")), LAWS)
    assert "Did you mean 'event-schema'?" == told.value.advice
    check = "schemathesis:negative_data_rejection"
    assert [check] == [one.law for one in read_known(settings(tmp_path, entry.format(check)), LAWS)]


def test_an_entry_of_an_earlier_version_is_told_the_lines_to_write(tmp_path: Path) -> None:
    """Law and cause alone would accept a bug in another operation: what accepts that all the same is a line away."""
    old = '[[known]]\nlaw = "one-event"\ncause = "c"\nreason = "x"\nexpires = 2030-01-01\n'
    with pytest.raises(ContractError) as told:
        read_known(settings(tmp_path, old), LAWS)
    lines = ('operation = "*"', 'status = "*"', 'case = "*"')
    assert told.value.expected.endswith(f"{', '.join(lines)}, which accept all of them, and each report counts them")
    (entry,) = read_known(settings(tmp_path, old + "\n".join(lines)), LAWS)
    assert entry.broad
