"""What the page Bring data alone is made of."""
