"""Other senders, each used as its own users would: the same letter, filled in by its own means."""
