"""How fast `outreach` is, against its peers in the same run: `make bench`, `python -m tests.benchmarks`."""
