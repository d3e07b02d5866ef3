"""The calibration page: its bins, its tables and its sentences."""
