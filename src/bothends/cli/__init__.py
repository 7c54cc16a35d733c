"""The command line: one command, one function; each imports what it needs when it runs."""
