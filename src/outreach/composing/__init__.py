"""Composing joins letter and message: a contact goes in, a message comes out; here and in worker processes."""
