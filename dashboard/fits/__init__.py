"""Fits under way: what is seen of them, and starting, stopping and continuing them from a page."""
