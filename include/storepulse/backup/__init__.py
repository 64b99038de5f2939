"""Back up a home while it runs, and restore it."""
