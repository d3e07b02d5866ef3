"""The gallery's own components and what its page is made of."""
