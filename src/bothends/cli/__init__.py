"""The command line: one command, one file; each imports what it needs when it runs."""
