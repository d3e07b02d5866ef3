"""The lock page: its form, its tables and its sentences."""
