"""Preflight finds, before anything leaves, what would go wrong: every row read, every message composed."""
