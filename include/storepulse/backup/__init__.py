"""Copy a home to somewhere else while it runs, and make a home of such a copy."""
