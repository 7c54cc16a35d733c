"""`bothends init` on a service that has one answer for all that it refuses, and a spec that declares another."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bothends.scaffold.content import may_precede
from tests.in_process import bothends
from tests.ports import ports
from tests.scaffold.bookings import SPEC as BOOKINGS
from tests.scaffold.notes import SPEC
from tests.scaffold.running import running
from tests.yaml_files import read_yaml

if TYPE_CHECKING:
    from pathlib import Path


def test_an_answer_names_all_that_leads_to_it_and_what_has_no_body_is_not_said_to_refuse_one(tmp_path: Path) -> None:
    """What was asked and had no success is told as such: what its refusals suggest is unsure."""
    (tmp_path / "openapi.json").write_text(json.dumps(SPEC))
    with running("-m", "tests.scaffold.notes") as url:
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n[target]\nurl = "{url}"\n')
        done = bothends(tmp_path, "init", "--seed", "1")
    assert 0 == done.returncode, done.stderr
    overlay = tmp_path / "bothends.overlay.yaml"
    given = {
        each["target"]: each["update"]["x-given"]
        for each in read_yaml(overlay)["actions"]
        if "x-given" in each["update"]
    }
    families = ["unsupported-media-type", "invalid-body", "malformed-body"]
    assert {"$.paths['/notes'].post.responses['400']": families} == given
    text = overlay.read_text("utf-8")
    assert "$.paths['/notes'].get" not in text
    assert "# - target: \"$.paths['/closed'].post.responses['400']\"" in text
    assert "closed had no success: its usual request was answered 400" in done.stdout.splitlines()


def test_what_the_world_does_not_cause_and_what_valid_requests_meet_makes_no_promise(tmp_path: Path) -> None:
    """A refusal that stays when the receiver works, and one that valid requests met, are at most unsure."""
    (tmp_path / "openapi.json").write_text(json.dumps(BOOKINGS, indent=2))
    (ingest,) = ports(1)
    with running("tests/scaffold/bookings.py", str(ingest)) as url:
        tables = f'[target]\nurl = "{url}"\n[world.ingests.desk]\nkind = "webhook"\nport = {ingest}\n'
        (tmp_path / "bothends.toml").write_text(f'spec = "openapi.json"\n{tables}[world]\nupstream_timeout_ms = 300\n')
        done = bothends(tmp_path, "init", "--probe", "--seed", "1")
    assert 0 == done.returncode, done.stderr
    overlay = tmp_path / "bothends.overlay.yaml"
    text = overlay.read_text("utf-8")
    assert "x-given: upstream" not in text
    refused = "# - target: \"$.paths['/bookings'].post.responses['422']\""
    why = "\n".join(text.splitlines()[: [line.strip() for line in text.splitlines()].index(refused)][-3:])
    assert "unsure" in why
    assert "valid request" in why
    told = " ".join(text.replace("#", "").split())
    assert "5 of 5 answers succeeded although it failed; `after` makes an error of that" in told
    assert "answer: any" in told


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1970-01-01T00:01:40.250Z", True),
        ("1970-01-01T00:01:40.500Z", False),
        ("1970-01-01T00:01:40.5009", False),
        ("1970-01-01T01:01:40.6+01:00", False),
        ("1970-01-01T00:01:41Z", True),
        ("soon", True),
        (101, True),
        (100.4, True),
        (100.6, False),
        (None, True),
    ],
)
def test_a_time_that_may_be_that_of_an_object_is_not_taken_for_that_of_the_request(
    value: Any, *, expected: bool
) -> None:
    """An object is made right before it is asked about: only an exact time tells one from the other."""
    assert expected == may_precede(value, 100.5009)


def test_a_time_in_milliseconds_is_compared_in_milliseconds() -> None:
    """What is cut off below the millisecond may be as much as one."""
    began = 1_700_000_000.0005
    assert [True, False] == [may_precede(each, began) for each in (1_699_999_999_998, 1_700_000_000_000)]
