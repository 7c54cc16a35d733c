"""Behind each law a fault: planted in the reference, found by the whole command line, and named by that law."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bothends.laws import judged_laws
from tests.in_process import bothends
from tests.test_planted_faults import FAULTS as REFERENCE_FAULTS

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "tests" / "planted" / "laws"

# Each fault, the law that names it, and what is enough to see it.
FAULTS = {
    "acknowledged_first": ("acknowledged-first", "success/usual"),
    "allow_told": ("allow-told", "methods/get"),
    "answered": ("answered", "malformed-body/bare-word"),
    "declared_status": ("declared-status", "fuzz-valid --fail-fast"),
    "drains": ("drains", "start-and-stop/sigterm-during-ingest"),
    "event_in_time": ("event-in-time", "upstream-timeout/settings-hangs"),
    "event_media_type": ("event-media-type", "success/usual"),
    "event_schema": ("event-schema", "success/usual"),
    "http_status": ("http-status", "framing/no-host"),
    "no_phantom": ("no-phantom", "crowd/distinct-users"),
    "no_secret_in_answer": ("no-secret-in-answer", "malformed-body/bare-word"),
    "no_secret_in_event": ("no-secret-in-event", "success/usual"),
    "no_secret_upstream": ("no-secret-upstream", "success/usual"),
    "no_server_error": ("no-server-error", "methods/overridden-by-get"),
    "not_executed": ("not-executed", "framing/length-with-plus"),
    "one_request": ("one-request", "framing/coding-unknown-beside-a-length"),
    "own_identity": ("own-identity", "odd-headers/request-id"),
    "isolates_faults": ("isolates-faults", "upstream-wrong"),
    "keeps_no_cookies": ("keeps-no-cookies", "upstream-odd/settings-sets-a-cookie"),
    "plain_acknowledgement": ("as-promised", "odd-acknowledgement/ingest-answers-202"),
    "problem_status": ("problem-status", "signed-out/no-session"),
    "recovers": ("recovers", "upstream-timeout/settings-hangs"),
    "reuses_connections": ("reuses-connections", "crowd"),
    "refuses_first": ("refuses-first", "signed-out/no-session"),
    "refused_undeclared": ("refused-undeclared", "odd-media-types/accept-html"),
    "redirect_not_followed": ("redirect-not-followed", "upstream-wrong/settings-redirects-302"),
    "right_address": ("right-address", "success/usual"),
}

MEASURED = {
    *("acknowledged_first", "allow_told", "answered", "declared_status", "keeps_no_cookies", "no_phantom"),
    *("one_request", "own_identity", "plain_acknowledgement", "redirect_not_followed", "refused_undeclared"),
}
"""Those in which a run does what it does in no other; the lines of the others are measured with these."""


@pytest.mark.parametrize(
    "fault", [pytest.param(fault, marks=() if fault in MEASURED else pytest.mark.unmeasured) for fault in FAULTS]
)
def test_the_fault_is_found_and_its_law_named(fault: str, tmp_path: Path) -> None:
    """An error makes the run broken; a warning stands beside a contract that is otherwise kept."""
    law, only = FAULTS[fault]
    report = tmp_path / "report.json"
    command = [
        *("verify", "--seed", "1", "--json", str(report), "--only", *only.split()),
        *("--command", f"python tests/planted/laws/{fault}.py", "--env", f"PYTHONPATH={ROOT}"),
    ]
    done = bothends(ROOT, *command)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    found = {f["law"]: f["severity"] for f in findings}
    # What follows from a finding, as any wrong answer may break two laws, stands below it.
    assert law in {*found, *(one["law"] for f in findings for one in f["consequences"])}, found
    assert (1 if "error" in found.values() else 0) == done.returncode


@pytest.mark.parametrize(
    ("fault", "promise", "law", "only"),
    [
        (
            "plain_acknowledgement",
            "exact_acknowledgement",
            "plain-acknowledgement",
            "odd-acknowledgement/ingest-answers-202",
        ),
        ("refuses_first", "refuses_first", "untouched-when-refused", "signed-out/no-session"),
    ],
)
def test_without_the_promise_it_is_a_warning(fault: str, promise: str, law: str, only: str, tmp_path: Path) -> None:
    """What correct targets do breaks a contract that forbids it, and no other."""
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8").replace(f"{promise} = true\n", "")
    for name in ("openapi.yaml", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    config, report = tmp_path / "bothends.toml", tmp_path / "report.json"
    config.write_text(settings.replace("\n[target]\n", f'\n[target]\ncwd = "{ROOT}"\n'), encoding="utf-8")
    command = [
        *("verify", "--config", str(config), "--json", str(report)),
        *("--seed", "1", "--only", only),
        *("--command", f"python tests/planted/laws/{fault}.py", "--env", f"PYTHONPATH={ROOT}"),
    ]
    done = bothends(ROOT, *command)
    findings = json.loads(report.read_text(encoding="utf-8"))["findings"]
    assert (0, [(law, "warning")]) == (done.returncode, [(f["law"], f["severity"]) for f in findings])


def test_a_header_that_is_not_there_is_told_by_the_law_and_not_once_more(tmp_path: Path) -> None:
    """A header that the spec declares as required is not there: what Schemathesis says of it is the same."""
    for name in ("bothends.toml", "openapi.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text("utf-8"), "utf-8")
    change(tmp_path / "bothends.toml", 'pacts = "contracts/pacts"\n', "")
    change(tmp_path / "bothends.toml", "\n[target]\n", f'\n[target]\ncwd = "{ROOT}"\n')
    told = "description: The ingest has acknowledged the event.\n"
    header = "          headers: {X-Request-Id: {required: true, schema: {type: string}}}\n"
    change(tmp_path / "openapi.yaml", told, told + header)
    command = ["verify", "--seed", "1", "--only", "fuzz-valid"]
    command += ["--max-examples", "10", "--json", "report.json"]
    done = bothends(tmp_path, *command)
    (finding,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["findings"]
    assert (1, "answer-headers") == (done.returncode, finding["law"])


def change(file: Path, old: str, new: str) -> None:
    """Change a file's text; the old one must be there."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), "utf-8")


def test_no_law_is_without_a_planted_fault() -> None:
    """Behind each law that is there, some whole-CLI test plants a fault."""
    found = {law for law, _ in (*FAULTS.values(), *REFERENCE_FAULTS.values())}
    # With the promise and without it, these are the same faults.
    without = {"untouched-when-refused", "plain-acknowledgement"}
    # This contract says how it refuses, so that the law on that answer speaks: see tests/verdicts/security.
    without.add("sign-in-demanded")
    # No token of this contract's sessions names an address of the world: see tests/sign_in.
    without.add("key-address-not-called")
    # Its answer waits for the event, so that to follow any redirect is an error: see tests/judged.
    without |= {"no-credential-elsewhere", "ingest-redirect"}
    # This contract says nothing of attempts, as its answer waits for the event: see tests/deliveries.
    without |= {"attempted-again", "attempted-once", "same-identity", "first-attempt-in-time", "waits-as-asked"}
    # This contract asks for no signature: see tests/signatures.
    without |= {"authentic", "signature-timestamp", "signature-identity"}
    # No answer of this contract has an `x-from`, and each value of its event has one: see tests/ties.
    without |= {"answer-provenance", "own-text"}
    # Nor does its callback declare headers: see tests/signatures.
    without.add("event-headers")
    # Nor have its answers: see above, and tests/judged/test_tags.py.
    without |= {"answer-headers", "strong-tag", "not-modified"}
    # None of its operations reads an object: see tests/judged/test_histories.py; of If-Match, tests/histories.
    without |= {"one-order", "read-not-older", "gone-stays-gone", "event-of-one-write", "write-has-event"}
    without |= {"no-event-of-refused-write", "state-equals-events", "no-lost-update"}
    # Nor does its target say that it keeps something over a kill: see tests/judged/test_crashes.py.
    without.add("write-survives")
    # Its callers sign in with a cookie: see tests/laws.
    without.add("challenge-told")
    # This contract has no key: see tests/idempotency.
    without |= {"one-event-per-key", "first-answer-again", "key-refusals", "another-key", "key-of-its-caller"}
    # Nor has an answer of it a value that is new: see tests/judged/test_scopes_of_keys.py.
    without |= {"key-scope", "key-free-again", "new-value"}
    # No path of this contract has an id: see tests/plain.
    without.add("there-all-the-time")
    # Nor has an object of it states: see tests/judged/test_transitions.py.
    without |= {"leads-to-its-state", "refused-changes-nothing"}
    # Nor does an operation of it make registrations: see tests/judged/test_registrations.py.
    without |= {"event-at-each-address", "no-event-after-the-end"}
    advice = "plant a fault in tests/planted/laws, with a row in FAULTS, or say above where else one is"
    assert {law.name for law in judged_laws()} | {"no-phantom", "isolates-faults"} == found | without, advice


def test_each_planted_fault_has_its_test() -> None:
    """No fault is planted that no test looks for."""
    assert {path.stem for path in PLANTED.glob("*.py")} == set(FAULTS)
