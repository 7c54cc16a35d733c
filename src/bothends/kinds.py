"""All that a kind of session, of ingest or of signature needs, under one name.

The settings name a kind that is not of bothends as `module:Class`, or by the name of an entry point
(`bothends.sessions`, `bothends.ingests`, `bothends.signatures`) of an installed package.
"""

from __future__ import annotations

from bothends.contract import EventContract
from bothends.contract.openapi import SecurityScheme
from bothends.contract.settings import IngestSettings
from bothends.contract.tables import (
    INGESTS,
    SESSIONS,
    SIGNATURES,
    ForbiddenCaller,
    Signature,
    SignatureError,
    Signed,
    SignedRequest,
    Table,
)
from bothends.errors import ContractError
from bothends.world import (
    Caller,
    CallerRequest,
    Ingest,
    Item,
    Known,
    Occasion,
    Part,
    Received,
    Reception,
    Reply,
    Session,
    SessionState,
    UserState,
    session_state,
)

session_kind = SESSIONS.add
ingest_kind = INGESTS.add
signature_kind = SIGNATURES.add

__all__ = [
    "Caller",
    "CallerRequest",
    "ContractError",
    "EventContract",
    "ForbiddenCaller",
    "Ingest",
    "IngestSettings",
    "Item",
    "Known",
    "Occasion",
    "Part",
    "Received",
    "Reception",
    "Reply",
    "SecurityScheme",
    "Session",
    "SessionState",
    "Signature",
    "SignatureError",
    "Signed",
    "SignedRequest",
    "Table",
    "UserState",
    "ingest_kind",
    "session_kind",
    "session_state",
    "signature_kind",
]
