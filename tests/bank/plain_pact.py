"""Pact's verifier of messages, as its manual has it: a program that fails when the events are not what is relied on.

    python -m tests.bank.plain_pact PACT EVENTS

EVENTS is a JSON file that holds, by the description of the interaction, the event that was sent, or null.
"""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pact import Verifier

if TYPE_CHECKING:
    from pact.types import Message


def main() -> None:
    """Verify, and end the process at once: the verifier's own servers may still be waiting."""
    pact, events = Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_bytes())
    handlers: Any = {description: partial(message, event) for description, event in events.items()}
    verifier = Verifier("route").add_source(pact).message_handler(handlers)
    try:
        verifier.verify()
    except RuntimeError as error:
        _leave(1, str(error))
    _leave(0, "")


def message(event: Any) -> Message:
    """Return the message that was sent.

    Raises:
        LookupError: None was.
    """
    if event is None:
        raise LookupError("no event was sent")
    return {"contents": json.dumps(event).encode(), "metadata": None, "content_type": "application/json"}


def _leave(code: int, told: str) -> None:
    sys.stderr.write(f"{told}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
