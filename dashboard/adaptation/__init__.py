"""The page Adapt to a site; a package ``site`` here would hide the standard library's module."""
