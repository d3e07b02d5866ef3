"""The page Find a threshold: what must hold, its form, and the answer."""
