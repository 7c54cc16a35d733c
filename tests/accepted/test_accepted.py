"""`bothends accept` accepts one thing, and what is new breaks the run: the whole command."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from tests.accepted.project import KINDS, MEMBERS, TERMS, Ended, accept, verify, write
from tests.in_process import bothends

if TYPE_CHECKING:
    from pathlib import Path

NULL = "lamps.note.400"
CASE = ("lamps", "400", "success/lamps.note-null")
BROAD = """\
[[known]]
law = "family-status"
operation = "*"
cause = "400 instead of a success: the body"
status = "400"
case = "success/*"
reason = "Written by a person."
expires = 2099-12-31
"""


def shown(ended: Ended) -> set[tuple[str, str, str]]:
    """Return operation, status and case of each error that is not accepted."""
    return {(operation, status, case) for operation, status, case, _ in ended.instances}


def test_a_right_target_is_proven(tmp_path: Path) -> None:
    """It takes each `null`."""
    ended = verify(tmp_path)
    assert (0, set()) == (ended.code, shown(ended)), ended.out


def test_what_is_new_is_broken_beside_what_is_accepted(tmp_path: Path) -> None:
    """A bug of the same law and cause in another operation, in another member, or with another status is new."""
    first = verify(tmp_path, NULL)
    assert (1, {CASE}) == (first.code, shown(first)), first.out
    assert "1 finding accepted" in accept(tmp_path)
    (entry,) = tomllib.loads((tmp_path / "known-findings.toml").read_text("utf-8"))["known"]
    assert CASE == (entry["operation"], entry["status"], entry["case"])
    known = verify(tmp_path, NULL)
    assert (0, set()) == (known.code, shown(known)), known.out
    for bug, new in (
        ("pens.note.400", ("pens", "400", "success/pens.note-null")),
        ("lamps.colour.400", ("lamps", "400", "success/lamps.colour-null")),
    ):
        ended = verify(tmp_path, NULL, bug)
        assert (1, {new}) == (ended.code, shown(ended)), ended.out
    other = verify(tmp_path, "lamps.note.500")
    assert (1, {("lamps", "500", "success/lamps.note-null")}) == (other.code, shown(other)), other.out


def test_a_leak_in_each_answer_is_one_thing_for_each_place(tmp_path: Path) -> None:
    """One entry accepts a secret in a member of an answer, whichever case shows it; in another member it is new."""
    first = verify(tmp_path, "lamps.label.secret")
    assert (1, {("lamps", "201", "")}) == (first.code, shown(first)), first.out
    assert "1 finding accepted" in accept(tmp_path)
    assert 0 == verify(tmp_path, "lamps.label.secret").code
    ended = verify(tmp_path, "lamps.label.secret", "lamps.shelf.secret")
    assert (1, {("lamps", "201", "")}) == (ended.code, shown(ended)), ended.out
    assert ["a key or secret of the target (/shelf)"] == [finding["cause"] for finding in ended.errors]


def test_one_of_several_is_accepted_by_its_id(tmp_path: Path) -> None:
    """The others stay new, and each has an ID that is the same in each run and can be replayed."""
    bugs = (NULL, "lamps.colour.400")
    ended = verify(tmp_path, *bugs)
    ids = {case: name for _, _, case, name in ended.instances}
    assert {"success/lamps.note-null", "success/lamps.colour-null"} == ids.keys()
    for name in ids.values():
        assert name in ended.out
        assert 1 == bothends(tmp_path, "replay", name).returncode
    assert "1 finding accepted" in accept(tmp_path, ids["success/lamps.colour-null"])
    again = verify(tmp_path, *bugs, words=("--only", "success", "--seed", "2"))
    assert (1, {(*CASE, ids[CASE[2]])}) == (again.code, again.instances), again.out
    assert "1 finding accepted" in accept(tmp_path, ids[CASE[2]])
    assert 0 == verify(tmp_path, *bugs).code
    unknown = bothends(tmp_path, "accept", "0123456789", *TERMS)
    assert 2 == unknown.returncode
    assert "The last run has found nothing with the ID '0123456789'." in unknown.stderr
    assert "run bothends verify as before, then accept." in unknown.stderr


def test_what_a_person_accepts_more_widely_is_counted(tmp_path: Path) -> None:
    """An entry with stars covers several findings, and the report says how many; another status is new."""
    (tmp_path / "known-findings.toml").write_text(BROAD, "utf-8")
    ended = verify(tmp_path, NULL, "pens.note.400", "cups.colour.400")
    assert 0 == ended.code, ended.out
    assert "known: 3 findings are covered by the entry in line 1, family-status: 400 instead of a success" in ended.out
    assert [(True, 3)] == [(known["broad"], len(known["findings"])) for known in ended.report["known"]]
    other = verify(tmp_path, NULL, "pens.note.500")
    assert (1, {("pens", "500", "success/pens.note-null")}) == (other.code, shown(other)), other.out


def test_an_entry_of_an_earlier_version_is_an_error(tmp_path: Path) -> None:
    """Law and cause alone say too little: nothing runs, and the lines to write are told."""
    old = "".join(line for line in BROAD.splitlines(keepends=True) if "*" not in line and not line.startswith("status"))
    (tmp_path / "known-findings.toml").write_text(old, "utf-8")
    write(tmp_path)
    done = bothends(tmp_path, "verify")
    assert (2, "") == (done.returncode, done.stdout)
    assert "known-findings.toml:2 known.law: 'operation', 'status' and 'case' are missing" in done.stderr
    assert 'operation = "*", status = "*", case = "*"' in done.stderr


def test_one_cause_is_one_group(tmp_path: Path) -> None:
    """A `null` in five members of the answers of five operations: each has an ID, and is accepted by itself."""
    bugs = [f"{kind}.{member}.null" for kind, member in zip(KINDS, MEMBERS, strict=True)]
    junit, page = tmp_path / "junit.xml", tmp_path / "report.html"
    words = ("--only", "success", "--seed", "1", "--junit", str(junit), "--html", str(page))
    ended = verify(tmp_path, *bugs, words=words)
    [group] = ended.report["groups"]
    ids = {operation: name for operation, _, _, name in ended.instances}
    assert (1, set(KINDS), set(ids.values())) == (ended.code, set(ids), set(group)), ended.out
    assert 1 == ended.out.count("error: answer-schema: ")
    for text in (ended.out, junit.read_text("utf-8"), page.read_text("utf-8")):
        assert "(5 alike)" in text
        assert all(f"{name}  " in text for name in group[1:])
    assert "1 finding accepted" in accept(tmp_path, ids["cups"])
    again = verify(tmp_path, *bugs)
    assert (1, set(ids.values()) - {ids["cups"]}) == (again.code, {name for *_, name in again.instances}), again.out
    assert [[ids["cups"]], [name for name in group if name != ids["cups"]]] == sorted(again.report["groups"], key=len)


def test_different_causes_are_different_groups(tmp_path: Path) -> None:
    """A `null` in answers, and refusals of a `null` with two statuses: three groups, and one for both operations."""
    ended = verify(tmp_path, "lamps.id.null", "pens.note.400", "cups.colour.400", "hats.note.500")
    shown = {finding["id"]: finding["request"]["target"] for finding in ended.errors}
    groups = sorted(sorted(shown[name] for name in group) for group in ended.report["groups"])
    assert [["/cups", "/pens"], ["/hats"], ["/lamps"]] == groups, ended.out
