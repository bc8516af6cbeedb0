"""The checks of letters: each looks at one thing, in the final bytes of a message or in what its letter says."""
