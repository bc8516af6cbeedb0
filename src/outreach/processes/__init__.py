"""Work beside this process: a pool of children for pure functions, and a child that keeps something."""
