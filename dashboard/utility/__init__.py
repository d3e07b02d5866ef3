"""The utility page: its tables and its sentences."""
