"""outreach sends one letter to many people, each addressed properly, and accounts for every copy."""

__version__ = "0.1.0"
