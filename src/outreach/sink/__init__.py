"""An SMTP server that swallows mail: for the demo, the tests and the benchmarks. It shares no code with smtp/."""
