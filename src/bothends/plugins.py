"""All that a plugin needs to add a law, a fault, a session state, a family of cases or a report, under one name.

The settings name plugins (`plugins = ["house_rules.py"]`); bothends uses what a plugin registers as it uses its own.
"""

from __future__ import annotations

from bothends.cases import Family, expectations, requests
from bothends.cases import register as register_family
from bothends.conditions import sentence
from bothends.contract import Contract, Operation
from bothends.engine import Event, ExchangeJudged, FindingFound, FindingSettled, RunFinished, RunStarted
from bothends.laws import Explanation, Law, LawContext, Scope, Violation
from bothends.laws import register as register_law
from bothends.records import Answer, Case, Cause, Condition, Exchange, Expectation, Request, Severity, Summary
from bothends.reports import Redactor, Surroundings, put, report
from bothends.world import (
    Cookies,
    Fault,
    FaultContext,
    Issuer,
    Reply,
    SealedState,
    SessionState,
    fault,
    session_state,
    whole_number,
)

__all__ = [
    "Answer",
    "Case",
    "Cause",
    "Condition",
    "Contract",
    "Cookies",
    "Event",
    "Exchange",
    "ExchangeJudged",
    "Expectation",
    "Explanation",
    "Family",
    "Fault",
    "FaultContext",
    "FindingFound",
    "FindingSettled",
    "Issuer",
    "Law",
    "LawContext",
    "Operation",
    "Redactor",
    "Reply",
    "Request",
    "RunFinished",
    "RunStarted",
    "Scope",
    "SealedState",
    "SessionState",
    "Severity",
    "Summary",
    "Surroundings",
    "Violation",
    "expectations",
    "fault",
    "put",
    "register_family",
    "register_law",
    "report",
    "requests",
    "sentence",
    "session_state",
    "whole_number",
]
