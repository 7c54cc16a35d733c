"""The command, as it is called: its outputs, its exit codes, revisions of git, overlays, pacts and accepted breaks."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.diff.table import contract, event, operation
from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NONE = "no break\n"


def _write(folder: Path, name: str, value: Any) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(value, indent=1), "utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with two contracts: of the event of the second, a field may be missing, and a status is gone."""
    new = contract()
    schema = event(new)["requestBody"]["content"]["application/json"]["schema"]
    schema["required"].remove("item")
    operation(new)["responses"].pop("422")
    operation(new)["responses"]["409"] = {"description": "Twice."}
    _write(tmp_path, "old.json", contract())
    _write(tmp_path, "new.json", new)
    return tmp_path


def test_the_text_says_whom_it_breaks_with_both_lines_and_a_value(folder: Path) -> None:
    """Breaks for callers and for consumers, each with its lines; what breaks nobody with --all."""
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 1 == done.returncode
    lines = done.stdout.splitlines()
    assert "BREAKS consumers of event orderPlaced of POST /orders/{id}" in lines
    assert "  /item may now be missing." in lines
    assert "BREAKS callers of POST /orders/{id}" in lines
    shown = next(line for line in lines if line.strip().startswith("allowed now"))
    assert {"id", "kind"} == set(json.loads(shown.split("allowed now")[1]))
    assert any("was          old.json:" in line for line in lines)
    assert any("is           new.json:" in line for line in lines)
    assert "2 breaks: 1 for callers, 1 for consumers; 1 compatible change (shown with --all)" == lines[-1]
    everything = bothends(folder, "diff", "old.json", "new.json", "--all")
    assert "The answer 409 is new." in everything.stdout
    assert 1 == everything.returncode


def test_the_other_direction_breaks_less(folder: Path) -> None:
    """What was dropped from one to the other is new on the way back; the new error is then gone."""
    done = bothends(folder, "diff", "new.json", "old.json")
    assert 1 == done.returncode
    assert "The answer 409 is gone." in done.stdout
    assert "1 break: 1 for callers; " in done.stdout
    same = bothends(folder, "diff", "old.json", "old.json")
    assert (0, NONE) == (same.returncode, same.stdout)


def test_json_has_all_of_it(folder: Path) -> None:
    """Each change with its rule, its lines, its counterexample and its ID."""
    done = bothends(folder, "diff", "old.json", "new.json", "--format", "json")
    found = json.loads(done.stdout)
    assert {"break": 2, "undecided": 0, "compatible": 1, "accepted": 0} == found["counts"]
    by_rule = {each["rule"]: each for each in found["changes"]}
    assert {"presence", "status"} == set(by_rule)
    presence = by_rule["presence"]
    assert ("consumers", "/item", "event") == (presence["audience"], presence["pointer"], presence["part"])
    assert "item" not in presence["counterexample"]
    assert presence["old"]["line"] > 1
    assert presence["new"]["text"].startswith('"required"')
    assert 1 == done.returncode


def test_markdown_and_annotations_say_the_same(folder: Path) -> None:
    """Markdown with a heading for each; GitHub's commands at the new lines."""
    text = bothends(folder, "diff", "old.json", "new.json", "--format", "markdown").stdout
    assert r"## BREAKS consumers of event orderPlaced of POST /orders/\{id\}" in text
    assert "2 breaks: 1 for callers, 1 for consumers" in text
    lines = bothends(folder, "diff", "old.json", "new.json", "--format", "github").stdout.splitlines()
    assert 2 == len(lines)
    assert all(line.startswith("::error file=") and ",line=" in line for line in lines)


def test_bad_input_ends_with_2(folder: Path) -> None:
    """A file that is not there, an operation that neither has, and --accept without its reason."""
    for words in (
        ("old.json", "nowhere.json"),
        ("old.json", "new.json", "--operation", "nope"),
        ("old.json", "new.json", "--accept"),
    ):
        assert 2 == bothends(folder, "diff", *words).returncode


def test_operations_are_chosen(folder: Path) -> None:
    """Only what they reach is compared."""
    done = bothends(folder, "diff", "old.json", "new.json", "--operation", "getOrder")
    assert (0, NONE) == (done.returncode, done.stdout)


def test_an_overlay_is_applied_to_both(folder: Path) -> None:
    """What it takes away from both is no difference."""
    actions = [{"target": "$.paths['/orders/{id}'].post", "remove": True}]
    overlay = {"overlay": "1.0.0", "info": {"title": "-", "version": "1"}, "actions": actions}
    _write(folder, "overlay.json", overlay)
    done = bothends(folder, "diff", "old.json", "new.json", "--overlay", "overlay.json")
    assert (0, NONE) == (done.returncode, done.stdout)


# Revisions of git.


def _git(folder: Path, *words: str) -> None:
    names = ("-c", "user.name=a", "-c", "user.email=a@example.invalid", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *names, *words], cwd=folder, check=True, capture_output=True)


def _committed(folder: Path, *changes: Callable[[Path], Any]) -> None:
    _git(folder, "init", "-q")
    for number, change in enumerate(changes):
        change(folder)
        _git(folder, "add", "-A")
        _git(folder, "commit", "-q", "-m", str(number))


def _split(folder: Path, kind: str) -> None:
    made = contract()
    schema = event(made)["requestBody"]["content"]["application/json"]
    _write(
        folder,
        "api/schemas/event.json",
        {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}}},
    )
    schema["schema"] = {"$ref": "schemas/event.json"}
    _write(folder, "api/openapi.json", made)


def test_references_are_read_at_the_revision(tmp_path: Path) -> None:
    """A schema in another file that has changed since; the lines name the revision."""
    _committed(tmp_path, lambda folder: _split(folder, "a"), lambda folder: _split(folder, "b"))
    done = bothends(tmp_path, "diff", "HEAD~1:api/openapi.json", "api/openapi.json")
    assert 1 == done.returncode
    assert "/kind may now have another value than the old one." in done.stdout
    assert "was          HEAD~1:api/schemas/event.json:" in done.stdout
    assert "is           api/schemas/event.json:" in done.stdout
    between = bothends(tmp_path, "diff", "HEAD:api/openapi.json", "HEAD~1:./api/openapi.json")
    assert 1 == between.returncode
    same = bothends(tmp_path, "diff", "HEAD:api/openapi.json", "api/openapi.json")
    assert (0, NONE) == (same.returncode, same.stdout)
    for name in ("nowhere:api/openapi.json", "HEAD:nowhere.json"):
        assert 2 == bothends(tmp_path, "diff", name, "api/openapi.json").returncode


SETTINGS = """\
spec = "openapi.json"

[world.ingest]
kind = "webhook"
receives = ["orderPlaced"]
{more}

[callbacks.orderPlaced.delivery]
attempts = "{attempts}"
"""


def _with_settings(folder: Path, more: str, attempts: str) -> None:
    _write(folder, "openapi.json", contract())
    (folder / "bothends.toml").write_text(SETTINGS.format(more=more, attempts=attempts), "utf-8")


def test_signatures_and_guarantees_of_the_settings_are_compared(tmp_path: Path) -> None:
    """The settings that lie beside the two revisions: a signature that is gone, and fewer attempts."""
    _committed(
        tmp_path,
        lambda folder: _with_settings(folder, 'signature = "github"', "until-acknowledged"),
        lambda folder: _with_settings(folder, "", "once"),
    )
    done = bothends(tmp_path, "diff", "HEAD~1:openapi.json", "openapi.json")
    assert 1 == done.returncode
    assert 'Events were signed by "github"; they are not.' in done.stdout
    assert "`attempts` was until-acknowledged, and is once." in done.stdout
    assert "2 breaks: 2 for consumers" in done.stdout
    assert "HEAD~1:bothends.toml:6" in done.stdout


# Pacts.


def _pact(consumer: str, interactions: list[Any]) -> Any:
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "shop"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


def test_pacts_tell_breaks_apart(folder: Path) -> None:
    """A break names the pact that relies on it; one that none relies on says so."""
    message = {
        "type": "Asynchronous/Messages",
        "description": "an order was placed",
        "contents": {
            "content": {"kind": "order.placed", "item": "pen"},
            "contentType": "application/json",
            "encoded": False,
        },
    }
    _write(folder, "pacts/packer.json", _pact("packer", [message]))
    (folder / "bothends.toml").write_text('spec = "new.json"\npacts = "pacts"\n', "utf-8")
    done = bothends(folder, "diff", "old.json", "new.json")
    assert "relied on    by packer: pacts/packer.json:" in done.stdout
    assert "relied on    no consumer relies on it" in done.stdout
    assert "2 breaks: 1 for callers, 1 for consumers; 1 relied on by a pact" in done.stdout
    refused = {
        "type": "Synchronous/HTTP",
        "description": "a refused order",
        "request": {"method": "POST", "path": "/orders/1", "query": {"hook": ["http://a.invalid"]}},
        "response": {"status": 422},
    }
    _write(folder, "pacts/shelf.json", _pact("shelf", [refused]))
    done = bothends(folder, "diff", "old.json", "new.json", "--format", "json")
    by_rule = {each["rule"]: each for each in json.loads(done.stdout)["changes"]}
    assert ["shelf"] == [each["consumer"] for each in by_rule["status"]["reliedOnBy"]]
    assert ["packer"] == [each["consumer"] for each in by_rule["presence"]["reliedOnBy"]]


def test_settings_of_another_contract_are_left_alone(folder: Path) -> None:
    """Its operations, overlays and pacts say nothing of the two documents."""
    (folder / "bothends.toml").write_text('spec = "third.json"\npacts = "nowhere"\n', "utf-8")
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 1 == done.returncode
    assert "relied on" not in done.stdout


# Accepted breaks.


def test_breaks_are_accepted_until_a_day(folder: Path) -> None:
    """--accept writes them; from then on they are shown and end nothing; what is new still does."""
    done = bothends(folder, "diff", "old.json", "new.json", "--accept", "--reason", "Told.", "--until", "2099-12-31")
    assert (0, "2 breaks accepted until 2099-12-31, in accepted-breaks.toml\n") == (done.returncode, done.stdout)
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 0 == done.returncode
    assert "ACCEPTED for consumers of event orderPlaced of POST /orders/{id}" in done.stdout
    assert "accepted     Told. (until 2099-12-31)" in done.stdout
    assert "no break; 2 accepted; 1 compatible change" in done.stdout
    new = json.loads((folder / "new.json").read_text("utf-8"))
    operation(new)["responses"].pop("413")
    _write(folder, "new.json", new)
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 1 == done.returncode
    assert "1 break: 1 for callers; 2 accepted" in done.stdout


def test_what_has_expired_breaks_again_and_what_accepts_nothing_is_told(folder: Path) -> None:
    """By rule and subject, and on a day that is past."""
    (folder / "accepted-breaks.toml").write_text(
        '[[accepted]]\nrule = "status"\nsubject = "POST /orders/{id}"\nreason = "Old."\nexpires = 2020-01-01\n\n'
        '[[accepted]]\nid = "00000000"\nreason = "Gone."\nexpires = 2099-01-01\n',
        "utf-8",
    )
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 1 == done.returncode
    assert "note         Accepted until 2020-01-01." in done.stdout
    assert "accepted, and no break any more: line 7 (Gone.)" in done.stdout


@pytest.mark.parametrize(
    "entry",
    [
        'id = "1"\nreason = "a"',
        'id = "1"\nexpires = 2099-01-01',
        'rule = "statuss"\nsubject = "a"\nreason = "a"\nexpires = 2099-01-01',
        'id = "1"\nrule = "status"\nsubject = "a"\nreason = "a"\nexpires = 2099-01-01',
        'id = 1\nreason = "a"\nexpires = 2099-01-01',
        'ids = "1"\nreason = "a"\nexpires = 2099-01-01',
    ],
)
def test_a_wrong_entry_names_its_line(folder: Path, entry: str) -> None:
    """What is missing or misspelt is told with the file and the line."""
    (folder / "accepted-breaks.toml").write_text(f"[[accepted]]\n{entry}\n", "utf-8")
    done = bothends(folder, "diff", "old.json", "new.json")
    assert 2 == done.returncode
    assert "accepted-breaks.toml:" in done.stderr


def test_explain_prints_the_page_of_a_rule(folder: Path) -> None:
    """What it is about and why, and how to accept a break of it."""
    done = bothends(folder, "explain", "event-url")
    assert 0 == done.returncode
    assert "event-url: a rule of diff" in done.stdout
    assert "The URL of a callback is another one." in done.stdout


def test_members_that_nobody_names_count_where_it_is_asked_for(folder: Path) -> None:
    """A field that is new in a closed event breaks a reader that refuses what it does not know: with --strict."""
    closed, more = contract(), contract()
    for each in (closed, more):
        event(each)["requestBody"]["content"]["application/json"]["schema"]["additionalProperties"] = False
    event(more)["requestBody"]["content"]["application/json"]["schema"]["properties"]["colour"] = {"type": "string"}
    _write(folder, "closed.json", closed)
    _write(folder, "more.json", more)
    assert 0 == bothends(folder, "diff", "closed.json", "more.json").returncode
    done = bothends(folder, "diff", "closed.json", "more.json", "--strict")
    assert 1 == done.returncode
    assert "/colour may now be there." in done.stdout


def test_undecided_is_never_no_break(folder: Path) -> None:
    """Two patterns that may be the same are told as undecided; that is a warning, which ends with 0."""
    for name, pattern in (("a.json", "^a$"), ("b.json", "^(a)$")):
        made = contract()
        schema = event(made)["requestBody"]["content"]["application/json"]["schema"]
        schema["properties"]["item"] = {"type": "string", "pattern": pattern}
        _write(folder, name, made)
    done = bothends(folder, "diff", "a.json", "b.json")
    assert 0 == done.returncode
    assert "UNDECIDED for consumers of event orderPlaced" in done.stdout
    assert "no break" not in done.stdout
    assert "1 undecided" in done.stdout


def test_formats_count_where_the_settings_assert_them(folder: Path) -> None:
    """A format that is new on what callers send is a note, unless the settings check formats: then it refuses texts."""
    made = contract()
    schema = operation(made)["requestBody"]["content"]["application/json"]["schema"]
    schema["properties"]["item"]["format"] = "date"
    _write(folder, "dated.json", made)
    assert 0 == bothends(folder, "diff", "old.json", "dated.json").returncode
    (folder / "bothends.toml").write_text('spec = "dated.json"\nformats = "assert"\n', "utf-8")
    done = bothends(folder, "diff", "old.json", "dated.json")
    assert 1 == done.returncode
    assert "/item must now be of another format." in done.stdout
    assert "refused now" in done.stdout


def test_what_cannot_be_read_is_undecided(folder: Path) -> None:
    """A reference that leads nowhere, and a path that is no mapping, on one side only."""
    made = contract()
    event(made)["requestBody"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/None"}
    made["paths"]["/wrong"] = {"get": []}
    _write(folder, "wrong.json", made)
    done = bothends(folder, "diff", "old.json", "wrong.json", "--format", "json")
    found = json.loads(done.stdout)
    assert {"undecided": 2, "break": 0, "compatible": 0, "accepted": 0} == found["counts"]
    assert {"unreadable", "unusable-path"} == {each["rule"] for each in found["changes"]}
    same = bothends(folder, "diff", "wrong.json", "wrong.json")
    assert (0, NONE) == (same.returncode, same.stdout)


def test_what_is_too_deep_is_undecided_and_says_so(folder: Path) -> None:
    """A chain of a hundred references is not followed to its end; nothing is said of it but that."""
    for name, kind in (("a.json", "string"), ("b.json", ["string", "integer"])):
        made = contract()
        chain = {f"D{number}": {"$ref": f"#/components/schemas/D{number + 1}"} for number in range(120)}
        made["components"]["schemas"] = {**chain, "D120": {"type": kind, "minLength": 1}}
        schema = event(made)["requestBody"]["content"]["application/json"]["schema"]
        schema["properties"]["item"] = {"$ref": "#/components/schemas/D0"}
        _write(folder, name, made)
    done = bothends(folder, "diff", "b.json", "a.json")
    assert 0 == done.returncode
    assert "too large or too deep to be argued about" in done.stdout
    assert "no break" not in done.stdout
