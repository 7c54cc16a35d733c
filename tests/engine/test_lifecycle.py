"""Start and stop: how a launched target begins and ends, by the whole command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bothends.engine.lifecycle import SCENARIOS
from tests.in_process import bothends

ROOT = Path(__file__).resolve().parents[2]


def verify(report: Path, only: str, target: str | None = None, *more: str) -> tuple[int, dict[str, Any]]:
    """Run `bothends verify` on the reference, or on one with a fault; return the exit code and the report."""
    of_target = ("--env", f"PYTHONPATH={ROOT}", "--env", f"TMPDIR={report.parent}")  # one of them keeps an outbox
    planted = ("--command", f"python tests/engine/targets/{target}.py", *of_target)
    words = ("verify", "--seed", "1", "--json", str(report), "--only", only)
    done = bothends(ROOT, *words, *(planted if target else ()), *more)
    assert done.stderr == ""
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.long  # a quick run of it, as tests/correct_targets has it, has these scenarios beside its cases
def test_the_reference_starts_and_stops_as_it_promises(tmp_path: Path) -> None:
    """Each scenario comes to pass, and nothing is lost or doubled in any."""
    code, report = verify(tmp_path / "report.json", "start-and-stop")
    assert (code, report["findings"], report["not_proven"]) == (0, [], [])
    assert {"drains", "event-for-success", "one-event"} <= {law["law"] for law in report["laws"] if law["judged"]}


@pytest.mark.unmeasured
def test_targets_are_started_while_the_run_waits(tmp_path: Path) -> None:
    """Alone on a machine, a run begins with scenarios when it waits for timeouts: no processor is needed then."""
    file = tmp_path / "run.ndjson"
    words = ("--seed", "1", "--profile", "quick", "--lanes", "1", "--ndjson", str(file))
    assert 0 == bothends(ROOT, "verify", *words).returncode
    began: dict[str, float] = {}
    for event in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if event["event"] == "exchange-judged":
            family = event["case"].partition("/")[0]
            began[family] = min(event["began"], began.get(family, event["began"]))
    assert began["malformed-body"] < began["upstream-timeout"] < began["in-flight-at-stop"]


@pytest.mark.parametrize(
    ("target", "scenario", "law"),
    [
        ("cuts_off", "sigterm-during-ingest", "drains"),
        ("fails_at_the_end", "sigterm-idle", "stops"),
        ("new_id_at_start", "sigkill-after-storing", "one-event"),
        ("refuses_at_the_signal", "sigterm-during-upstream", "as-promised"),
        ("starts_without_secret", "no-session-secret", "stops"),
        # The same laws in other scenarios, or by another fault.
        pytest.param("background", "sigkill-after-answers", "acknowledged-first", marks=pytest.mark.long),
        pytest.param("cuts_off", "sigterm-during-upstream", "drains", marks=pytest.mark.long),
        pytest.param("half_a_second", "sigterm-with-a-stuck-ingest", "drains", marks=pytest.mark.long),
        pytest.param("newcomers_told_503", "sigterm-and-newcomers", "no-event-without-success", marks=pytest.mark.long),
        pytest.param("secret_by_default", "no-session-secret", "stops", marks=pytest.mark.long),
        pytest.param("settings_to_start", "upstream-down-at-start", "stops", marks=pytest.mark.long),
        pytest.param("starts_without_key", "no-event-key", "stops", marks=pytest.mark.long),
    ],
)
def test_a_target_that_starts_or_stops_wrongly_is_found(tmp_path: Path, target: str, scenario: str, law: str) -> None:
    """The law is named; `tests/test_planted_replays.py` plays such a finding again."""
    code, report = verify(tmp_path / "report.json", f"start-and-stop/{scenario}", target)
    found = {finding["law"]: finding for finding in report["findings"]}
    assert code == 1
    assert law in found, found


@pytest.mark.parametrize(
    ("target", "scenario", "guarantees"),
    [
        ("cuts_off", "sigterm-during-ingest", ("drains", "serves_in_flight")),
        pytest.param("refuses_at_the_signal", "sigterm-during-upstream", ("serves_in_flight",), marks=pytest.mark.long),
        pytest.param("drops_the_gone", "sigterm-and-gone-clients", ("serves_in_flight",), marks=pytest.mark.long),
        # Who was given no key can't know the address: what nobody took, and was no success, is no finding.
        ("starts_without_key", "no-event-key", ("needs_all",)),
    ],
)
def test_who_does_not_promise_so_may_stop_otherwise(
    tmp_path: Path, target: str, scenario: str, guarantees: tuple[str, ...]
) -> None:
    """What correct targets do is no finding where the settings say nothing of it."""
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    for promise in guarantees:
        assert f"\n{promise} = true\n" in settings
        settings = settings.replace(f"\n{promise} = true\n", "\n")
    for name in ("openapi.yaml", "contracts"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "bothends.toml").write_text(
        settings.replace("\n[target]\n", f'\n[target]\ncwd = "{ROOT}"\n'), encoding="utf-8"
    )
    config = ("--config", str(tmp_path / "bothends.toml"))
    code, report = verify(tmp_path / "r.json", f"start-and-stop/{scenario}", target, *config)
    assert (code, report["findings"]) == (0, [])


ONE_CONNECTION = ("start-and-stop/sigterm-and-gone-clients", "one_connection")


def test_what_runs_out_of_time_without_a_signal_is_not_dropped(tmp_path: Path) -> None:
    """Six requests never wait for the upstream at once, so no signal is sent: what ends for that was not dropped."""
    code, report = verify(tmp_path / "r.json", *ONE_CONNECTION)
    # What was late as the target had to wait for a processor is not proven, on a machine that is busy.
    late = any("busy" in one["why"] for one in report["not_proven"])
    assert (4 if late else 0, [], late) == (code, report["findings"], bool(report["not_proven"])), report


@pytest.mark.alone
def test_one_that_waits_for_the_upstream_is_enough(tmp_path: Path) -> None:
    """It is under way when the signal comes, and is not dropped."""
    code, report = verify(tmp_path / "r.json", *ONE_CONNECTION)
    assert (0, [], []) == (code, report["findings"], report["not_proven"])


def test_an_unknown_scenario_is_an_error_of_the_call(tmp_path: Path) -> None:
    """The scenarios that there are, are named."""
    done = bothends(ROOT, "verify", "--only", "start-and-stop/sigterm-idel")
    assert 2 == done.returncode
    assert "sigterm-idle" in done.stderr
    assert not list(tmp_path.iterdir())


def test_scenarios_have_names_of_their_own() -> None:
    """What `--only` takes names one scenario, and says in a sentence what happens."""
    names = [scenario.name for scenario in SCENARIOS]
    assert len(set(names)) == len(names)
    assert all(scenario.about.endswith(".") for scenario in SCENARIOS)
