"""What is broken: judged, grouped by cause, made small, and kept for replay."""
