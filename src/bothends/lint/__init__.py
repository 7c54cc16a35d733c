"""The contract's own mistakes, before anything runs: rules, each one definition, and what they find."""

from bothends.lint.corrections import Action, overlay_text, proposed
from bothends.lint.linter import Linted, lint, linted, load_rules, read_subject
from bothends.lint.rule import ELSEWHERE, REMOVED, RULES, Complaint, Level, Rule, Subject, rule

__all__ = [
    "ELSEWHERE",
    "REMOVED",
    "RULES",
    "Action",
    "Complaint",
    "Level",
    "Linted",
    "Rule",
    "Subject",
    "lint",
    "linted",
    "load_rules",
    "overlay_text",
    "proposed",
    "read_subject",
    "rule",
]
