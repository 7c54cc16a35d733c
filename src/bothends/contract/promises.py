"""What a target may promise beyond what the contract, an RFC or the ingest demands of all: it is held to it.

Each is a flag of the `[target]` table. A team that has hardened its endpoint makes what correct targets differ in
a part of its contract; nobody else is accused by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

DRAINS = "drains"
SERVES_IN_FLIGHT = "serves_in_flight"
NEEDS_ALL = "needs_all"
REFUSES_FIRST = "refuses_first"
EXACT_ACKNOWLEDGEMENT = "exact_acknowledgement"
EXACT_ADDRESS = "exact_address"
EXACT_PATH = "exact_path"
UTF8_ONLY = "utf8_only"
ANSWERS_HALF_CLOSED = "answers_half_closed"
RETRIES_CLOSED = "retries_closed"
KEEPS_NO_COOKIES = "keeps_no_cookies"
REUSES_CONNECTIONS = "reuses_connections"

PROMISES: Mapping[str, str] = {
    DRAINS: "to finish what is in flight at SIGTERM, with any declared answer",
    SERVES_IN_FLIGHT: "to serve what is in flight at SIGTERM as if it had not come, those requests too whose client "
    "has gone",
    NEEDS_ALL: "not to start without the session secret, or without the event key",
    REFUSES_FIRST: "to call nothing upstream for a request that it refuses",
    EXACT_ACKNOWLEDGEMENT: "to take nothing for an acknowledgement but what the contract's callback declares",
    EXACT_ADDRESS: "to keep the path of the ingest's base URL, and to write any event key as one segment of a path",
    EXACT_PATH: "to execute nothing but the path as it is written: no trailing slash, no other case",
    UTF8_ONLY: "to refuse a body that is not UTF-8, whatever charset its media type names",
    ANSWERS_HALF_CLOSED: "to answer a client that has closed its half of the connection after a whole request",
    RETRIES_CLOSED: "to try again when a kept connection to an upstream turns out to have been closed meanwhile",
    KEEPS_NO_COOKIES: "to send no cookie back to an upstream that has set one: its callers would share it",
    REUSES_CONNECTIONS: "to use a connection to an upstream again, or to close it: idle ones do not build up",
}
"""Each promise, and what is promised."""
