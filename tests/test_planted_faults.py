"""Faults planted in the reference: the whole command line finds each, and names the law, or the pact."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.in_process import bothends

ROOT = Path(__file__).resolve().parent.parent

# Each fault, the law that must name it, and the cases that are enough to see it.
FAULTS = {
    "another_name": ("own-event", "crowd/distinct-users"),
    "boolean_true": ("answer-schema", "success/usual"),
    "cached_settings": ("provenance", "success"),
    "errors_as_json": ("declared-media-type", "signed-out/no-session"),
    "event_again_later": ("one-event", "success/usual"),
    "event_twice": ("one-event", "success/usual"),
    "event_without_session": ("no-event-without-success", "signed-out/no-session"),
    "malformed_is_500": ("family-status", "malformed-body/bare-word"),
    "no_timeout": ("answered-in-time", "upstream-timeout/ingest-hangs"),
    "refused_yet_sent": ("no-event-without-success", "invalid-body/just-null"),
    "seconds": ("nothing-dropped", "success/usual"),
    "settings_at_top": ("nothing-dropped", "success/usual"),
    "swallowed_failure": ("event-for-success", "upstream-unreachable"),
}
# Those that the quick profile finds as well.
QUICK = sorted(FAULTS.keys() - {"event_again_later", "no_timeout"})
MEASURED = {"event_without_session", "no_timeout", "seconds"}
"""Those in which a run does what it does in no other; the lines of the others are measured with these."""

# Their events name no caller. Whose they are is a guess, which must make no finding of its own.
NAMELESS = {"event_without_session"}

# Each fault of the event that breaks what its consumer relies on: what the worker's pact promised, and what happened.
PACT_FAULTS = {
    "event_field_dropped": ("$: the key user", "$: missing (other keys: id)"),
    "event_field_moved": ("$.user: the key name", "$.user: missing"),
    "event_field_renamed": ("$.data: the key appSettings", "$.data: missing (other keys: settings)"),
    "event_field_retyped": (
        '$.data.appSettings.features: {"beta":true,"dark":false} (of the type Object)',
        "$.data.appSettings.features: [",
    ),
    "event_not_sent": ("an event", "no event was sent"),
    "settings_at_top": ("$: the key data", "$: missing (other keys: id)"),
}


def verify(fault: str, only: str | None, report: Path) -> tuple[int, dict[str, Any]]:
    """Run `bothends verify` on the reference with a fault in it; return the exit code and the report."""
    command = [
        *("verify", "--profile", "quick", "--json", str(report)),
        *("--command", f"python {Path('tests', 'planted', fault)}.py", "--env", f"PYTHONPATH={ROOT}"),
        *(("--only", only) if only else ()),
    ]
    done = bothends(ROOT, *command)
    assert done.stderr == ""
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))


def test_each_planted_fault_has_its_test() -> None:
    """No fault is planted that no test looks for."""
    assert {path.stem for path in (ROOT / "tests" / "planted").glob("*.py")} == set(FAULTS) | set(PACT_FAULTS)


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=() if fault in MEASURED else pytest.mark.unmeasured) for fault in FAULTS]
)
def test_planted_fault_is_found_and_its_law_named(fault: str, tmp_path: Path) -> None:
    """The run is broken, exit code 1, and a finding of the right law can be replayed."""
    assert_found(fault, FAULTS[fault][1], tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("fault", QUICK)
def test_a_quick_run_finds_it_and_names_its_law(fault: str, tmp_path: Path) -> None:
    """Whatever the cases: the fault is found among all of them, and told as in a few."""
    assert_found(fault, None, tmp_path)


def assert_found(fault: str, only: str | None, folder: Path) -> None:
    """Assert that a run finds a fault, by the law that is to name it."""
    law, _ = FAULTS[fault]
    code, report = verify(fault, only, folder / "report.json")
    found = {finding["law"]: finding for finding in report["findings"] if finding["severity"] == "error"}
    assert (code, report["verdict"]) == (1, "broken")
    assert law in found, found
    if fault in NAMELESS:
        assert [law] == list(found), found
    assert found[law]["replay"].startswith("bothends replay ")


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, marks=() if fault in {"event_field_renamed", "event_not_sent"} else pytest.mark.long)
        for fault in PACT_FAULTS
    ],
)
def test_a_pact_that_a_planted_fault_breaks_is_named_and_replayed(fault: str, tmp_path: Path) -> None:
    """The message pact is named, with what it promised beside what happened; the replay finds the cause again."""
    promised, happened = PACT_FAULTS[fault]
    for name in ("openapi.yaml", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    (tmp_path / "bothends.toml").write_text(settings.replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n'), "utf-8")
    report = tmp_path / "report.json"
    target = ("--command", f"python tests/planted/{fault}.py", "--env", f"PYTHONPATH={ROOT}")
    code, page = page_of(tmp_path, "verify", "--seed", "7", "--only", "pact", "--json", str(report), *target)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    # What is wrong with the event may break a law first: then the pact stands below that, told as fully.
    cause, told = next((f, one) for f in findings for one in (f, *f["consequences"]) if is_the_workers(one))
    assert (1, promised, True) == (code, told["expected"], told["actual"].startswith(happened))
    lines = (f"pact: {told['summary']}", f"promised  {promised}", f"happened  {happened}")
    assert re.search(r".*\n *".join(map(re.escape, lines)), page), page
    code, page = page_of(tmp_path, *cause["replay"].split()[1:])
    assert (1, True) == (code, f"error: {cause['law']}: {cause['summary']}" in page)


def is_the_workers(told: dict[str, Any]) -> bool:
    """Return whether the pact of the event's consumer is what is broken."""
    return told["law"] == "pact" and "pact of worker" in told["summary"] and "worker-route.json" in told["summary"]


def page_of(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run a command in a folder; return its exit code and its page."""
    done = bothends(folder, *arguments)
    assert done.stderr == ""
    return done.returncode, done.stdout
