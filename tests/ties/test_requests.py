"""Requests as forms, and with the headers of tracers: targets that take them rightly, and some that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bothends.contract.messages import MULTIPART, URL_ENCODED
from tests.ties.project import at_once, played, write

if TYPE_CHECKING:
    from pathlib import Path

OF_BODIES = ("success", "invalid-body", "odd-body")


@pytest.mark.parametrize(
    ("fault", "law", "case"),
    [
        ("strict", "", ""),
        pytest.param("loose", "family-status", "form-urlencoded-count-word", marks=pytest.mark.long),
        pytest.param("wrong", "provenance", "form-urlencoded-reversed", marks=pytest.mark.long),
        pytest.param("fragile", "", "form-urlencoded-raw-not-utf-8", marks=pytest.mark.long),
    ],
)
def test_forms(tmp_path: Path, fault: str, law: str, case: str) -> None:
    """A right target breaks no law; one that takes what is wrong, or alters a value, or fails, is named."""
    found = played(write(tmp_path, "form", form=URL_ENCODED, FORM=fault), *OF_BODIES)
    assert (fault == "strict") == (found == {})
    assert not case or case in (found[law] if law else set[str]().union(*found.values()))


@pytest.mark.parametrize("media_type", [URL_ENCODED, MULTIPART])
def test_events_of_forms_at_once(tmp_path: Path, media_type: str) -> None:
    """Values of a form are made unique as those of JSON are."""
    seen = at_once(write(tmp_path, "form", form=media_type, FORM="strict"), 20)
    assert (20, 20, {}, 0) == (seen.successes, seen.events, seen.laws, seen.guessed)
    assert seen.most > 1


@pytest.mark.parametrize(
    ("header", "wrong"), [("", set()), pytest.param("tracestate", {"no-server-error"}, marks=pytest.mark.long)]
)
def test_headers_of_tracers(tmp_path: Path, header: str, wrong: set[str]) -> None:
    """They change nothing: a target that fails because of one is named."""
    found = played(write(tmp_path, "mark", TRACER=header or "no such header"), "tracing-headers")
    assert bool(wrong) == bool(found)
    assert not wrong or "tracestate-alone" in set[str]().union(*found.values())
