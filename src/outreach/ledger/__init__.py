"""The ledger remembers: campaigns, deliveries, the journal, the suppression list and the budgets. Only here is SQL."""
