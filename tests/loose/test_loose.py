"""Events that are wrong by what their target does to all of them: nobody is accused of what another one has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest

from tests.loose.project import EVENT, verified

if TYPE_CHECKING:
    from pathlib import Path

FAMILIES = "[siofmr][!tc]*"
"""Success, invalid, malformed and odd bodies, odd headers and media types, framing, sizes, signed out, and others."""
OF_EVENTS = {"event-for-success", "event-schema", "provenance", "no-event-without-success", "acknowledged-first"}
SCHEMA = jsonschema_rs.validator_for(EVENT)


def is_so(law: str, cause: str, noted: dict[str, Any]) -> bool:
    """Whether a request has broken a law, as the service has noted."""
    sent, success = noted["sent"], noted["status"] == 200
    so = {
        "event-for-success": success and not sent,
        "event-schema": not all(map(SCHEMA.is_valid, sent)),
        "no-event-without-success": not success and bool(sent),
        "provenance": any(not isinstance(event["payload"].get("title"), str) for event in sent),
        "provenance /user": any(event["user"] != noted["caller"] for event in sent),
        "acknowledged-first": False,
    }
    return so.get(named(law, cause), True)


def named(law: str, cause: str) -> str:
    """Return a law, and whether it is about the user."""
    return f"{law} /user" if cause.startswith("/user") else law


@pytest.mark.parametrize(
    ("env", "never", "found"),
    [
        pytest.param({"STRICT": "1"}, set(), set(), id="right"),
        pytest.param({}, {"provenance /user", "event-for-success"}, {"event-schema"}, id="as they came"),
        pytest.param(
            {"FAULT": "early"},
            {"provenance /user", "event-for-success"},
            {"no-event-without-success"},
            id="early",
            marks=pytest.mark.long,
        ),
        pytest.param(
            {"FAULT": "early", "STRICT": "1"},
            {"provenance /user", "event-for-success"},
            {"no-event-without-success"},
            id="early, strict",
        ),
        pytest.param(
            {"FAULT": "nobody", "STRICT": "1"},
            {"event-for-success"},
            {"provenance /user"},
            id="nobody",
            marks=pytest.mark.long,
        ),
        pytest.param(
            {"FAULT": "lose", "STRICT": "1"},
            {"provenance /user"},
            {"event-for-success"},
            id="lose",
            marks=pytest.mark.long,
        ),
    ],
)
def test_each_accusation_is_true(tmp_path: Path, env: dict[str, str], never: set[str], found: set[str]) -> None:
    """What is said of a request is so, and what the service never does is said of none, nor of several together."""
    seen = verified(tmp_path, env, "--only", FAMILIES)
    told = {named(one["law"], one["cause"]) for one in seen.errors}
    if env == {"STRICT": "1"}:
        assert [] == [one["summary"] for one in seen.errors if one["law"] in OF_EVENTS], seen.text
    accused = ((one["law"], one["cause"], noted) for one, noted in seen.accused())
    wrong = [f"{law}: {noted}"[:500] for law, cause, noted in accused if not is_so(law, cause, noted)]
    assert [] == wrong, seen.text
    assert not never & told, seen.text
    assert found <= told, seen.text
