"""What was asked, what was seen, and what follows from it: plain, frozen data that imports nothing."""

from bothends.records.case import Case, Expectation, Request
from bothends.records.exchange import Answer, Delivery, Exchange, NoAnswer, UpstreamCall
from bothends.records.finding import Breach, Finding, NotProven, Severity
from bothends.records.token import Token, find_tokens, mint

__all__ = [
    "Answer",
    "Breach",
    "Case",
    "Delivery",
    "Exchange",
    "Expectation",
    "Finding",
    "NoAnswer",
    "NotProven",
    "Request",
    "Severity",
    "Token",
    "UpstreamCall",
    "find_tokens",
    "mint",
]
