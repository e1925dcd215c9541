"""The way out: the outbox, the sender, and what happens when an answer never comes."""
