"""What was asked, what was seen, and what follows from it: plain, frozen data that imports nothing."""

from bothends.records.case import NO_CASE, Case, Expectation, Request
from bothends.records.cause import Cause
from bothends.records.condition import Condition
from bothends.records.coverage import Coverage, CoveragePoint, Kind
from bothends.records.credential import Credential
from bothends.records.exchange import (
    CANARY,
    INGEST,
    KEPT_COOKIE,
    MANY_IDLE,
    Answer,
    Delivery,
    Exchange,
    NoAnswer,
    UpstreamCall,
)
from bothends.records.finding import Breach, Consequence, Finding, NotProven, Severity, Step, Weight
from bothends.records.json_values import MISSING, json_equal, resolve
from bothends.records.known import KnownFinding, KnownTally
from bothends.records.summary import AnswerTally, LawTally, PactTally, ReplayOutcome, Summary, Verdict
from bothends.records.token import Token, find_tokens, mint

__all__ = [
    "CANARY",
    "INGEST",
    "KEPT_COOKIE",
    "MANY_IDLE",
    "MISSING",
    "NO_CASE",
    "Answer",
    "AnswerTally",
    "Breach",
    "Case",
    "Cause",
    "Condition",
    "Consequence",
    "Coverage",
    "CoveragePoint",
    "Credential",
    "Delivery",
    "Exchange",
    "Expectation",
    "Finding",
    "Kind",
    "KnownFinding",
    "KnownTally",
    "LawTally",
    "NoAnswer",
    "NotProven",
    "PactTally",
    "ReplayOutcome",
    "Request",
    "Severity",
    "Step",
    "Summary",
    "Token",
    "UpstreamCall",
    "Verdict",
    "Weight",
    "find_tokens",
    "json_equal",
    "mint",
    "resolve",
]
