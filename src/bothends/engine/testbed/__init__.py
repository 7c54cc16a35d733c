"""The test bed of a run: the world, the target, the client, and what this machine took from them."""
