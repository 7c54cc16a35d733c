"""Soaks on Locust against the reference: what goes wrong is counted, and no more, and what was not seen is told."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import httpx
import pytest

from bothends.installed import version_of
from bothends.launch.ports import reserved_port
from tests.soak.soaks import FORTY, TEN, places, project, soak, until

if TYPE_CHECKING:
    from pathlib import Path

WORKERS = 4
SECONDS = 560.0


@pytest.mark.parametrize(
    ("exchanges", "workers", "seconds"),
    [(1_000, 2, SECONDS), pytest.param(100_000, WORKERS, 7200.0, marks=pytest.mark.long)],
)
def test_forty_faults_among_many_exchanges(tmp_path: Path, exchanges: int, workers: int, seconds: float) -> None:
    """Ten events of each kind are wrong, at random places: the workers find these forty, and no other.

    What a worker was too busy to judge is not among them, and is told; `make quiet` has none.
    """
    folder = project(tmp_path, places(exchanges, TEN, seed=exchanges))
    with soak(folder, exchanges, workers=workers, users=16) as running:
        told = running.ended(seconds)
    if "requests of busy workers" in told.text:
        assert all(count <= FORTY.get(law, 0) for law, count in told.broken.items()), told.text
    else:
        assert FORTY == told.broken, told.text
    assert (1, True) == (told.code, f"{exchanges:,} exchanges" in told.headline), told.text


@pytest.mark.alone
def test_all_of_forty_faults(tmp_path: Path) -> None:
    """On a quiet machine no worker is too busy to judge."""
    exchanges = 1_500
    with soak(
        project(tmp_path, places(exchanges, TEN, seed=exchanges)), exchanges, workers=WORKERS, users=16
    ) as running:
        told = running.ended(SECONDS)
    assert FORTY == told.broken, told.text


@pytest.mark.measured
def test_a_worker_that_is_killed(tmp_path: Path) -> None:
    """What the other has found is there; what the lost one was given is not proven, and accuses nobody."""
    lost_before, lost_after = range(20, 180, 20), range(600, 1000, 100)  # on a busy machine one may begin much later
    events = ",".join(map(str, (*lost_before, *lost_after)))
    folder = project(tmp_path, {"LOST": events}, liveness=15)
    with soak(folder, 100_000, workers=2) as running:
        assert until(lambda: running.exchanges() > 200, SECONDS), running.output.read_text()
        running.workers[1].send_signal(signal.SIGKILL)
        assert until(lambda: "a worker is gone" in running.output.read_text(), SECONDS)
        running.master.send_signal(signal.SIGTERM)
        told = running.ended(SECONDS)
    assert (1, {"event-for-success"}) == (told.code, set(told.broken)), told.text
    assert 1 <= told.broken["event-for-success"] <= len(lost_before) + len(lost_after)
    lost = [line for line in told.text.splitlines() if line.startswith("not proven: worker ")]
    assert [True] == ["It was lost: of " in line and "more are not proven" in line for line in lost], told.text


@pytest.mark.measured
def test_each_worker_with_its_own_target(tmp_path: Path) -> None:
    """No world is shared: each worker starts what it needs."""
    with soak(project(tmp_path), 60, workers=1, users=2, more=("--target-per-worker",)) as running:
        told = running.ended(SECONDS)
    assert (0, {}, True) == (told.code, told.broken, told.headline.startswith("PROVEN")), told.text
    assert "60 exchanges" in told.headline


def test_the_laws_are_on_the_page(tmp_path: Path) -> None:
    """Without any worker, and with Locust's page: it has a tab of the laws."""
    with reserved_port("127.0.0.1") as port:
        more = ("--autostart", "--autoquit", "30", "--web-port", str(port), "--web-host", "127.0.0.1")
        with soak(project(tmp_path), 100, workers=0, users=4, headless=False, more=more) as running:
            page = f"http://127.0.0.1:{port}"
            assert until(lambda: "provenance" in _laws(page), SECONDS), running.output.read_text()
            assert '"Laws"' in httpx.get(page, timeout=SECONDS).text
            told = running.ended(SECONDS)
    assert (0, True) == (told.code, told.headline.startswith("PROVEN: every law held (100 exchanges")), told.text
    assert f"bothends {version_of('bothends')}, seed " in told.text


def _laws(page: str) -> set[str]:
    """Return the laws in the table, as far as there are some."""
    try:
        tables = httpx.get(f"{page}/stats/requests", timeout=SECONDS).json().get("extended_stats", [])
    except httpx.TransportError:
        return set()
    return {row["law"] for table in tables for row in table["data"]}


def test_a_contract_that_is_wrong_ends_it(tmp_path: Path) -> None:
    """The exit code is that of `bothends verify`."""
    folder = project(tmp_path)
    (folder / "bothends.toml").write_text('spec = "nowhere.yaml"\n')
    with soak(folder, 10, workers=0) as running:
        told = running.ended(SECONDS)
    assert (2, True) == (told.code, "nowhere.yaml" in told.text), told.text
