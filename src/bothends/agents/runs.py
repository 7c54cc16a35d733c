"""The tools that run: verify and replay. What they see comes as NDJSON, the report at its end."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from bothends.agents.commands import run
from bothends.agents.project import word
from bothends.agents.sizes import LARGEST_RESULT, harmless, size_of
from bothends.agents.tools import CONFIG, OPERATIONS, URL, object_of, tool
from bothends.agents.views import FINDING, RUN, finding_view, run_view, trace_of
from bothends.engine.judge import replay_file
from bothends.errors import ContractError
from bothends.records import FINDING_ID, count_of
from bothends.state_folder import state_folder_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bothends.agents.commands import Ended
    from bothends.agents.tools import Call

_KIND = re.compile(r'\{"event":"([a-z-]+)"')
_MOST_EXCHANGES = 4
"""Exchanges of a replay that are told."""


class FailedError(Exception):
    """A command has ended with no result: its message is what it has told a person."""

    def __init__(self, ended: Ended) -> None:
        """Take what it has written to standard error."""
        super().__init__(ended.err.strip() or f"bothends has ended with the exit code {ended.code} and said nothing.")


class _Hearing:
    """Takes the lines of a run.

    Attributes:
        report: The report; None: the run has not ended.
        exchanges: The last of its exchanges.
        traced: Whether exchanges are of interest.
    """

    def __init__(self, call: Call, *, traced: bool = False) -> None:
        self._call = call
        self.traced = traced
        self.report: dict[str, Any] | None = None
        self.exchanges: list[dict[str, Any]] = []
        self._found = 0
        self._progress: dict[str, Any] | None = None

    def heard(self, line: str) -> None:
        """Take a line; most are of exchanges, and are not read."""
        kind = _KIND.match(line)
        match kind[1] if kind else "":
            case "progress":
                self._progress = json.loads(line)
            case "finding-found":
                self._found += 1
            case "exchange-judged" if self.traced:
                self.exchanges = [*self.exchanges[-_MOST_EXCHANGES + 1 :], json.loads(line)]
            case "run-finished":
                report: dict[str, Any] = json.loads(line)["report"]
                self.report = report
                self._call.kept.add(report)

    async def tell(self) -> None:
        """Tell the client how far the run has come, if there is anything new."""
        now, self._progress = self._progress, None
        if now is None:
            return
        findings = count_of(self._found, "finding")
        text = f"about {now['seconds_left']:.0f} s left, {findings} so far: {now['doing']}"
        await self._call.progress(now["done"], now["total"], harmless(text))


async def _report(call: Call, words: Sequence[str], *, traced: bool = False) -> _Hearing:
    """Run a command that yields events; return what was heard, the report of its end with it.

    Raises:
        FailedError: It has ended with no report.
    """
    hearing = _Hearing(call, traced=traced)
    with call.kept.playing() as interrupted:
        ended = await run([*words, "--ndjson=-"], call.project.folder, hearing.heard, hearing.tell, interrupted)
    if hearing.report is None:
        raise FailedError(ended)
    return hearing


@tool(
    "verify",
    "Verify the service against its contract, at both ends: what it answers and which events it sends, while bothends "
    "plays its sessions, upstreams and receivers, and breaks each of them. It takes seconds to minutes, with progress; "
    "a cancelled call stops the run in order, and `explain` without a name gives what was found. The target is that of "
    "the settings. While you change something, ask for few cases: `only` with a family or a case, or `profile` quick; "
    "in the end, a whole run is to be PROVEN. The result has the verdict and the findings.",
    takes={
        "config": CONFIG,
        "url": URL,
        "operations": OPERATIONS,
        "only": {
            "type": "array",
            "items": {"type": "string"},
            "description": "run only these cases: FAMILY or FAMILY/CASE, patterns too (`explain` names the families)",
        },
        "profile": {"enum": ["quick", "default", "deep"], "description": "how many cases: quick, default or deep"},
        "seed": {"type": "integer", "minimum": 0, "description": "decides all generated values"},
        "fail_fast": {"type": "boolean", "description": "stop at the first error: true or false"},
    },
    gives=RUN,
)
async def verify(call: Call) -> dict[str, Any]:
    """Verify, and return the first page of the run."""
    given = call.arguments
    words = ["verify", *call.project.words(given.get("config"))]
    words += [f"--url={call.project.url(given['url'], 'url')}"] if "url" in given else []
    words += [f"--operation={one}" for one in given.get("operations", ())]
    words += [f"--only={one}" for one in given.get("only", ())]
    words += [f"--{name}={given[name]}" for name in ("profile", "seed") if name in given]
    words += ["--fail-fast"] if given.get("fail_fast") else []
    hearing = await _report(call, words)
    return run_view(hearing.report or {}, 1)


_REPLAYED = object_of(
    {
        "id": {"type": "string"},
        "outcome": {"enum": ["reproduced", "gone", "interrupted", "failed"]},
        "tries": {"type": "number"},
        "failure": {"type": "string"},
        "finding": FINDING,
        "exchanges": {"type": "array", "items": {"type": "object"}},
    },
    ("id", "outcome"),
)


@tool(
    "replay",
    "Play again just what showed one finding, in the same state of the world: it tells in seconds whether a change of "
    "the service has removed it. The outcome is reproduced, or gone; the exchanges have the answers, the calls to "
    "upstreams and the events of now.",
    takes={
        "finding": {"type": "string", "description": "the id of a finding, as `verify` gives it"},
        "config": CONFIG,
        "url": URL,
    },
    needs=("finding",),
    gives=_REPLAYED,
)
async def replay(call: Call) -> dict[str, Any]:
    """Replay a finding, and return whether it has shown."""
    given = call.arguments
    finding = word(given["finding"], "finding")
    if "url" not in given:
        _check_target(call, finding)
    words = ["replay", finding]
    words += call.project.words(given["config"]) if "config" in given else []
    words += [f"--url={call.project.url(given['url'], 'url')}"] if "url" in given else []
    hearing = await _report(call, words, traced=True)
    return _replayed(finding, hearing.report or {}, hearing.exchanges)


def _check_target(call: Call, finding: str) -> None:
    """Check that a replay starts nothing that the settings do not name: what a person has named is kept, too.

    Raises:
        ContractError: It would; or there is no such finding.
    """
    config = call.project.folder / call.arguments.get("config", call.project.config)
    run_folder, _, short = finding.rpartition("/")
    for file in replay_file.find(state_folder_of(config), short, run_folder):
        target = replay_file.read(file).target
        if target["command"] is not None or target["env"]:
            raise ContractError(
                f"finding: {finding} was found by a run with --command or --env, which only a person may name.",
                advice="Call verify, which starts the target of the settings; or have a person replay it.",
            )
        if target["url"] is not None:
            call.project.url(target["url"], f"the target of finding {finding}")


def _replayed(finding: str, report: Mapping[str, Any], exchanges: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    outcome = report["replay"]
    failure = report["target_failure"] or report["harness_failure"]
    short = finding.rpartition("/")[2]
    shown = next((one for one in report["findings"] if one["id"] == short), None)
    told: dict[str, Any] = {"id": finding, "outcome": _outcome(report), "tries": outcome["tries"] if outcome else 0}
    told |= {"failure": harmless(failure, 1000)} if failure else {}
    told |= {"finding": finding_view(shown)} if shown is not None else {}
    for limit in (600, 200, 80):
        result = {**told, "exchanges": harmless(trace_of(exchanges), limit)}
        if size_of(result) <= LARGEST_RESULT:
            return result
    return {**told, "exchanges": []}


def _outcome(report: Mapping[str, Any]) -> str:
    if report["target_failure"] or report["harness_failure"]:
        return "failed"
    outcome = report["replay"]
    if outcome and outcome["reproduced"]:
        return "reproduced"
    return "interrupted" if report["interrupted"] else "gone"


# What a run has found, asked for again.


def last_run(call: Call) -> dict[str, Any]:
    """Return a page of `report_of_last`."""
    return run_view(report_of_last(call), call.page)


def report_of_last(call: Call) -> Mapping[str, Any]:
    """Return the report of the last run; that there was none is a `ContractError`."""
    if call.kept.last is None:
        problem = "This server has made no run since it was started."
        raise ContractError(problem, advice="Call verify. The id of an earlier finding can be replayed.")
    return call.kept.last


def is_finding(name: str) -> bool:
    """Return whether a name is that of a finding."""
    return FINDING_ID.fullmatch(name.rpartition("/")[2]) is not None
