"""The stress test page: running it, its figures, examples and details."""
