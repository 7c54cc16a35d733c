"""Targets that mean harm, or are broken beyond a bug: each run ends, soon and in little memory, and says why.

How soon, only a machine tells that does nothing else: `make quiet`.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hostile.memory import group_memory
from tests.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hostile.conftest import Ended, Place

ONE = ("--only", "success/usual")
SOME = ("--only", "signed-out")
MOST_MEGABYTES = 250
MOST_TOGETHER = 350
"""Of bothends and its helpers. The figures are in docs/explanation/hostile-targets.md."""
SLEEPS = "import time; time.sleep(600)"
# All but C0 and DEL: what a terminal may be told, and what JSON has unescaped (RFC 8259 section 7).
CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def unharmed(ended: Ended) -> bool:
    """Whether bothends is well: no failure of its own, no traceback, bounded memory, harmless output."""
    assert ended.told["harness_failure"] == ""
    own = ended.out.partition("the end of the target's log")[0]  # a target may log a traceback of its own
    assert "\nTraceback" not in f"\n{own}\n{ended.err}"  # the target's log has its own, within a line
    assert CONTROLS.findall(ended.out + ended.err + ended.report) == []
    assert ended.megabytes <= MOST_MEGABYTES
    assert ended.megabytes <= ended.together <= MOST_TOGETHER
    return ended.err == ""


# What a target does, for how much of a run; the law that names it, and what an exchange came to.
BROKEN_OFF = [
    ("endless_headers", ONE, "answered", "not-http: headers and framing over 65536 bytes"),
    ("endless_headers interim", ONE, "answered", "not-http: headers and framing over 65536 bytes"),
    ("invalid_http", SOME, "answered", "not-http: "),
    # Of one that ends each connection elsewhere, any may be the one that is shown.
    ("drops version", SOME, "answered", "had come"),
    ("drops header", SOME, "answered", "had come"),
    ("drops body", ONE, "answered", "6 of 18 bytes of the body had come"),
    ("paints", ONE, "event-for-success", "no event"),
]


@pytest.mark.parametrize(("target", "arguments", "law", "seen"), BROKEN_OFF, ids=[row[0] for row in BROKEN_OFF])
def test_what_is_no_answer_is_a_finding(
    place: Place, target: str, arguments: tuple[str, ...], law: str, seen: str
) -> None:
    """The law that it breaks is named, with what was seen of it, and nothing of what was sent acts on a terminal."""
    ended = place.verify(target, *arguments)
    assert unharmed(ended)
    assert (1, True) == (ended.code, law in ended.laws)
    assert any(seen in finding["actual"] for finding in ended.told["findings"])


@pytest.mark.parametrize(
    "sort",
    ["chunks", pytest.param("endless", marks=pytest.mark.long), pytest.param(str(1 << 30), marks=pytest.mark.long)],
)
def test_a_body_that_is_too_long_is_cut_and_not_called_right(place: Place, sort: str) -> None:
    """A body without end, or of 1 GiB, is read as far as the limit; its answer is not proven."""
    ended = place.verify(f"endless_body {sort}", *ONE)
    assert unharmed(ended)
    assert 1 == ended.code
    assert "longer than bothends reads" in {n["what"]: n["why"] for n in ended.told["not_proven"]}["answer 200"]


def test_long_bodies_do_not_pile_up(place: Place) -> None:
    """What is remembered of exchanges and of findings holds no long body."""
    assert unharmed(place.verify(f"endless_body {1 << 30}", "--only", "malformed-body"))


@pytest.mark.parametrize("part", [pytest.param("head", marks=pytest.mark.long), "body"])
def test_a_run_ends_soon_where_each_answer_drips(place: Place, part: str) -> None:
    """After some waits in a row a good request is asked once more; then the whole run ends, its finding kept."""
    ended = place.verify(f"slow_drip {part}", "--profile", "quick", "--max-examples", "8")
    assert unharmed(ended)
    assert (1, {"answered-in-time"}) == (ended.code, ended.laws)
    failure = ended.told["target_failure"]
    assert re.search(r"The target does not answer: [4-6] times in a row, no answer came within 2 s\.", failure), failure


GETS_SLOWER = ("gets_slower 40 1800", "--only", "fuzz-valid", "--max-examples", "150")
SLOWER = r"The target gets slower: a good request took \d+ ms at first, and takes 1\.\d s after [1-9]\d+ requests\."


def test_a_run_ends_where_each_answer_takes_longer(place: Place) -> None:
    """All of them are in time and right, so nothing is broken, and nothing is proven; it says how it went on."""
    ended = place.verify(*GETS_SLOWER)
    assert unharmed(ended)
    # A busy machine may have made it slow from the first: then there is no more to say of it.
    failure = ended.told["target_failure"]
    assert (set(), True) == (ended.laws, ended.code in ({3} if failure else {0, 4}))
    assert not failure or re.search(SLOWER, failure), failure


@pytest.mark.alone
def test_that_each_answer_takes_longer_is_seen(place: Place) -> None:
    """On a machine that does nothing else, it is the target's own."""
    ended = place.verify(*GETS_SLOWER)
    assert (3, set()) == (ended.code, ended.laws)
    assert re.search(SLOWER, ended.told["target_failure"]), ended.told["target_failure"]


def test_a_run_ends_where_every_other_request_is_not_answered(place: Place) -> None:
    """There is an end to its patience, though it never waits three times in a row."""
    settings = place.folder / "bothends.toml"
    settings.write_text(settings.read_text("utf-8").replace("time_limit_ms = 2000", "time_limit_ms = 200"), "utf-8")
    ended = place.verify("every_other", "--profile", "quick", "--max-examples", "8")
    assert unharmed(ended)
    assert (1, True) == (ended.code, "answered-in-time" in ended.laws)
    assert " times in all, no answer came within 0.2 s." in ended.told["target_failure"]


@pytest.mark.parametrize(
    "errors", [pytest.param("hangs_on_errors", marks=pytest.mark.long), "hangs_on_errors upstreams 5xx"]
)
def test_a_run_ends_where_no_error_is_answered(place: Place, errors: str) -> None:
    """Families that hang are skipped, and then the rest: the run is broken, and says how much it skipped.

    `make hopeless` measures it with the time limit that is judged by: ten seconds, and ninety for the run.
    """
    settings = place.folder / "bothends.toml"
    settings.write_text(settings.read_text("utf-8").replace("time_limit_ms = 2000", "time_limit_ms = 500"), "utf-8")
    ended = place.verify(errors, "--profile", "quick", "--max-examples", "8")
    assert unharmed(ended)
    assert (1, True, "broken") == (ended.code, "answered-in-time" in ended.laws, ended.told["verdict"])
    left_out = [item["what"] for item in ended.told["not_proven"] if "skipped" in item["why"]]
    assert [one for one in left_out if " cases of " in one or one.startswith("the rest of the run, ")], left_out


@pytest.mark.long
@pytest.mark.parametrize("behaviour", ["batches", "single"])
def test_a_hundred_thousand_events_for_one_request(place: Place, behaviour: str) -> None:
    """What is kept of them is enough to say so; a flood ends the run as the target's failure, not bothends'."""
    ended = place.verify(f"floods {behaviour}", *ONE)
    assert unharmed(ended)
    assert (1, True) == (ended.code, "one-event" in ended.laws)
    # One by one, a slow machine may not come to so many in the time of one request; in batches any does.
    assert "The target sends too many events and calls: " in ended.told["target_failure"] or behaviour == "single"


@pytest.mark.parametrize("seconds", [pytest.param(0.05, marks=pytest.mark.long), 1.5])
def test_events_after_the_answer(place: Place, seconds: float) -> None:
    """One that is late is answered too soon, and not lost; nor is it taken for a phantom."""
    ended = place.verify(f"answers_first {seconds}", *ONE)
    assert unharmed(ended)
    assert (1, True, False) == (ended.code, "acknowledged-first" in ended.laws, "no-phantom" in ended.laws)


# What a target does to the ingest; how the run ends, and what is told of it.
ABUSES = [
    pytest.param("body", 1, "no event", marks=pytest.mark.long),
    ("chunks", 1, "no event"),
    ("trailer", 1, "trailers, or what frames chunks, over 64 KiB"),
    ("connections", 1, "no event"),
    ("halves", 3, "The target has 256 open requests to ingest, and starts another one."),
    ("deep", 1, "exceeded max depth"),
    ("not-utf-8", 1, "what is not Unicode became U+FFFD"),
    ("paints", 1, "does not match the schema of its callback"),
]


@pytest.mark.parametrize(("sort", "code", "said"), ABUSES)
def test_what_is_done_to_the_ingest_harms_nothing(place: Place, sort: str, code: int, said: str) -> None:
    """It is broken off or refused, in bounded memory and with few files open, and the target is blamed for it."""
    settings = place.folder / "bothends.toml"  # a busy machine takes its time for ten thousand connections
    settings.write_text(settings.read_text("utf-8").replace("time_limit_ms = 2000", "time_limit_ms = 60000"), "utf-8")
    ended = place.verify(f"abuses_ingest {sort}", *ONE)
    assert unharmed(ended)
    assert (code, True) == (ended.code, said in ended.out)


def test_very_many_keys_that_are_dropped_are_one_finding(place: Place) -> None:
    """Whatever is spread over an event by mistake is one bug, be it five thousand keys."""
    ended = place.verify("abuses_ingest unknown-keys", *ONE)
    assert unharmed(ended)
    dropped = [f["summary"] for f in ended.told["findings"] if f["law"] == "nothing-dropped"]
    places = "/key-0, /key-1, /key-2, /key-3 and 4,996 more"
    assert [f"The ingest stores the event, but {places} do not reach the consumer as sent."] == dropped


# What a target does, for how much of a run, and how long that takes at most.
SOON = [
    ("endless_body chunks", ONE, 60),
    ("slow_drip body", ("--profile", "quick", "--max-examples", "8"), 60),
    (GETS_SLOWER[0], GETS_SLOWER[1:], 60),
    *((f"abuses_ingest {sort}", ONE, 60) for sort in ("chunks", "trailer", "connections", "halves", "deep")),
    ("floods batches", ONE, 240),
]


@pytest.mark.alone
@pytest.mark.parametrize(("target", "arguments", "seconds"), SOON, ids=[row[0] for row in SOON])
def test_a_run_is_over_soon(place: Place, target: str, arguments: tuple[str, ...], seconds: int) -> None:
    """Within a minute, or a few where a hundred thousand events come."""
    assert place.verify(target, *arguments).seconds < seconds


def test_what_helpers_have_of_the_memory_is_seen(tmp_path: Path) -> None:
    """That of a process which the run has started counts as long as it is there."""
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SLEEPS!r}])"
    with subprocess.Popen([sys.executable, "-c", code], start_new_session=True) as run:
        try:
            (tmp_path / "run.pid").write_text(str(run.pid), "ascii")
            with group_memory(tmp_path) as helpers:
                assert 1 < until(helpers) < MOST_TOGETHER
        finally:
            os.killpg(run.pid, signal.SIGKILL)


def test_what_a_person_reads(place: Place) -> None:
    """The page of a target that answers no more."""
    place.check("answers-drip", place.verify("slow_drip body", "--only", "malformed-body").out)
