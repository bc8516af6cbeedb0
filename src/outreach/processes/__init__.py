"""Work beside this process: a pool of child processes that run one pure function over batches."""
