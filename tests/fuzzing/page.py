"""`docs/fuzzing.md`: what came of fuzzing the readers, from the outcomes that are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

OUTCOMES = Path(__file__).with_name("outcomes.json")
FILE = Path(__file__).parents[2] / "docs" / "fuzzing.md"
_TEXT = """\
<!-- Made by `make fuzz` from tests/fuzzing/outcomes.json. -->

# Fuzzing the readers

bothends reads what others wrote: documents, settings, pacts, what an earlier run stored, answers, requests and
events. Whatever it is, a command must end with an answer or with an error that says what is wrong, and whose fault it
is. `make fuzz` looks for inputs with which it does not.

A reader is the function that the command itself calls, in one process, without a network. A crash is anything but its
result or an error of exit code 2: another exception, an error that blames bothends or the target, more than 5 s of a
processor, more than 384 MiB. Of messages of HTTP, it is a crash as well if they are read otherwise in pieces than at
once; of a note of findings, if `bothends accept` writes what the next run can't read.

| reader | inputs | minutes of a processor | branches reached | inputs kept | crashes found | last |
| --- | --- | --- | --- | --- | --- | --- |
{rows}

A crash is counted once for each place. All that are counted are fixed, but for those that `make fuzz` names at its
end. [What they have in common is kept as cases](../tests/fuzzing/cases), which the tests read again with all that the
fuzzer begins with; of parts of a run, which no other version reads, `tests/shards/test_wrong_parts.py` makes them.

## Run it

`make fuzz` installs the fuzzer and gives each of five kinds of readers an hour of a processor: documents, settings (and
findings that are accepted), pacts, stored state (five readers), HTTP (three). It fuzzes in rounds of ten minutes; the
reader that has had the fewest comes next. Time of a processor is counted, so it may run beside other work. It can be
broken off and continued. `make fuzz ARGS="--only pacts --minutes 10"` is for one reader, `--jobs 2` fuzzes two at
once, and `--anew` counts from nothing. Inputs that reach something new are kept in `.bothends/fuzz/READER/corpus`,
and crashes in `.bothends/fuzz/READER/crashes`, each with a text that says where. Fix it, and put the input into the
folder of its reader in `tests/fuzzing/cases`.

## Why Atheris

[Atheris](https://github.com/google/atheris) is libFuzzer for Python: it counts the branches of `src/bothends`, sees
what is compared with what, and needs no process for an input. It has wheels for Linux and the versions of Python that
bothends supports. HypoFuzz fuzzes tests of Hypothesis; these make values and no bytes, and would never write what a
parser stumbles at. Bytes alone seldom get past a parser. So most inputs are changed as JSON, TOML, JSON lines or
HTTP, with words of the format, and the others as bytes. The fuzzer has 35 MB, and no test needs it: it has a lock
file of its own, `tests/fuzzing/requirements.lock`.
"""


def page(outcomes: dict[str, dict[str, Any]]) -> str:
    """Return the page."""
    rows = [
        f"| `{name}` | {one['executions']:,} | {one['minutes']:.0f} | {one['branches']:,} | {one['inputs']:,} "
        f"| {len(one['crashes'])} | {one['date']} |"
        for name, one in outcomes.items()
    ]
    return _TEXT.replace("{rows}", "\n".join(rows))


def write() -> None:
    """Write the page."""
    FILE.write_text(page(json.loads(OUTCOMES.read_text("utf-8"))), "utf-8")
