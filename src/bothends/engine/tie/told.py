"""What a run tells of its events for `bothends explain --tie`: which requests could have sent each, and what decided.

It is kept in `.bothends/<run>/ties.json`. There is no content of an event in it, and no secret.
"""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from bothends.engine.tie.past import sends_of
from bothends.errors import ContractError, Location
from bothends.records import Answer, TiedBy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bothends.engine.tie.certainty import Certainty
    from bothends.records import Exchange, Finding

NAME = "ties.json"
VERSION = 1
MOST = 256
"""Events that are told of, beside those of findings."""

_MOST_NAMED = 16


def write(folder: Path, certainty: Certainty, findings: Iterable[Finding]) -> None:
    """Write down what is known of the latest events of a run, and of those that findings are about.

    Args:
        folder: That of the run.
        certainty: Says which exchanges could have sent an event.
        findings: Those of the run.
    """
    of_findings = {one.id: one.breach.exchange for one in findings if one.breach.exchange is not None}
    exchanges = {each.number: each for each in of_findings.values() if each.deliveries}
    for each in certainty.latest(MOST):
        exchanges.setdefault(each.number, each)
    events = [_event(certainty, each, send) for each in exchanges.values() for send in sends_of(each.deliveries)]
    value = {
        "version": VERSION,
        "events": sorted(events, key=lambda event: event["number"]),
        "findings": {name: [one.number for one in each.deliveries] for name, each in of_findings.items()},
    }
    partial = folder / f"{NAME}.{os.getpid()}.partial"
    with contextlib.suppress(OSError):  # a run is no worse for it: the replay files say if the folder can't be written
        folder.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps(value), "utf-8")
        partial.replace(folder / NAME)


def read(state_folder: Path) -> dict[str, Any] | None:
    """Return what the last run has told of its events; None: no run of this version has.

    Raises:
        ContractError: What it has told is damaged.
    """
    files = sorted(state_folder.glob(f"*/{NAME}"), key=lambda file: file.stat().st_mtime)
    for file in reversed(files):
        try:
            value = json.loads(file.read_text("utf-8"))
        except OSError:
            continue
        except (ValueError, RecursionError) as error:
            raise _damaged(file) from error
        if isinstance(value, dict) and value.get("version") != VERSION:
            continue
        if not jsonschema_rs.validator_for(_SCHEMA, offline=True).is_valid(value):
            raise _damaged(file)
        found: dict[str, Any] = value
        return found
    return None


def _damaged(file: Path) -> ContractError:
    problem = "What the last run has told of its events is damaged."
    return ContractError(problem, where=Location(file), advice="Run `bothends verify` again.")


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members, "required": list(members)}


_COUNT = {"type": "integer", "minimum": 0}
_TEXT = {"type": "string"}
_REQUEST = {"number": _COUNT, "case": _TEXT, "answer": _TEXT}
_SCHEMA = _object(
    version={"const": VERSION},
    events={
        "type": "array",
        "items": _object(
            number=_COUNT,
            attempts={"type": "array", "items": _COUNT, "minItems": 1},
            callback=_TEXT,
            ingest=_TEXT,
            after_s={"type": "number"},
            request=_object(**_REQUEST),
            by={"enum": [each.value for each in TiedBy]},
            could={"type": "array", "items": _object(**_REQUEST)},
            more_could=_COUNT,
            ruled_out={"type": "array", "items": _object(**_REQUEST, why=_TEXT)},
            more_ruled_out=_COUNT,
        ),
    },
    findings={"type": "object", "additionalProperties": {"type": "array", "items": _COUNT}},
)
"""What `write` writes."""


def _event(certainty: Certainty, exchange: Exchange, send: Any) -> dict[str, Any]:
    by, could, ruled_out = certainty.told(exchange, send, _MOST_NAMED)
    return {
        "number": send[0].number,
        "attempts": [one.number for one in send],
        "callback": send[0].callback,
        "ingest": send[0].ingest,
        "after_s": round(send[0].received - exchange.began, 3),
        "request": _request(exchange),
        "by": by.value,
        "could": [_request(one) for one in could[:_MOST_NAMED]],
        "more_could": max(0, len(could) - _MOST_NAMED),
        "ruled_out": [{**_request(one), "why": why} for one, why in ruled_out[:_MOST_NAMED]],
        "more_ruled_out": max(0, len(ruled_out) - _MOST_NAMED),
    }


def _request(exchange: Exchange) -> dict[str, Any]:
    answer = exchange.answer
    outcome = str(answer.status) if isinstance(answer, Answer) else answer.kind
    return {"number": exchange.number, "case": exchange.case.label, "answer": outcome}


DECIDED = {
    TiedBy.ADDRESS: "the URL that it came to: its request names it, and no other one does",
    TiedBy.CALLER: "the caller that it names: no other request has that caller",
    TiedBy.TRACE: "its trace, which is that of the request",
    TiedBy.MARK: "a text in it that no other request has",
    TiedBy.VALUES: "its values: those of each other request that was not over differ",
    TiedBy.ONLY: "the time: no other request was begun before it came, and not over",
    TiedBy.GUESS: "nothing: several requests could have sent it, and this one needs it most. It accuses none of them",
}
"""What ties an event to its request, in words."""
