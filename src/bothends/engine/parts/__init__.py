"""A run in parts: what is dealt to whom, what a part hands over, and what all parts come to."""
