"""Faults that are played side by side: what targets show that share something among requests, and those that do not."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine.testbed.machine import Measurements, Waits
from tests.in_process import bothends

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parents[2]
TARGETS = Path(__file__).parent / "targets"
GUARANTEE = "isolates_faults = true\n"


def verified(
    folder: Path,
    target: str,
    *more: str,
    target_table: str = "",
    replacing: tuple[str, str] = ("", ""),
    once: bool = False,
) -> tuple[int, dict[str, Any]]:
    """Verify a target by a contract that has arrays of events; return the exit code and the report."""
    spec = (ROOT / "openapi.yaml").read_text(encoding="utf-8")
    (folder / "openapi.yaml").write_text(spec.replace("maxItems: 1\n", "maxItems: 100\n"), encoding="utf-8")
    settings = (ROOT / "bothends.toml").read_text(encoding="utf-8")
    settings = settings.replace('pacts = "contracts/pacts"\n', "").replace(GUARANTEE, target_table)
    name, *words = target.split()
    command = json.dumps(["python", str(TARGETS / f"{name}.py"), *words])
    settings = settings.replace('["python", "-m", "reference"]', command)
    settings = settings.replace("[target.env]\n", f'[target.env]\nPYTHONPATH = "{ROOT}"\n')
    (folder / "bothends.toml").write_text(settings.replace(*replacing) if replacing[0] else settings, encoding="utf-8")
    done = bothends(folder, "verify", "--json", "report.json", *more, once=once)
    return done.returncode, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def errors(report: dict[str, Any]) -> Sequence[str]:
    """Return the laws of the errors."""
    return [finding["law"] for finding in report["findings"] if finding["severity"] == "error"]


RIGHT = ("batches", "circuit_breaker", "one_connection", "pool_of_two")


@pytest.mark.unmeasured
@pytest.mark.parametrize("target", RIGHT)
def test_a_right_target_whose_requests_share_something_is_never_broken(target: str, tmp_path: Path) -> None:
    """Where faults beside each other show what none shows alone, that is not proven, and no error."""
    code, report = verified(tmp_path, target, "--seed", "1", "--only", "upstream-wrong")
    assert ([], True) == (errors(report), code in {0, 4}), report["not_proven"]
    assert {"only beside other faults"} >= {each["what"] for each in report["not_proven"]}


@pytest.mark.unmeasured
def test_an_array_with_the_events_of_several_callers_is_judged_event_by_event(tmp_path: Path) -> None:
    """Two requests wait for slow settings at the same time, and their events come in one array."""
    code, report = verified(tmp_path, "batches", "--seed", "1", "--only", "upstream-odd")
    assert (0, []) == (code, report["findings"]), report["not_proven"]


@pytest.mark.unmeasured
@pytest.mark.long
@pytest.mark.parametrize("target", RIGHT)
def test_whole_runs_of_right_targets_accuse_nobody(target: str, tmp_path: Path) -> None:
    """Whatever their requests share, in all families."""
    code, report = verified(tmp_path, target, "--seed", "1", "--profile", "quick")
    assert ([], True) == (errors(report), code in {0, 4}), report["not_proven"]


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    "target", [pytest.param(one, marks=() if one in {"batches", "pool_of_two"} else pytest.mark.long) for one in RIGHT]
)
def test_one_fault_after_the_other_it_is_proven(target: str, tmp_path: Path) -> None:
    """A setting says so."""
    once = "faults_at_once = 1\n"
    code, report = verified(tmp_path, target, "--seed", "1", "--only", "upstream-wrong", target_table=once)
    assert (0, []) == (code, report["findings"])


STOPPED = ("--seed", "1", "--only", "start-and-stop")


@pytest.mark.unmeasured
def test_a_target_that_takes_few_at_a_time_is_never_accused_when_it_is_stopped(tmp_path: Path) -> None:
    """Six requests never wait for a pool of two at once: what waits in its queue is not under way."""
    code, report = verified(tmp_path, "pool_of_two", *STOPPED)
    # What was late as the target had to wait for a processor is not proven, on a machine that is busy.
    late = any("busy" in one["why"] for one in report["not_proven"])
    assert (4 if late else 0, [], late) == (code, report["findings"], bool(report["not_proven"])), report["not_proven"]


@pytest.mark.alone
@pytest.mark.unmeasured
def test_a_target_that_takes_few_at_a_time_is_stopped_with_as_many_in_flight(tmp_path: Path) -> None:
    """Two requests are under way each time, and what becomes of them is judged."""
    code, report = verified(tmp_path, "pool_of_two", *STOPPED)
    assert (0, [], []) == (code, report["findings"], report["not_proven"])
    drained = next(law for law in report["laws"] if law["law"] == "drains")
    assert drained["judged"] >= 10


def at_once(folder: Path, upstream: str) -> int:
    """Return how many requests with a fault of an upstream began while another one's was under way."""
    events = [json.loads(line) for line in (folder / "run.ndjson").read_text(encoding="utf-8").splitlines()]
    spans = sorted(
        (each["began"], each["began"] + each["seconds"])
        for each in events
        if each["event"] == "exchange-judged" and any(upstream in state for state in each["given"])
    )
    return sum(began < ended for (_, ended), (began, _) in itertools.pairwise(spans))


def assert_each_is_of_its_batch(folder: Path) -> None:
    """Check that each exchange says of which batch it is, whatever it was played beside."""
    events = [json.loads(line) for line in (folder / "run.ndjson").read_text(encoding="utf-8").splitlines()]
    given = {each["wave"]: each["given"] for each in events if each["event"] == "wave-started"}
    for each in events:
        if each["event"] == "exchange-judged":
            assert each["given"] == given[each["wave"]]


SETTINGS_ONLY = ("--seed", "1", "--only", "upstream-wrong", "--ndjson", "run.ndjson")


@pytest.mark.unmeasured
@pytest.mark.parametrize("target", ["hands_on trace", "hands_on caller"])
def test_faults_of_an_upstream_are_side_by_side_where_its_calls_tell_their_requests(
    target: str, tmp_path: Path
) -> None:
    """By the trace that each request has, or by the cookie of its caller."""
    session = "session = true" if "caller" in target else "session = false"
    code, report = verified(tmp_path, target, *SETTINGS_ONLY, replacing=("session = false", session))
    assert (0, []) == (code, report["findings"]), report["not_proven"]
    assert at_once(tmp_path, "the settings") > 20
    assert_each_is_of_its_batch(tmp_path)


@pytest.mark.unmeasured
def test_faults_of_an_upstream_follow_each_other_where_nothing_tells_its_calls(tmp_path: Path) -> None:
    """The good requests that show it hand nothing on."""
    code, report = verified(tmp_path, "hands_on", *SETTINGS_ONLY)
    assert (0, [], 0) == (code, report["findings"], at_once(tmp_path, "the settings"))


@pytest.mark.unmeasured
def test_an_upstream_that_is_not_checked_is_found_out_beside_others_as_well(tmp_path: Path) -> None:
    """What is told is what was shown alone; what a busy machine excused when it was tried alone is said."""
    code, report = verified(tmp_path, "hands_on trace unchecked", *SETTINGS_ONLY)
    assert (1, True) == (code, "family-status" in errors(report)), errors(report)
    assert {one["what"] for one in report["not_proven"]} <= {"only beside other faults"}


@pytest.mark.alone
@pytest.mark.unmeasured
def test_all_that_is_found_beside_others_is_found_alone(tmp_path: Path) -> None:
    """Of an upstream that is not checked, nothing shows only beside other faults."""
    code, report = verified(tmp_path, "hands_on trace unchecked", *SETTINGS_ONLY)
    assert (1, []) == (code, report["not_proven"])


def on_a_machine_with_time(
    folder: Path, target_table: str = "", target: str = "circuit_breaker"
) -> tuple[int, dict[str, Any]]:
    """Verify the circuit breaker, again where nothing was seen: what was late on a busy machine accuses nobody."""
    for seed in ("1", "2", "3"):
        words = ("--seed", seed, "--only", "upstream-wrong")
        code, report = verified(folder, target, *words, target_table=target_table)
        if code:
            break
    return code, report


@pytest.mark.unmeasured
def test_a_breaker_that_opens_for_others_is_told(tmp_path: Path) -> None:
    """It was closed for each fault alone: where the settings do not say which is right, that is not proven."""
    code, report = on_a_machine_with_time(tmp_path)
    assert (4, ["only beside other faults"]) == (code, [each["what"] for each in report["not_proven"]])


@pytest.mark.unmeasured
def test_a_target_that_stays_as_others_left_it_starts_anew(tmp_path: Path) -> None:
    """A breaker that is open for longer than anyone waits is closed for each fault alone, and accuses nobody."""
    code, report = on_a_machine_with_time(tmp_path, target="circuit_breaker 600")
    assert (4, [], ["only beside other faults"]) == (code, errors(report), [e["what"] for e in report["not_proven"]])


@pytest.mark.unmeasured
def test_a_breaker_breaks_the_guarantee_to_isolate_faults(tmp_path: Path) -> None:
    """A target that guarantees it has no right to refuse others."""
    code, report = on_a_machine_with_time(tmp_path, GUARANTEE)
    assert (1, ["isolates-faults"]) == (code, errors(report))


@pytest.mark.unmeasured
def test_what_a_busy_machine_excuses_beside_others_is_not_proven(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a target that guarantees to isolate faults: it was late beside others each time, and in time alone."""
    monkeypatch.setattr(Measurements, "waits", lambda _, began, ended: Waits(target=max(0.0, ended - began)))
    words = ("--seed", "1", "--only", "upstream-wrong")
    code, report = verified(tmp_path, "../../engine/targets/in_turn", *words, target_table=GUARANTEE, once=True)
    told = [each["why"] for each in report["not_proven"] if each["what"] == "time beside other faults"]
    assert (4, [], [True]) == (code, errors(report), ["late in each try" in why for why in told])


@pytest.mark.unmeasured
def test_a_busy_machine_takes_nothing_from_a_target_that_is_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its faults are isolated, and it is proven, as it is never late."""
    monkeypatch.setattr(Measurements, "waits", lambda _, began, ended: Waits(target=max(0.0, ended - began)))
    code, report = verified(tmp_path, "alone", "--seed", "1", "--only", "upstream-wrong", target_table=GUARANTEE)
    assert (0, []) == (code, errors(report)), report["not_proven"]
