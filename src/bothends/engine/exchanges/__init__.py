"""How exchanges are made: cases are put together as batches, sent, and waited for until their events are there."""
