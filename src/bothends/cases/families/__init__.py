"""The plain families: for each way to get an answer, a few concrete cases."""
