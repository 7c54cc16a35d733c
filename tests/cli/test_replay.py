"""`bothends replay`: which finding is replayed, on which target, and whether it has shown."""

from __future__ import annotations

import json
import shlex
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from bothends.engine import Options

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Project, Result

SUCCESS = ("verify", "--seed", "7", "--only", "success/usual")
BROKEN = "python -m tests.planted.boolean_true"


def found(project: Project, *arguments: str) -> tuple[str, str]:
    """Verify a broken target; return the finding's ID, and the command that replays it."""
    assert 1 == project.call(*SUCCESS, "--json", "report.json", *arguments).code
    report = json.loads((project.folder / "report.json").read_text("utf-8"))
    [finding] = report["findings"]
    return finding["id"], finding["replay"]


def replayed(project: Project, *arguments: str) -> tuple[Result, dict[str, Any]]:
    """Replay; return how it ended, and its report."""
    ended = project.call("replay", *arguments, "--json", "report.json")
    report: dict[str, Any] = json.loads((project.folder / "report.json").read_text("utf-8"))
    return ended, report


@pytest.fixture
def two(project: Project) -> Project:
    """A folder with two settings files of one contract: the targets of both are broken, in the same way."""
    for name in ("a.toml", "b.toml"):
        shutil.copy(project.folder / "bothends.toml", project.folder / name)
        project.replace(name, '["python", "-m", "reference"]', json.dumps(BROKEN.split()))
    (project.folder / "bothends.toml").unlink()
    return project


def test_two_settings_files_have_a_finding_each(two: Project) -> None:
    """An ID that both have is asked for again with `--config`; one that a single one has is found."""
    finding, line = found(two, "--config", "a.toml")
    assert f"bothends replay {finding} --config a.toml" == line
    ended, report = replayed(two, finding)
    assert (1, True) == (ended.code, report["replay"]["reproduced"])
    assert finding == found(two, "--config", "b.toml")[0]
    asked = two.call("replay", finding)
    assert (2, True) == (asked.code, f"bothends replay {finding} --config a.toml" in asked.err)
    # The target of one is repaired: its finding is gone, and that of the other is not.
    two.replace("b.toml", json.dumps(BROKEN.split()), '["python", "-m", "reference"]')
    assert [1, 4] == [two.call("replay", finding, "--config", name).code for name in ("a.toml", "b.toml")]
    assert 2 == two.call("replay", finding, "--config", "c.toml").code


def test_a_finding_that_does_not_show_is_not_reproduced(project: Project) -> None:
    """It is told in every report, with the number of tries, and is never proven."""
    finding, _ = found(project, "--command", BROKEN)
    files = ("--junit", "report.xml", "--markdown", "report.md", "--html", "report.html")
    ended, report = replayed(project, finding, "--command", "python -m reference", *files)
    assert (4, "not-proven") == (ended.code, report["verdict"])
    assert {"finding": finding, "tries": 2, "reproduced": False} == report["replay"]
    assert f"NOT PROVEN: not reproduced in 2 tries: finding {finding}\n" in ended.out
    assert ended.out.rstrip().endswith(": NOT PROVEN (not reproduced in 2 tries)")
    for name in ("report.xml", "report.md", "report.html"):
        assert "ot reproduced in 2 tries" in (project.folder / name).read_text("utf-8"), name


def test_a_finding_that_shows_is_reproduced(project: Project) -> None:
    """The printed line replays it on the target that had it, though the settings name another that is right."""
    finding, line = found(project, "--command", BROKEN)
    assert f"bothends replay {finding}" == line
    ended, report = replayed(project, *shlex.split(line)[2:], "--junit", "report.xml")
    assert (1, "broken") == (ended.code, report["verdict"])
    assert {"finding": finding, "tries": 1, "reproduced": True} == report["replay"]
    assert "BROKEN: reproduced: " in ended.out
    assert ">reproduced" in (project.folder / "report.xml").read_text("utf-8") or 'message="reproduced"' in (
        project.folder / "report.xml"
    ).read_text("utf-8")


@pytest.mark.long
def test_two_targets_of_one_settings_file_have_a_finding_each(project: Project) -> None:
    """An ID that several targets have shown is asked for again with the name of a target's folder."""
    finding, _ = found(project, "--command", BROKEN)
    other, line = found(project, "--command", f"{BROKEN} again")
    config = project.folder / "bothends.toml"
    first, second = (
        f"{Options(config=config, command=(*BROKEN.split(), *more)).run_folder.name}/{finding}"
        for more in ((), ("again",))
    )
    assert (finding, f"bothends replay {second}") == (other, line)
    asked = project.call("replay", finding)
    assert (2, True, True) == (asked.code, first in asked.err, second in asked.err)
    assert 1 == project.call(*shlex.split(line)[1:]).code
    # The target of the call is the one that is meant.
    assert 1 == project.call("replay", finding, "--command", BROKEN).code


def test_a_folder_name_is_no_path(project: Project, tmp_path: Path) -> None:
    """Nothing outside of the state folder is read."""
    outside = tmp_path / "findings"
    outside.mkdir()
    (outside / "0a1b.json").write_text("{}", "utf-8")
    ended = project.call("replay", f"../{tmp_path.name}/0a1b")
    assert (2, True) == (ended.code, "There is no finding" in ended.err)


OF_ONE_NAME = '''
"""The event of a caller whose name is not ASCII has question marks in it."""
from reference.app import main
from reference.contract import Contract

_event = Contract.event


def _lossy(self, values):
    event = _event(self, values)
    if event["user"]["name"]:
        event["user"]["name"] = event["user"]["name"].encode("ascii", "replace").decode()
    return event


Contract.event = _lossy
main()
'''


def test_a_finding_about_the_name_of_a_caller_shows_at_once(project: Project) -> None:
    """The caller of a replay has the name that the caller had who found it."""
    target = project.folder / "of_one_name.py"
    target.write_text(OF_ONE_NAME, "utf-8")
    command = ("--command", f"python {target}")
    ended = project.call("verify", "--seed", "7", "--only", "odd-headers", "--json", "report.json", *command)
    assert 1 == ended.code, ended.told
    report = json.loads((project.folder / "report.json").read_text("utf-8"))
    [finding] = report["findings"]
    assert ("provenance", "/user from session.user") == (finding["law"], finding["cause"])
    again, report = replayed(project, finding["id"])
    assert (1, 1) == (again.code, report["replay"]["tries"])


OF_THE_CONNECTION = '''
"""The second request of a connection is refused."""
from sanic import Sanic, text

from reference.app import main

_init = Sanic.__init__


def _begin(self, *args, **kwargs):
    _init(self, *args, **kwargs)
    self.register_middleware(_refuse, "request")


async def _refuse(request):
    seen = request.conn_info.ctx.seen = getattr(request.conn_info.ctx, "seen", 0) + 1
    return text("", 429) if seen > 1 else None


Sanic.__init__ = _begin
main()
'''


def test_what_goes_by_the_connection_is_not_said_to_show_alone(project: Project) -> None:
    """A request that is refused for what came before it on its connection is shown by these, or not at all."""
    target = project.folder / "of_the_connection.py"
    target.write_text(OF_THE_CONNECTION, "utf-8")
    words = ("--only", "success", "--max-examples", "0", "--command", f"python {target}")
    project.call("verify", "--seed", "7", *words, "--json", "report.json")
    report = json.loads((project.folder / "report.json").read_text("utf-8"))
    shown = [finding for finding in report["findings"] if finding["reproduced"]]
    assert report["findings"]
    assert [] == [finding["law"] for finding in shown if not finding["history"]]
    for finding in shown:
        assert replayed(project, finding["id"])[1]["replay"]["reproduced"], finding["law"]
