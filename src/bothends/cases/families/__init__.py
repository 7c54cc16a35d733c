"""The plain families: for each way to bring an answer about, a few concrete cases."""
