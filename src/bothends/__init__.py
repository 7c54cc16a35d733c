"""Verify an HTTP route at both ends: what it answers, and the event that it sends."""
