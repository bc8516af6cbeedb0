"""The command line: one module for each group of commands; no logic of its own."""

from outreach.cli.app import main

__all__ = ["main"]
