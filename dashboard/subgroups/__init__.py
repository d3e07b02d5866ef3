"""The subgroups page: its tables and its sentences."""
