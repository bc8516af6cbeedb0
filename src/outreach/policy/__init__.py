"""What we decide, as pure functions and tables: the outcome of an answer, the time of the next try, the pace."""
