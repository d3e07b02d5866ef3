"""The overview: its tables, what validation promised and test delivered, and its heat maps."""
