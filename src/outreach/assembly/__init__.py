"""The wiring diagram: from settings to the ledger, the relay and the parts of a send."""
