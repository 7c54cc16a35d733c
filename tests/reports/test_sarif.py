"""SARIF: valid by the schema of OASIS, and read by a reader; each finding at its line, with its law."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import jsonschema
from sarif_pydantic import Sarif

from bothends.contract import load
from bothends.engine.events import RunFinished
from bothends.errors import Location
from bothends.records import NotProven
from bothends.reports.law_pages import law_page
from bothends.reports.sarif import SarifResult, SarifRule, sarif_log
from bothends.reports.sarif_report import FINGERPRINT, SarifReport, sarif_of
from tests.reports.html_run import HOSTILE, full_run

if TYPE_CHECKING:
    from tests.reports.conftest import Samples

ROOT = Path(__file__).parents[2]
# oasis-tcs/sarif-spec, sarif-2.1/schema: as it is published.
SCHEMA = json.loads(Path(__file__).with_name("sarif-schema-2.1.0.json").read_text("utf-8"))


def read(text: str) -> dict[str, Any]:
    """Return the only run of a log, which is valid and can be read."""
    log = json.loads(text)
    jsonschema.Draft4Validator(SCHEMA).validate(log)
    assert 1 == len(Sarif.model_validate(log).runs)
    run: dict[str, Any] = log["runs"][0]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["ruleId"] for one in run["results"]]
    return run


def reported(samples: Samples, **changes: Any) -> dict[str, Any]:
    """Return the run of a log of all that a report can have, below the root of this checkout."""
    *_, last = full_run(samples)
    assert isinstance(last, RunFinished)
    surroundings = replace(samples.surroundings, contract=load(ROOT / "bothends.toml"))
    with mock.patch.dict("os.environ", {"GITHUB_WORKSPACE": str(ROOT)}):
        return read(sarif_of(replace(last.summary, **changes), samples.started(), surroundings))


def test_each_finding_is_a_result_at_its_line(samples: Samples) -> None:
    """Level, place, operation, ID; a warning is one; the law says what it demands, and why."""
    run = reported(samples)
    first, *_ = run["results"]
    assert ("nothing-dropped", "error", "fail") == (first["ruleId"], first["level"], first["kind"])
    assert {FINGERPRINT: "3f9a1c"} == first["partialFingerprints"]
    (place,) = first["locations"]
    line = place["physicalLocation"]["region"]["startLine"]
    assert "post:" == (ROOT / "openapi.yaml").read_text("utf-8").splitlines()[line - 1].strip()
    assert {"uri": "openapi.yaml", "uriBaseId": "%SRCROOT%"} == place["physicalLocation"]["artifactLocation"]
    assert ["postRoute"] == [one["fullyQualifiedName"] for one in place["logicalLocations"]]
    assert first["message"]["text"].splitlines() == [
        "The ingest drops a part of the event.",
        "promised: the consumer receives what was sent",
        "happened: /appSettings is dropped",
        "while the ingest fails once",
        "replay: bothends replay 3f9a1c",
    ]
    (rule,) = (rule for rule in run["tool"]["driver"]["rules"] if rule["id"] == "nothing-dropped")
    page = law_page("nothing-dropped")
    assert page is not None
    assert (page.demands, page.why) == (rule["shortDescription"]["text"], rule["fullDescription"]["text"])
    assert page.example in rule["help"]["text"]
    (warning,) = (one for one in run["results"] if one.get("partialFingerprints") == {FINGERPRINT: "feed0001"})
    assert ("warning", True) == (warning["level"], warning["properties"]["flaky"])


def test_a_law_has_its_page_where_there_is_a_documentation(samples: Samples) -> None:
    """The address of the documentation is that of the distribution; where that names none, nothing is made up."""
    assert not [rule for rule in reported(samples)["tool"]["driver"]["rules"] if "helpUri" in rule]
    with mock.patch("bothends.reports.law_pages.project_url", return_value="https://bothends.example/docs/"):
        rules = reported(samples)["tool"]["driver"]["rules"]
    pages = {rule["id"]: rule.get("helpUri") for rule in rules}
    assert "https://bothends.example/docs/reference/laws.html#nothing-dropped" == pages["nothing-dropped"]
    assert pages["not-proven"] is None


def test_an_accepted_finding_is_suppressed_until_its_day(samples: Samples) -> None:
    """It is told with the reason of its entry; one whose entry has expired is told as any other."""
    run = reported(samples)
    (known,) = (one for one in run["results"] if "suppressions" in one)
    assert {FINGERPRINT: "feed0002"} == known["partialFingerprints"]
    assert [{"kind": "external", "status": "accepted", "justification": "the vendor mends it in May"}] == known[
        "suppressions"
    ]
    *_, last = full_run(samples)
    assert isinstance(last, RunFinished)
    expired = tuple(replace(one, expired=True) for one in last.summary.known)
    assert not [one for one in reported(samples, known=expired)["results"] if "suppressions" in one]


def test_what_was_not_seen_is_open(samples: Samples) -> None:
    """No law is broken by it: it has no level, and the place where the contract declares it."""
    item = NotProven("answer 504", "No exchange was answered so.", where=f"{ROOT / 'openapi.yaml'}:31 /paths")
    run = reported(samples, not_proven=(samples.not_proven(), item))
    without, placed = (one for one in run["results"] if one["kind"] == "open")
    assert ("not-proven", "none", False) == (without["ruleId"], without["level"], "locations" in without)
    assert placed["message"]["text"].startswith("not proven: answer 504\nNo exchange was answered so.")
    assert 31 == placed["locations"][0]["physicalLocation"]["region"]["startLine"]


def test_how_the_run_went(samples: Samples) -> None:
    """A run that came to its end was successful, whatever it found; else the reason is told."""
    (ended,) = reported(samples)["invocations"]
    assert (True, 1) == (ended["executionSuccessful"], ended["exitCode"])
    (failed,) = reported(samples, target_failure=f"It died of {samples.event_key}.", interrupted=True)["invocations"]
    assert (False, 130) == (failed["executionSuccessful"], failed["exitCode"])
    told = [(one["level"], one["message"]["text"]) for one in failed["toolExecutionNotifications"]]
    assert [("error", "The target failed: It died of [hidden]."), ("error", "The run was interrupted.")] == told


def test_no_reader_makes_anything_of_a_text_of_the_target() -> None:
    """No link, and no place for an argument; a place in a folder elsewhere is an address of its own."""
    rule = SarifRule("r", "error", "It is so.")
    texts = ["[PROVEN](https://evil.example)", "{0} {x}", HOSTILE["ansi"], HOSTILE["surrogate"]]
    where = Location(Path("/a folder/b#c.yaml"), line=3)
    text = sarif_log([rule], [SarifResult("r", "error", one, where=where) for one in texts])
    assert text.replace("\n", "").isprintable()
    results = read(text)["results"]
    (place,) = results[0]["locations"]
    assert ["\\[PROVEN](https://evil.example)", "{{0}} {x}"] == [one["message"]["text"] for one in results[:2]]
    assert {"uri": "file:///a%20folder/b%23c.yaml"} == place["physicalLocation"]["artifactLocation"]


def test_there_are_no_secrets_in_it(samples: Samples, tmp_path: Path) -> None:
    """What the run knows, and what the finding's request was signed in with."""
    finding = samples.finding(actual=f"{samples.event_key} {samples.cookie}")
    report = SarifReport(tmp_path / "r.sarif", samples.surroundings)
    for event in samples.run(samples.summary(finding)):
        report.handle(event)
    report.close()
    text = (tmp_path / "r.sarif").read_text("utf-8")
    assert (False, False, True) == (samples.event_key in text, samples.cookie in text, "[hidden]" in text)
