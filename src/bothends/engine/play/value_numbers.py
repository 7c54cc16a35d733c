"""Whose numbers are whose: requests have values by numbers, and no two requests of a run may share one.

A value is made of the run's seed and a number. An exchange's is its own; what has no exchange of its own, or needs a
second value in one, takes a number of a range that nobody else has.
"""

from __future__ import annotations

FOR_OBJECTS = 1 << 40
"""From here on: objects that are made with other values than usual ones, by how many were made so before."""
FOR_REGISTRATIONS = 1 << 41
"""From here on: registrations, likewise."""
SENT_ANEW = 1 << 42
"""What is added to an exchange's number where its request is sent with another value than its own."""
FOR_TRIALS = 1 << 43
"""From here on: usual requests that are sent beside one that is tried, likewise."""
