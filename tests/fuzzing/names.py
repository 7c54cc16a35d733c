"""The names of the readers: what starts their processes loads nothing else."""

NAMES = (
    "documents",
    "settings",
    "known",
    "pacts",
    "last-run",
    "findings",
    "ties",
    "cases",
    "parts",
    "answers",
    "requests",
    "events",
)
