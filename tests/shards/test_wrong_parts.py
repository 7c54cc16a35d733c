"""Parts that are missing, doubled, foreign, cut, or hostile: each has its own message, and none is proven."""

from __future__ import annotations

import base64
import gzip
import json
import re
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.bank.bank import ROOT
from tests.deliveries.project import TARGET
from tests.in_process import bothends
from tests.shards.parts import BUG, Run, merged, part, parts, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from subprocess import CompletedProcess

COUNT = 3
FEW = ("--profile", "quick", "--max-examples", "0", "--only", "success", "--command", f"{sys.executable} {TARGET}")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the three parts of a right target, and those of a broken one in `broken`."""
    folder = tmp_path_factory.mktemp("parts")
    write_orders(folder)
    parts(folder, COUNT, "--seed", "1", *FEW)
    broken = folder / "broken"
    broken.mkdir()
    write_orders(broken, BUG)
    parts(broken, COUNT, "--seed", "1", *FEW)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    shutil.copytree(made, tmp_path / "here")
    return tmp_path / "here"


def blobs(folder: Path) -> list[Path]:
    """Return the blobs of a folder."""
    return [folder / f"{number}.blob" for number in range(1, COUNT + 1)]


def refused(folder: Path, *files: Path, words: tuple[str, ...] = ()) -> str:
    """Return what `merge` says of files that it does not take."""
    done = bothends(folder, "merge", *map(str, files), *words)
    assert (2, "") == (done.returncode, done.stdout), done.stdout + done.stderr
    return done.stderr


def lines(file: Path) -> list[Any]:
    """Return the lines of a blob."""
    with gzip.open(file) as packed:
        return [json.loads(line) for line in packed]


def write(file: Path, values: list[Any]) -> None:
    """Write a blob."""
    with gzip.open(file, "wb") as packed:
        packed.writelines(json.dumps(value).encode() + b"\n" for value in values)


def test_all_parts_are_proven(folder: Path) -> None:
    """So it is the change of each test below that makes the difference."""
    assert (0, "proven") == verdict(merged(folder, blobs(folder)))


def verdict(run: Run) -> tuple[int, str]:
    """Return the exit code and the verdict."""
    return run.code, run.report["verdict"]


def unproven(run: Run) -> dict[str, str]:
    """Return what was not proven, and why."""
    return {one["what"]: one["why"] for one in run.report["not_proven"]}


@pytest.mark.parametrize("missing", range(1, COUNT + 1))
def test_a_part_that_is_missing(folder: Path, missing: int) -> None:
    """It is not proven, whichever it is."""
    run = merged(folder, [file for file in blobs(folder) if file.name != f"{missing}.blob"])
    assert (4, "not-proven") == verdict(run)
    assert "Its blob was not given." in unproven(run)[f"part {missing} of 3"]


def test_a_part_that_is_cut(folder: Path) -> None:
    """Wherever it is cut, behind the head: the part is missing, and the message names the file."""
    whole = blobs(folder)[1].read_bytes()
    for place in (len(whole) // 2, len(whole) - 1, len(whole) - 9):
        blobs(folder)[1].write_bytes(whole[:place])
        run = merged(folder, blobs(folder))
        assert (4, "not-proven") == verdict(run)
        assert f"Its blob, {folder / '2.blob'}, is cut or damaged." in unproven(run)["part 2 of 3"]


def test_a_part_that_was_packed_without_its_end(folder: Path) -> None:
    """A whole file whose last lines are not there is cut as well, and one that goes on behind its end is damaged."""
    values = lines(blobs(folder)[0])
    for changed in (values[:-1], [*values[:1], *values[2:]], [*values, values[1]]):
        write(blobs(folder)[0], changed)
        run = merged(folder, blobs(folder))
        assert (4, "not-proven") == verdict(run)
        assert "is cut or damaged" in unproven(run)["part 1 of 3"]


def test_a_finding_of_another_part_is_told_all_the_same(folder: Path) -> None:
    """Broken is more than not proven: a part that is missing excuses nothing."""
    broken = folder / "broken"
    for file in blobs(broken):
        run = merged(broken, [file])
        found = {one["law"] for one in run.report["findings"]}
        assert (1, "broken") == verdict(run) if found else (4, "not-proven") == verdict(run)
        assert 2 == len([what for what in unproven(run) if what.startswith("part ")])
    assert (1, "broken") == verdict(merged(broken, blobs(broken)))


def test_a_part_that_is_there_twice(folder: Path) -> None:
    """It is a mistake of the call, under one name or two."""
    again = folder / "again.blob"
    shutil.copy(blobs(folder)[0], again)
    for twice in (again, blobs(folder)[0]):
        said = refused(folder, *blobs(folder), twice)
        assert "part 1 of 3 is given twice" in said
        assert "expected: one blob of each part" in said


def test_a_part_of_another_seed(folder: Path) -> None:
    """The message names both seeds, and the file."""
    assert 0 == part(folder, 2, COUNT, "--seed", "2", *FEW).returncode
    said = refused(folder, *blobs(folder))
    assert f"{folder / '2.blob'}: This part is not of the same run: it has the seed 2." in said
    assert f"expected: 1, as in {folder / '1.blob'}" in said


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("version", "0.0.1", "bothends 0.0.1 wrote it"),
        ("contract", "0" * 64, "it is of another contract"),
        ("operations", ["other"], "it is about other"),
        ("profile", "deep", "it has the profile deep"),
        ("max_examples", None, "it has --max-examples none"),
        ("only", None, "it has --only none"),
        ("count", 4, "it has the number of parts 4"),
        ("reads_only", True, "it has reading only: yes"),
    ],
)
def test_a_part_of_another_run(folder: Path, name: str, value: object, what: str) -> None:
    """Whatever is different is named."""
    head, *rest = lines(blobs(folder)[2])
    head["plan"][name] = value
    write(blobs(folder)[2], [head, *rest])
    said = refused(folder, *blobs(folder))
    assert f"3.blob: This part is not of the same run: {what}." in said


@pytest.mark.parametrize("count", [1_001, 10**9, 1e30])
def test_a_part_of_more_than_there_can_be(folder: Path, count: float) -> None:
    """Each part that is missing is told, so there are as many at most as the command line takes."""
    head, *rest = lines(blobs(folder)[0])
    head["plan"]["count"] = count
    write(blobs(folder)[0], [head, *rest])
    assert "its first line is not there, or another one" in refused(folder, blobs(folder)[0])


def test_a_part_whose_plan_had_other_cases(folder: Path) -> None:
    """Another version of a library that makes cases makes another plan, by the same seed."""
    *rest, end = lines(blobs(folder)[2])
    end["end"]["plan"] = "0" * 32
    write(blobs(folder)[2], [*rest, end])
    assert "its plan has other cases" in refused(folder, *blobs(folder))


def test_a_contract_that_has_changed(folder: Path) -> None:
    """What is merged under another contract is none of it."""
    spec = folder / "spec.json"
    spec.write_text(spec.read_text().replace('"minLength": 1', '"minLength": 2'))
    assert "it is of another contract" in refused(folder, *blobs(folder))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "its first line is not there"),
        (b"PK\x03\x04 a ZIP", "it is not compressed with gzip"),
        (gzip.compress(b""), "its first line is not there"),
        (gzip.compress(b"not json\n"), "a line is no JSON"),
        (gzip.compress(b"[" * 100_000 + b"\n"), "a line is no JSON"),
        (gzip.compress(b"NaN\n"), "a line is no JSON"),
        (gzip.compress(b"{}\n"), "its first line is not there, or another one"),
    ],
    # What is packed holds the time.
    ids=["empty", "another format", "nothing packed", "text", "too deep", "not a number", "another line"],
)
def test_what_is_no_blob(folder: Path, content: bytes, why: str) -> None:
    """A file of something else is named as that."""
    file = folder / "other"
    file.write_bytes(content)
    assert why in refused(folder, file)


def test_a_file_that_is_not_there(folder: Path) -> None:
    """The message has its name."""
    said = refused(folder, folder / "nowhere.blob")
    assert "nowhere.blob: The blob can't be read: No such file or directory." in said


def test_a_blob_of_another_format(folder: Path) -> None:
    """It may be right for another version: that is said."""
    head, *rest = lines(blobs(folder)[0])
    write(blobs(folder)[0], [{**head, "blob": 1}, *rest])
    assert "Another version of bothends wrote this blob." in refused(folder, *blobs(folder))


def _exchange(values: list[Any]) -> Any:
    return next(one["event"]["value"] for one in values if one.get("event", {}).get("is") == "ExchangeJudged")


def _end(values: list[Any]) -> Any:
    return values[-1]["end"]


HOSTILE: dict[str, Callable[[list[Any]], None]] = {
    "a member that there is not": lambda values: _exchange(values).update(more=1),
    "a text for a number": lambda values: _exchange(values)["exchange"].update(number="1"),
    "an operation that there is not": lambda values: _exchange(values)["exchange"]["case"].update(operation="other"),
    "a state that there is not": lambda values: _exchange(values)["exchange"]["case"].update(
        given=[{"name": "no-such-state", "subject": "hooks", "parameters": []}]
    ),
    "no base64": lambda values: _exchange(values)["exchange"]["answer"]["value"].update(body="!"),
    "a negative kind": lambda values: values.insert(1, {"other": 1}),
    "two kinds": lambda values: values[1].update(end={}),
    "no object": lambda values: values.insert(1, [1]),
    "a key that is too short": lambda values: _end(values)["counts"].update(answers=[["order", 1]]),
    "an operation that was not counted": lambda values: _end(values)["counts"].update(exchanges=[["other", 1]]),
    "counts of an operation that there is not": lambda values: _end(values)["counts"]["answers"].append(
        ["other", "201", 1]
    ),
    "an answer that is not declared": lambda values: _end(values)["counts"]["answers cut"].append(["order", "599", 1]),
    "an event that is not declared": lambda values: _end(values)["counts"]["attempts"].append(["order", "other", 1]),
    "a number that is none": lambda values: _end(values)["counts"]["bytes of answers cut"].append(["many", 1]),
    "a count that there is not": lambda values: _end(values)["counts"].update(others=[]),
    "no counts": lambda values: _end(values).update(counts={}),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_no_run_has_written(folder: Path, what: str) -> None:
    """It is refused as that, by the file's name: nothing of it reaches a report, and nothing crashes."""
    values = lines(blobs(folder)[1])
    HOSTILE[what](values)
    write(blobs(folder)[1], values)
    said = refused(folder, *blobs(folder))
    assert f"{folder / '2.blob'}: " in said
    assert "not a blob" in said or "not of this contract" in said


def test_hostile_text_is_harmless_in_reports(folder: Path) -> None:
    """What a blob has for texts is written like the texts of a target: escaped."""
    values = lines(blobs(folder)[1])
    text = "\x1b[2J\u202e</script><script>alert(1)</script>\n::error::"
    _end(values)["facts"].update(target_failure=text, log=[text], notes=[text])
    _exchange(values)["exchange"]["case"].update(name=text)
    write(blobs(folder)[1], values)
    run = merged(folder, blobs(folder), "--html", "out.html", "--ndjson", "out.ndjson", "--junit", "out.xml")
    assert (3, "not-proven") == verdict(run)
    written = [run.out, *((folder / name).read_text() for name in ("out.html", "out.ndjson", "out.xml"))]
    for each in written:
        assert "\x1b[2J" not in each
        assert "\u202e" not in each
    assert "<script>alert" not in written[1]
    assert not any(line.startswith("::error::") for line in run.out.splitlines())


def test_no_secret_is_in_a_blob(tmp_path: Path) -> None:
    """Neither the key that signs events, nor the environment of the target."""
    write_orders(tmp_path)
    settings = tmp_path / "bothends.toml"
    key = "whsec_" + base64.b64encode(b"a key that nobody may see").decode()
    signature = f'[world.ingests.hooks.signature]\nkind = "standard-webhooks"\nsecret = "{key}"\n'
    settings.write_text(settings.read_text() + signature)
    done = part(tmp_path, 1, 1, "--seed", "1", *FEW, "--env", "NOTE=a note that nobody may see", "--env", f"KEY={key}")
    assert 0 == done.returncode, done.stdout + done.stderr
    with gzip.open(tmp_path / "1.blob") as file:
        text = file.read().decode()
    assert not [secret for secret in (key, key.removeprefix("whsec_"), "a note that nobody may see") if secret in text]


def test_no_credential_is_in_a_blob(tmp_path: Path) -> None:
    """A signed-in caller has a cookie, of which the name is left; the path of the ingest has its key hidden."""
    for name in ("openapi.yaml", "bothends.toml"):
        shutil.copy(ROOT / name, tmp_path / name)
    settings = tmp_path / "bothends.toml"
    text = settings.read_text().replace("[target]\n", f'[target]\ncwd = "{ROOT}"\n')
    settings.write_text(text.replace('pacts = "contracts/pacts"\n', ""))
    done = part(tmp_path, 1, 1, "--seed", "1", "--profile", "quick", "--only", "success/usual")
    assert 0 == done.returncode, done.stdout + done.stderr
    values = lines(tmp_path / "1.blob")
    exchange = _exchange(values)["exchange"]
    assert ["Cookie", "[hidden]"] in exchange["sent"]["headers"]
    assert ["[hidden]"] == [value for _, value in exchange["credential"]["cookies"]]
    assert "/e/[hidden]" == exchange["deliveries"][0]["path"]
    assert not re.search(r"eyJ[\w-]{8,}\.[\w-]*\.", json.dumps(values))  # a token, signed or encrypted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--shard", "1/2", "--seed", "1"), "expected: --blob FILE"),
        (("--blob", "1.blob", "--seed", "1"), "--blob is for a part of a run."),
        (("--shard", "1/2", "--blob", "1.blob"), "--shard needs --seed"),
        (("--shard", "1/2", "--blob", "1.blob", "--seed", "1", "--html", "r.html"), "--html: a part of a run has no"),
        (("--shard", "3/2", "--blob", "1.blob", "--seed", "1"), "K goes from 1 to N"),
        (("--shard", "0/2", "--blob", "1.blob", "--seed", "1"), "K goes from 1 to N"),
        (("--shard", "1", "--blob", "1.blob", "--seed", "1"), "not of the form K/N"),
        (("--shard", "1/2", "--blob", "1.blob", "--watch"), "--watch"),
    ],
)
def test_calls_that_make_no_part(folder: Path, words: tuple[str, ...], said: str) -> None:
    """Each says what is missing, before anything runs."""
    done: CompletedProcess[str] = bothends(folder, "verify", *words)
    assert 2 == done.returncode
    assert said in done.stderr
