"""The report says what happened: the balance, and one line for each delivery or attempt."""
