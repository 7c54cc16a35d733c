"""A series over a bank of bugs: what bothends says of each, and `st run` beside it; and the page of it.

Each bug is tried until one of the laws is broken that its row names, or to the end: with the first profile, and where
that misses it with the next. What is known is kept, a line for each bug, so a series can be broken off and gone on
with: what is known still is not tried again. The target without a bug is a row as well.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bank.bank import ROOT, BankError, Mutant, expects
from tests.bank.trial import PARTS, digest, end_all, now, run, share_cases, this_bothends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SECONDS = {"quick": 400.0, "default": 800.0}
"""How long a try may take, by its profile: a few times as long as on a quiet machine."""
GRACE_SECONDS = 90.0
"""How long starting and ending may take beside."""
RIGHT = "as-it-is"
"""The name of the target without a bug: what is said of that is no catch."""
LATE = "The answer is 504, not 2"
"""How a finding of a busy machine begins, where the world is well and has all its time."""
_INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Peer:
    """How `st run` is signed in.

    Attributes:
        scheme: The security scheme of the document.
        setting: What schemathesis calls the value of such a scheme.
        operation: The operation of a good request, which is sent once to learn the value.
        body: Its body; None: there is none.
        header: The header that has the value.
    """

    scheme: str
    setting: str
    operation: str
    body: Any
    header: str


@dataclass(frozen=True, slots=True)
class Series:
    """A series.

    Attributes:
        name: What `make` calls it.
        example: The folder of the targets without a bug.
        languages: The languages that the target is written in.
        profiles: Those that a bug is tried with, one after the other until it is named.
        bugs: Returns the bugs.
        plant: Copies the example with a bug in it into a folder; returns the settings.
        peer: How `st run` is signed in.
        head: The beginning of the page.
        late: Whether a 504 for a good request is the busy machine's: no bug of the bank shows in that way.
        outcomes: What is known.
        page: The page.
    """

    name: str
    example: Path
    languages: Sequence[str]
    profiles: Sequence[str]
    bugs: Callable[[], Sequence[Mutant]]
    plant: Callable[[Mutant, Path], Path]
    peer: Peer
    head: str
    late: bool
    outcomes: Path
    page: Path

    def right(self) -> tuple[Mutant, ...]:
        """Return the targets without a bug."""
        return tuple(
            Mutant(language, self.name, RIGHT, "Nothing is wrong.", "", laws=(), needs="", edits=())
            for language in self.languages
        )

    def key(self, bug: Mutant) -> str:
        """Return a digest of what an outcome depends on: the bug, the example and bothends."""
        parts = [self.example, *(ROOT / "src" / "bothends" / part for part in PARTS)]
        return digest(repr((bug.edits, bug.laws)), parts)[:16]

    def key_of_peer(self, bug: Mutant) -> str:
        """Return a digest of what the outcome of `st run` depends on."""
        return digest(f"{version('schemathesis')} {bug.edits!r}", [self.example, Path(__file__).parent / "st.py"])[:16]

    def tried(self, bug: Mutant) -> dict[str, Any]:
        """Return what bothends says of a bug: of the last profile that it was tried with.

        Raises:
            BankError: bothends itself failed.
        """
        found: dict[str, Any] = {}
        took: dict[str, float] = {}
        for profile in self.profiles:
            began = time.monotonic()
            found = self._of_profile(bug, profile)
            took[profile] = round(time.monotonic() - began, 1)
            if found["named"] and not found["warning"]:
                break
        return {
            "key": self.key(bug),
            **found,
            "seconds": round(sum(took.values()), 1),
            "took": took,
            "at": now()[:10],
            "tool": this_bothends(),
        }

    def _of_profile(self, bug: Mutant, profile: str) -> dict[str, Any]:
        document = self.by_bothends(bug, profile)
        counted = [each for each in document["findings"] if not (self.late and each["summary"].startswith(LATE))]
        errors = list(dict.fromkeys(each["law"] for each in counted if each["severity"] == "error"))
        # What no contract promises is a warning: it is told, though the run is not broken.
        told = [each for each in counted if expects(bug.laws, each["law"])]
        return {
            "by": errors or list(dict.fromkeys(each["law"] for each in told)),
            "named": bool(told),
            "warning": not errors and bool(told),
            "told": told[0]["summary"] if told else next((each["summary"] for each in counted), document["told"]),
            "profile": profile,
            "exchanges": document["exchanges"],
            "code": document["code"],
        }

    def by_bothends(self, bug: Mutant, profile: str) -> dict[str, Any]:
        """Return the report of a run, which ends at the first error of a law that the row names.

        Raises:
            BankError: bothends itself failed.
        """
        with tempfile.TemporaryDirectory(prefix=f"bothends-{self.name}-") as folder:
            settings = self.plant(bug, Path(folder))
            share_cases(settings.parent)
            report = Path(folder) / "attempt.json"
            words = [str(settings), str(report), profile, str(SECONDS[profile]), *bug.laws]
            words += ["--but", LATE] if self.late else []
            limit = SECONDS[profile] + GRACE_SECONDS
            code, said = run([sys.executable, "-m", "tests.bank.attempt", *words], ROOT, limit)
            if code not in (0, None) or not report.exists():
                raise BankError(f"bothends ended with {code}: {said.strip()[-500:]}")
            found: dict[str, Any] = json.loads(report.read_bytes())
            return found

    def by_schemathesis(self, bug: Mutant, seconds: float) -> dict[str, Any]:
        """Return what `st run` says of a bug within a time.

        Raises:
            BankError: It could not be set up.
        """
        with tempfile.TemporaryDirectory(prefix=f"bothends-{self.name}-") as folder:
            settings = self.plant(bug, Path(folder))
            report = Path(folder) / "peer.json"
            asked = json.dumps([getattr(self.peer, part) for part in Peer.__slots__])
            words = [sys.executable, "-m", "tests.bank.st", str(settings), str(report), str(seconds), asked]
            code, said = run(words, ROOT, 2 * seconds + GRACE_SECONDS)
            if code != 0 or not report.exists():
                raise BankError(f"st run ended with {code}: {said.strip()[-500:]}")
            found: dict[str, Any] = json.loads(report.read_bytes())
            return {"st": found["by"], "st_cases": found["cases"], "st_budget": seconds}

    def known(self) -> dict[str, dict[str, Any]]:
        """Return what is known, by the names of the bugs."""
        lines = self.outcomes.read_text(encoding="utf-8").splitlines() if self.outcomes.exists() else []
        return {found.pop("bug"): found for found in map(json.loads, lines)}

    def keep(self, known: dict[str, dict[str, Any]]) -> None:
        """Write what is known, whole or not at all."""
        names = {name(bug) for bug in (*self.right(), *self.bugs())}
        lines = [json.dumps({"bug": one, **known[one]}, ensure_ascii=False) for one in sorted(known) if one in names]
        partial = self.outcomes.with_suffix(".partial")
        partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
        partial.replace(self.outcomes)

    def main(self, about: str, argv: Sequence[str] | None = None) -> int:
        """Try what is not known, and write the page.

        Args:
            about: What the series is, in its first line.
            argv: The arguments; None: those of the process.

        Returns:
            130 when it was broken off, else 1 where a try came to no verdict, else 0.
        """
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        asked = _arguments(about, argv)
        work = _Work(self, asked)
        every = (*self.right(), *self.bugs()[:: asked.every])
        chosen = [bug for bug in every if any(fnmatch.fnmatch(name(bug), only) for only in asked.only)]
        try:
            if not asked.page:
                work.all(chosen, asked.jobs)
        except KeyboardInterrupt:
            say("broken off; run this again to go on")
            return _INTERRUPTED
        finally:
            self.page.write_text(page(self, work.known), encoding="utf-8")
        return int(work.failed)


class _Work:
    """What a call of a series does: a bug at a time, or several side by side."""

    def __init__(self, series: Series, asked: argparse.Namespace) -> None:
        self.known, self.failed = series.known(), False
        self._series, self._asked, self._writing = series, asked, threading.Lock()

    def all(self, bugs: Sequence[Mutant], jobs: int) -> None:
        """Try bugs, so many at a time."""
        with ThreadPoolExecutor(jobs) as pool:
            try:
                list(pool.map(self.of, bugs))
            except KeyboardInterrupt:
                end_all()
                raise

    def of(self, bug: Mutant) -> None:
        """Try a bug where it must be, and keep what is known of it."""
        try:
            found = self._tried(bug)
        except BankError as error:
            self.failed = True
            say(f"{name(bug)}: no verdict: {error}")
        else:
            if found:
                self._keep(bug, found)

    def _tried(self, bug: Mutant) -> dict[str, Any]:
        before = self.known.get(name(bug), {})
        if self._asked.peer:
            due = self._is_due(before, "st_key", self._series.key_of_peer(bug), missed=not before.get("st"))
            seconds = self._budget(bug)
            return self._series.by_schemathesis(bug, seconds) | {"st_key": self._series.key_of_peer(bug)} if due else {}
        due = self._is_due(before, "key", self._series.key(bug), missed=not before.get("named"))
        return self._series.tried(bug) if due else {}

    def _is_due(self, before: dict[str, Any], key: str, now_: str, *, missed: bool) -> bool:
        again = self._asked.again
        if key not in before or again == "all":
            return True
        return before[key] != now_ and (again == "changed" or (again == "missed" and missed))

    def _budget(self, bug: Mutant) -> float:
        """Return how long a run of bothends takes for the target without a bug, with the profile that tells the bug.

        Raises:
            BankError: That is not known yet.
        """
        profile = self.known.get(name(bug), {}).get("profile", self._series.profiles[-1])
        took = self.known.get(f"{bug.target}/{RIGHT}", {}).get("took", {})
        if profile not in took:
            raise BankError(f"try first how long bothends takes: --only '{bug.target}/{RIGHT}'")
        return float(max(1, round(took[profile])))

    def _keep(self, bug: Mutant, found: dict[str, Any]) -> None:
        with self._writing:
            self.known[name(bug)] = {**self.known.get(name(bug), {}), **found}
            self._series.keep(self.known)
        said = found["st"] if self._asked.peer else found["by"]
        seconds = found["st_budget"] if self._asked.peer else found["seconds"]
        say(f"{name(bug)} {seconds:.0f} s: {', '.join(said) or 'nothing'}")


def name(bug: Mutant) -> str:
    """Return how a bug is called here."""
    return f"{bug.target}/{bug.name}"


def page(series: Series, known: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    rows = [(bug, known[name(bug)]) for bug in series.bugs() if "by" in known.get(name(bug), {})]
    lines = [
        series.head,
        *_told(series, known, rows),
        "",
        "| bug | what it does | bothends | profile | seconds | exchanges | st run |",
        "|---|---|---|---|---|---|---|",
    ]
    for bug, found in rows:
        laws = ", ".join(f"**{law}**" if expects(bug.laws, law) else law for law in found["by"])
        laws += " (a warning)" if found.get("warning", False) else ""
        missed = "not proven" if found.get("code") == _NOT_PROVEN else "not caught"
        missed += f". {bug.why_not}" if bug.why_not else ""
        more = f"{found.get('profile', 'quick')} | {found['seconds']:.0f} | {found.get('exchanges') or ''}"
        lines.append(f"| {name(bug)} | {bug.about} | {laws or missed} | {more} | {_of_peer(series, known, bug)} |")
    return "\n".join(lines) + "\n"


_NOT_PROVEN = 4


def _told(
    series: Series, known: dict[str, dict[str, Any]], rows: Sequence[tuple[Mutant, dict[str, Any]]]
) -> Iterable[str]:
    caught = sum(bool(found["by"]) for _, found in rows)
    named = sum(found["named"] for _, found in rows)
    warned = sum(found.get("warning", False) for _, found in rows)
    hours = sum(found["seconds"] for _, found in rows) / 3600
    yield (
        f"{len(rows)} of {len(series.bugs())} bugs were tried ({dates(found for _, found in rows)}), which took"
        f" {hours:.1f} hours, one after the other. bothends catches {caught}, {named} of them by a law that the bank"
        f" names; {warned} of these only by a warning."
    )
    asked = [bug for bug, found in rows if "st_budget" in found]
    if asked:
        budgets = sorted({f"{known[name(bug)]['st_budget']:.0f}" for bug in asked})
        by_st = sum(bool(_only_of(series, known, bug)) for bug in asked)
        yield ""
        yield (
            f"`st run` (schemathesis {version('schemathesis')}) was asked for {len(asked)} of them, with"
            f" {' and '.join(budgets)} seconds each, and catches {by_st}."
        )


def _of_peer(series: Series, known: dict[str, dict[str, Any]], bug: Mutant) -> str:
    if "st_budget" not in known[name(bug)]:
        return "not tried"
    return ", ".join(_only_of(series, known, bug)) or "no"


def _only_of(series: Series, known: dict[str, dict[str, Any]], bug: Mutant) -> list[str]:
    """Return what `st run` says of a bug and of no target without one, in any language."""
    usual = {each for right in series.right() for each in known.get(name(right), {}).get("st", ())}
    return [each for each in known[name(bug)]["st"] if each not in usual]


def dates(found: Iterable[dict[str, Any]]) -> str:
    """Return with what and when outcomes were made."""
    return "; ".join(sorted({f"{one['tool']}, {one['at']}" for one in found}))


def say(line: str) -> None:
    """Tell a person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _arguments(about: str, argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=about.partition("\n")[0])
    parser.add_argument("--only", nargs="+", default=["*"], help="LANGUAGE/BUG, with * and ?; one or more")
    parser.add_argument("--every", type=int, default=1, help="take each so many-th bug alone, as 10: a tenth of them")
    parser.add_argument(
        "--again",
        choices=("changed", "missed", "none", "all"),
        default="changed",
        help="of what is known: all whose outcome depends on what has changed, of these those that were missed, none;"
        " or all (default: %(default)s)",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--peer", action="store_true", help="try with `st run`, and not with bothends")
    which.add_argument("--page", action="store_true", help="write the page alone")
    parser.add_argument("--jobs", type=int, default=1, help="bugs at a time")
    return parser.parse_args(argv)
