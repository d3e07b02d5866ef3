"""The page Promise and delivery: its controls, tables and sentences."""
