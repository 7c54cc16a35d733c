"""Judges exchanges by the laws, groups what is broken, and says what may be this machine's doing."""
